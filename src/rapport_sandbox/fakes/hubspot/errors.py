"""HubSpot's refusals: one body with `status`, `message`, `correlationId` and a category.

A rate limit has a body of its own: `errorType` and `policyName` instead of a category.
"""

from __future__ import annotations

from rapport_sandbox.wire import Answer

CATEGORIES = {
    400: "VALIDATION_ERROR",
    401: "INVALID_AUTHENTICATION",
    403: "MISSING_SCOPES",
    404: "OBJECT_NOT_FOUND",
    409: "CONFLICT",
    500: "INTERNAL_ERROR",
    502: "BAD_GATEWAY",
    503: "SERVICE_UNAVAILABLE",
    504: "GATEWAY_TIMEOUT",
}
CORRELATION = "aeb5f871-7f07-4993-9211-075dc63e7cbf"


def error(status: int, message: str, *, category: str | None = None) -> Answer:
    body = {
        "status": "error",
        "message": message,
        "correlationId": CORRELATION,
        "category": category or CATEGORIES.get(status, "INTERNAL_ERROR"),
    }
    return Answer.json(status, body)


def limited(policy: str) -> Answer:
    """`policy` is TEN_SECONDLY_ROLLING, SECONDLY or DAILY. No Retry-After: the policy says how long."""
    words = {"DAILY": "daily limit", "SECONDLY": "secondly limit"}.get(policy, "ten_secondly_rolling limit")
    body = {
        "status": "error",
        "message": f"You have reached your {words}.",
        "errorType": "RATE_LIMIT",
        "correlationId": CORRELATION,
        "policyName": policy,
    }
    return Answer.json(429, body)


def invalid_property(name: str, why: str, code: str) -> Answer:
    """A property that does not exist or a value that does not fit."""
    detail = f'[{{"isValid":false,"message":"{why}","error":"{code}","name":"{name}"}}]'
    return error(400, f"Property values were not valid: {detail}")
