"""What a caller can have done wrong, each with a code that never changes its meaning.

A verb raises `RapportError(CODE, …)`; which HTTP status that is, `http/errors.py` says and nobody else.
The list below is the catalogue that the documentation prints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of error: its stable name and what it means in one sentence."""

    name: str
    meaning: str


CATALOGUE: dict[str, Code] = {}


def _code(name: str, meaning: str) -> Code:
    code = Code(name, meaning)
    CATALOGUE[name] = code
    return code


# The request itself
BAD_REQUEST = _code("BAD_REQUEST", "The request could not be understood.")
MALFORMED_JSON = _code("MALFORMED_JSON", "The body is not valid JSON in UTF-8.")
VALIDATION_FAILED = _code("VALIDATION_FAILED", "One or more fields are not acceptable; details names each.")
CURSOR_INVALID = _code("CURSOR_INVALID", "The cursor was not given out by this service.")
CURSOR_MISMATCH = _code("CURSOR_MISMATCH", "The cursor belongs to a list with other filters or another order.")
NOT_FOUND = _code("NOT_FOUND", "There is no such thing, or the caller may not see it.")
METHOD_NOT_ALLOWED = _code("METHOD_NOT_ALLOWED", "The path exists but not with this method.")
NOT_ACCEPTABLE = _code("NOT_ACCEPTABLE", "None of the formats asked for is offered here.")
REQUEST_TIMEOUT = _code("REQUEST_TIMEOUT", "The request did not arrive in time.")
BODY_TOO_LARGE = _code("BODY_TOO_LARGE", "The body is larger than this path accepts.")
UNSUPPORTED_MEDIA_TYPE = _code(
    "UNSUPPORTED_MEDIA_TYPE", "The body is of a media type that this path does not take; most take application/json."
)
CONFLICT = _code("CONFLICT", "Another request wrote the same thing at the same moment; read again.")
PRECONDITION_FAILED = _code("PRECONDITION_FAILED", "The row has changed since the ETag given in If-Match.")
RATE_LIMITED = _code("RATE_LIMITED", "Too many requests; Retry-After says when to come back.")

# Who asks
UNAUTHENTICATED = _code("UNAUTHENTICATED", "Sign in: the request carries no usable credential.")
TOKEN_EXPIRED = _code("TOKEN_EXPIRED", "The access token has expired; refresh it.")
CREDENTIALS_INVALID = _code("CREDENTIALS_INVALID", "The email or the password is wrong.")
REFRESH_INVALID = _code("REFRESH_INVALID", "The refresh token is unknown, expired or revoked.")
REFRESH_REUSED = _code("REFRESH_REUSED", "The refresh token was used before, so its session was ended.")
FORBIDDEN = _code("FORBIDDEN", "The caller is known but may not do this.")
ORIGIN_NOT_ALLOWED = _code("ORIGIN_NOT_ALLOWED", "Pages of this site may not ask for this from a browser.")

# Doing a thing once
IDEMPOTENCY_KEY_INVALID = _code("IDEMPOTENCY_KEY_INVALID", "An Idempotency-Key is 1 to 200 printable characters.")
IDEMPOTENCY_KEY_REUSED = _code("IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used with another body or path.")
IDEMPOTENCY_IN_PROGRESS = _code("IDEMPOTENCY_IN_PROGRESS", "The first request with this Idempotency-Key still runs.")

# The service
INTERNAL = _code("INTERNAL", "The service failed; the request id finds the cause in its log.")
UNAVAILABLE = _code("UNAVAILABLE", "The service cannot answer at this moment; nothing was changed.")
STORAGE_FULL = _code("STORAGE_FULL", "The database has no room left; nothing was changed.")

# People and clients
CLIENT_ALREADY_EXISTS = _code("CLIENT_ALREADY_EXISTS", "A client with this slug exists.")
CLIENT_ARCHIVED = _code("CLIENT_ARCHIVED", "The client is archived; restore it first.")
USER_ALREADY_EXISTS = _code("USER_ALREADY_EXISTS", "A user with this email exists.")
LAST_ADMIN = _code("LAST_ADMIN", "The last active admin cannot be removed or demoted.")
PASSWORD_WRONG = _code("PASSWORD_WRONG", "The current password is wrong.")
BOOTSTRAP_DONE = _code("BOOTSTRAP_DONE", "There is an admin already; sign in instead.")

# Accounts
ACCOUNT_ALREADY_EXISTS = _code("ACCOUNT_ALREADY_EXISTS", "This Unipile account belongs to another row already.")
NOT_HELD = _code("NOT_HELD", "The service is not held: there is nothing to lift.")

# Leads
LEAD_ALREADY_EXISTS = _code("LEAD_ALREADY_EXISTS", "The client has a lead of this identity; details names it.")
LEAD_ERASED = _code("LEAD_ERASED", "This person asked to be erased and is not kept again.")
LEAD_MERGED = _code("LEAD_MERGED", "This lead was merged into another; details names it.")
LEADS_NOT_MERGEABLE = _code("LEADS_NOT_MERGEABLE", "These leads cannot be merged.")
MERGE_NOT_UNDOABLE = _code("MERGE_NOT_UNDOABLE", "The merge was undone already, or its leads have changed too much.")
LEAD_VIEW_ALREADY_EXISTS = _code("LEAD_VIEW_ALREADY_EXISTS", "You have a view of this name.")
LEAD_ACTIVE = _code("LEAD_ACTIVE", "The lead is in a running campaign; stop it there first.")
SUPPRESSION_ALREADY_EXISTS = _code("SUPPRESSION_ALREADY_EXISTS", "The list has this entry.")
IMPORT_NOT_READABLE = _code("IMPORT_NOT_READABLE", "The file is not what it says, or cannot be read; details says why.")
IMPORT_STATE = _code("IMPORT_STATE", "The import is not in a state in which this can be done.")

