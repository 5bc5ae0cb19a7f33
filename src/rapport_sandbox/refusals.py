"""Every error Unipile names: the word in `type`, the HTTP status it comes with, the title it shows.

The world refuses with a word; how it looks on the wire is decided here and nowhere else.
"""

from __future__ import annotations

TITLES: dict[str, tuple[int, str]] = {
    "invalid_parameters": (400, "Invalid parameters"),
    "malformed_request": (400, "Malformed request"),
    "missing_credentials": (401, "Missing credentials"),
    "disconnected_account": (401, "Disconnected account"),
    "expired_credentials": (401, "Expired credentials"),
    "invalid_credentials": (401, "Invalid credentials"),
    "multiple_sessions": (401, "Multiple sessions"),
    "checkpoint_error": (401, "Checkpoint error"),
    "account_restricted": (403, "Account restricted"),
    "account_mismatch": (403, "Account mismatch"),
    "session_mismatch": (403, "Session mismatch"),
    "unknown_authentication_context": (403, "Unknown authentication context"),
    "action_required": (403, "Action required"),
    "insufficient_permissions": (403, "Insufficient permissions"),
    "feature_not_subscribed": (403, "Feature not subscribed"),
    "subscription_required": (403, "Subscription required"),
    "resource_access_restricted": (403, "Resource access restricted"),
    "resource_not_found": (404, "Resource not found"),
    "invalid_resource_identifier": (404, "Invalid resource identifier"),
    "content_too_large": (413, "Content too large"),
    "unsupported_media_type": (415, "Unsupported media type"),
    "already_invited_recently": (422, "Already invited recently"),
    "cannot_resend_yet": (422, "Cannot resend yet"),
    "cannot_resend_within_24hrs": (422, "Cannot resend within 24 hours"),
    "already_connected": (422, "Already connected"),
    "action_already_performed": (422, "Action already performed"),
    "invalid_recipient": (422, "Invalid recipient"),
    "blocked_recipient": (422, "Blocked recipient"),
    "user_unreachable": (422, "User unreachable"),
    "cannot_invite_attendee": (422, "Cannot invite attendee"),
    "no_connection_with_recipient": (422, "No connection with recipient"),
    "limit_exceeded": (422, "Limit exceeded"),
    "insufficient_credits": (422, "Insufficient credits"),
    "not_allowed_inmail": (422, "InMail not allowed"),
    "unprocessable_entity": (422, "Unprocessable entity"),
    "invalid_message": (422, "Invalid message"),
    "invalid_thread": (422, "Invalid thread"),
    "cant_send_message": (422, "Cannot send message"),
    "invalid_account": (422, "Invalid account"),
    "unauthorized": (422, "Unauthorized"),
    "account_configuration_error": (422, "Account configuration error"),
    "realtime_client_not_initialized": (422, "Realtime client not initialized"),
    "provider_unreachable": (422, "Provider unreachable"),
    "too_many_requests": (429, "Too many requests"),
    "unexpected_error": (500, "Unexpected error"),
    "provider_error": (500, "Provider error"),
    "authentication_intent_error": (500, "Authentication intent error"),
    "feature_not_implemented": (501, "Feature not implemented"),
    "no_client_session": (503, "No client session"),
    "no_channel": (503, "No channel"),
    "no_handler": (503, "No handler"),
    "network_down": (503, "Network down"),
    "service_unavailable": (503, "Service unavailable"),
    "request_timeout": (504, "Request timeout"),
}


class Refused(Exception):  # noqa: N818 - it is an answer, not a mistake of ours
    """Unipile or LinkedIn says no; nothing in the world has changed."""

    def __init__(self, word: str, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(f"{word}: {detail}")
        self.word = word
        self.detail = detail
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        return TITLES[self.word][0]


def error_body(
    word: str, detail: str | None, *, instance: str | None = None, status: int | None = None
) -> dict[str, object]:
    """Unipile's error answer. A word that is not in the table keeps the given status and names itself."""
    known_status, title = TITLES.get(word, (status or 500, word.replace("_", " ").capitalize()))
    body: dict[str, object] = {
        "title": title,
        "type": f"errors/{word}",
        "status": status or known_status,
    }
    if detail is not None:
        body["detail"] = detail
    if instance is not None:
        body["instance"] = instance
    return body
