"""Resend's error catalogue: name, status and words, in its one body shape."""

from __future__ import annotations

from rapport_sandbox.wire import Answer

CATALOGUE: dict[str, tuple[int, str]] = {
    "invalid_idempotency_key": (400, "The idempotency key must be between 1-256 characters."),
    "validation_error": (422, "The request body is not valid."),
    "missing_api_key": (401, "Missing API Key"),
    "restricted_api_key": (401, "This API key is restricted to only send emails"),
    "invalid_api_key": (403, "API key is invalid"),
    "suspended_api_key": (403, "This API key is suspended"),
    "email_above_quota": (403, "This email was received above the quota of the plan"),
    "not_found": (404, "The requested endpoint does not exist"),
    "method_not_allowed": (405, "Method is not allowed for the requested path"),
    "invalid_idempotent_request": (
        409,
        "This idempotency key has been used on a request that had a different payload.",
    ),
    "concurrent_idempotent_requests": (
        409,
        "Same idempotency key used while original request is still in progress.",
    ),
    "resource_locked": (409, "The resource is locked by another request"),
    "missing_required_field": (422, "The request body is missing one or more required fields."),
    "invalid_attachment": (422, "Attachment must have either a `content` or `path`."),
    "rate_limit_exceeded": (429, "Too many requests. You can only make {limit} requests per second."),
    "daily_quota_exceeded": (429, "You have reached your daily email sending quota."),
    "monthly_quota_exceeded": (429, "You have reached your monthly email sending quota."),
    "application_error": (500, "An unexpected error occurred."),
    "service_unavailable": (503, "The service is temporarily unavailable."),
}

BY_STATUS = {
    400: "validation_error",
    401: "missing_api_key",
    403: "invalid_api_key",
    404: "not_found",
    405: "method_not_allowed",
    409: "concurrent_idempotent_requests",
    422: "validation_error",
    429: "rate_limit_exceeded",
    500: "application_error",
    503: "service_unavailable",
}
"""What a bare status means when nobody names the error."""


def error(
    name: str,
    message: str | None = None,
    *,
    status: int | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """One refusal. `validation_error` goes with 400, 403 or 422: the caller says which."""
    usual, words = CATALOGUE[name]
    code = status or usual
    body = {"statusCode": code, "name": name, "message": message or words}
    return Answer.json(code, body, headers=headers)