# Campaigns
CAMPAIGN_ALREADY_EXISTS = _code("CAMPAIGN_ALREADY_EXISTS", "The client has a campaign of this name.")
CAMPAIGN_NOT_ACTIVE = _code("CAMPAIGN_NOT_ACTIVE", "The campaign is not active.")
CAMPAIGN_STATE = _code("CAMPAIGN_STATE", "The campaign is not in a state in which this can be done.")
CAMPAIGN_NOT_READY = _code("CAMPAIGN_NOT_READY", "The campaign cannot start; details lists everything that is wrong.")
SEQUENCE_INVALID = _code("SEQUENCE_INVALID", "The sequence has problems; details lists every one.")

# Enrollments
ALREADY_ENROLLED = _code("ALREADY_ENROLLED", "The lead is in this campaign, or in another active one.")
ACTION_STATE = _code("ACTION_STATE", "The action is not in a state in which this can be done.")
ENROLLMENT_STATE = _code("ENROLLMENT_STATE", "The enrollment is not in a state in which this can be done.")

# Analytics
FORECAST_TOO_LARGE = _code(
    "FORECAST_TOO_LARGE", "The campaign is too large to be forecast while you wait; POST to the same path for a job."
)

# Reports
REPORT_NOT_SENDABLE = _code("REPORT_NOT_SENDABLE", "The report cannot be sent now; the message says why.")

# Inbox
CONVERSATION_CHANGED = _code("CONVERSATION_CHANGED", "The conversation changed since; look at it as it is now.")
CONVERSATION_TAKEN = _code("CONVERSATION_TAKEN", "The conversation is somebody else's; take it over first.")
NEWER_MESSAGE = _code("NEWER_MESSAGE", "Somebody wrote since; details holds what was written.")
NOT_ANSWERABLE = _code("NOT_ANSWERABLE", "Nobody can be written to in this conversation; the message says why.")
REPLY_STATE = _code("REPLY_STATE", "The reply is not in a state in which it can be tried again.")
QUEUE_ALREADY_EXISTS = _code("QUEUE_ALREADY_EXISTS", "The client has a queue of this name.")
QUEUE_IN_USE = _code("QUEUE_IN_USE", "The queue holds conversations; put them elsewhere first.")
CANNED_REPLY_ALREADY_EXISTS = _code("CANNED_REPLY_ALREADY_EXISTS", "The client has a canned reply of this name.")
TASKS_OPEN = _code("TASKS_OPEN", "The conversation has follow-up tasks that are not done; confirm to close it anyway.")
TASK_STATE = _code("TASK_STATE", "The task is done or cancelled already.")

# Offerings
OFFERING_ALREADY_EXISTS = _code(
    "OFFERING_ALREADY_EXISTS", "The client has an offering of this slug, code or number already."
)

# Webhooks
WEBHOOKS_UNSET = _code("WEBHOOKS_UNSET", "PUBLIC_URL is not set, so nobody can say where webhooks should point.")
PROVIDER_AWAY = _code("PROVIDER_AWAY", "Unipile could not be asked; nothing was changed.")
WEBHOOK_REFUSED = _code("WEBHOOK_REFUSED", "Unipile did not take the change of a webhook; details says why.")
DELIVERY_EMPTIED = _code("DELIVERY_EMPTIED", "The delivery's body is not kept any more, so nobody can look again.")

# Outbox and live
CONNECTION_STATE = _code("CONNECTION_STATE", "The connection is not in a state in which this can be done.")
DELIVERY_STATE = _code("DELIVERY_STATE", "The delivery is not in a state in which this can be done.")
STREAMS_FULL = _code("STREAMS_FULL", "This process holds as many live streams as it may; Retry-After says when to ask.")

# Channels
CHANNEL_ALREADY_CONNECTED = _code(
    "CHANNEL_ALREADY_CONNECTED", "The client has this channel already, or the mailbox is another channel's."
)
CHANNEL_STATE = _code("CHANNEL_STATE", "The channel is not in a state in which this can be done.")
# Broadcasts
BROADCAST_STATE = _code("BROADCAST_STATE", "The broadcast is not in a state in which this can be done.")

# Jobs
JOB_TYPE_UNKNOWN = _code("JOB_TYPE_UNKNOWN", "No job of this type can be asked for.")
JOB_NOT_RETRYABLE = _code("JOB_NOT_RETRYABLE", "Only a failed job can be retried.")
JOB_NOT_DISMISSABLE = _code("JOB_NOT_DISMISSABLE", "Only a failed or waiting job can be dismissed.")
JOB_DISMISSED = _code("JOB_DISMISSED", "The job was dismissed and never runs again.")
LEASE_LOST = _code("LEASE_LOST", "The caller does not hold this job's lease (any more); nothing was written.")
ALREADY_SETTLED = _code("ALREADY_SETTLED", "The job ended already, with another result.")

Details = Mapping[str, object] | Sequence[Mapping[str, object]] | None


class RapportError(Exception):
    """A refusal with a code, a sentence for people, and the fields at fault."""

    def __init__(
        self,
        code: Code,
        message: str | None = None,
        *,
        details: Details = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message or code.meaning)
        self.code = code
        self.message = message or code.meaning
        self.details = details
        self.retry_after = retry_after


def field_error(field: str, problem: str) -> RapportError:
    """A refusal of one field, in the shape that a schema's refusal has."""
    return RapportError(VALIDATION_FAILED, details={field: [problem]})
