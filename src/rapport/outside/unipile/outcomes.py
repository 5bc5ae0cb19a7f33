"""What an answer to a write means: the whole table, and nothing of it anywhere else.

HTTP status and error type give the outcome, what the account does next, what becomes of the lead and what
was learned. A line with `ANY` type holds for every type of its status without a line of its own, also for a
body without one; a status below ten stands for its hundred.

Two rules decide whatever the provider's description leaves open. A refusal is only what is documented as
one: an unknown 4xx is unknown, for it may come from anything between us and LinkedIn. And 5xx is unknown
whatever its body says, because limits are met there too, after the effect as well as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from rapport.outside.web import Fault
from rapport.ports.outcomes import (
    AccountEffect,
    Check,
    CoolDown,
    KindUnavailable,
    LeadEffect,
    Learned,
    NeedsSignIn,
    Refused,
    Rest,
    Restricted,
    StopService,
    Unknown,
    Untouched,
    WriteKind,
)

if TYPE_CHECKING:
    from datetime import datetime

ANY = "*"


class Verdict(StrEnum):
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Account(StrEnum):
    """What the account does next, before kind and instant are known."""

    GOES_ON = "goes_on"
    RESTS_A_LITTLE = "rests_a_little"
    RESTS_A_WHILE = "rests_a_while"
    KIND_RESTS = "kind_rests"
    INVITATIONS_REST = "invitations_rest"
    LACKS_KIND = "lacks_kind"
    NEEDS_SIGN_IN = "needs_sign_in"
    IS_RESTRICTED = "is_restricted"
    IS_CHECKED = "is_checked"
    STOPS_WITH_ALL = "stops_with_all"


@dataclass(frozen=True, slots=True)
class Line:
    status: int
    type: str
    verdict: Verdict
    account: Account = Account.GOES_ON
    lead: LeadEffect = LeadEffect.FAILS
    """Only a refusal has one: an unknown outcome keeps the lead where it is."""
    learned: Learned | None = None
    code: str | None = None
    """A word of ours, where the provider has none that an operator would understand."""


_REFUSED, _UNKNOWN = Verdict.REFUSED, Verdict.UNKNOWN
_WAITS, _ADVANCES = LeadEffect.WAITS, LeadEffect.ADVANCES

TABLE: tuple[Line, ...] = (
    # Never followed: the key would go along. Whoever redirects an API is not the API.
    Line(3, ANY, _REFUSED, Account.STOPS_WITH_ALL, _WAITS, code="wrong_base_url"),
    # Ours to fix.
    Line(400, "invalid_parameters", _REFUSED),
    Line(400, "malformed_request", _REFUSED),
    Line(400, "missing_parameters", _REFUSED),
    Line(400, "invalid_url", _REFUSED),
    Line(400, "too_many_characters", _REFUSED),
    Line(400, "unescaped_characters", _REFUSED),
    Line(400, "content_too_large", _REFUSED),
    # Somebody is not signed in: we with our key, or the account with LinkedIn.
    Line(401, "missing_credentials", _REFUSED, Account.STOPS_WITH_ALL, _WAITS),
    Line(401, "disconnected_account", _REFUSED, Account.NEEDS_SIGN_IN, _WAITS),
    Line(401, "expired_credentials", _REFUSED, Account.NEEDS_SIGN_IN, _WAITS),
    Line(401, "invalid_credentials", _REFUSED, Account.NEEDS_SIGN_IN, _WAITS),
    Line(401, "multiple_sessions", _REFUSED, Account.NEEDS_SIGN_IN, _WAITS),
    Line(401, "checkpoint_error", _REFUSED, Account.NEEDS_SIGN_IN, _WAITS),
    Line(401, ANY, _REFUSED, Account.NEEDS_SIGN_IN, _WAITS),
    # LinkedIn holds the account back, or the account never had this.
    Line(403, "account_restricted", _REFUSED, Account.IS_RESTRICTED, _WAITS),
    Line(403, "account_mismatch", _REFUSED, Account.IS_RESTRICTED, _WAITS),
    Line(403, "session_mismatch", _REFUSED, Account.IS_RESTRICTED, _WAITS),
    Line(403, "unknown_authentication_context", _REFUSED, Account.IS_RESTRICTED, _WAITS),
    Line(403, "action_required", _REFUSED, Account.IS_RESTRICTED, _WAITS),
    Line(403, "insufficient_permissions", _REFUSED, Account.LACKS_KIND, _WAITS),
    Line(403, "feature_not_subscribed", _REFUSED, Account.LACKS_KIND, _WAITS),
    Line(403, "subscription_required", _REFUSED, Account.LACKS_KIND, _WAITS),
    # About one person or chat: a kind of step must not end for all because one profile is closed.
    Line(403, "resource_access_restricted", _REFUSED, Account.IS_CHECKED),
    Line(403, ANY, _REFUSED, Account.IS_RESTRICTED, _WAITS),
    # The person, chat or invitation does not exist, or no longer.
    Line(404, "resource_not_found", _REFUSED),
    Line(404, "invalid_resource_identifier", _REFUSED),
    Line(413, ANY, _REFUSED, code="content_too_large"),
    Line(415, ANY, _REFUSED, code="unsupported_media_type"),
    # Facts about the person.
    Line(422, "already_invited_recently", _REFUSED, lead=_ADVANCES, learned=Learned.ALREADY_INVITED),
    Line(422, "already_connected", _REFUSED, lead=_ADVANCES, learned=Learned.ALREADY_CONNECTED),
    Line(422, "action_already_performed", _REFUSED, lead=_ADVANCES, learned=Learned.ALREADY_DONE),
    Line(422, "no_connection_with_recipient", _REFUSED, learned=Learned.NOT_CONNECTED),
    Line(422, "invalid_recipient", _REFUSED, learned=Learned.UNREACHABLE),
    Line(422, "blocked_recipient", _REFUSED, learned=Learned.UNREACHABLE),
    Line(422, "user_unreachable", _REFUSED, learned=Learned.UNREACHABLE),
    Line(422, "cannot_invite_attendee", _REFUSED, learned=Learned.UNREACHABLE),
    # The account has had enough for now, the person has not.
    Line(422, "cannot_resend_yet", _REFUSED, Account.INVITATIONS_REST, _WAITS),
    Line(422, "cannot_resend_within_24hrs", _REFUSED, Account.INVITATIONS_REST, _WAITS),
    Line(422, "limit_exceeded", _REFUSED, Account.KIND_RESTS, _WAITS),
    Line(422, "insufficient_credits", _REFUSED, Account.KIND_RESTS, _WAITS),
    Line(422, "not_allowed_inmail", _REFUSED, Account.KIND_RESTS, _WAITS),
    # What was sent cannot be taken: the detail is shown.
    Line(422, "unprocessable_entity", _REFUSED),
    Line(422, "invalid_message", _REFUSED),
    Line(422, "invalid_thread", _REFUSED),
    Line(422, "cant_send_message", _REFUSED),
    Line(422, "invalid_post", _REFUSED),
    Line(422, "limit_too_high", _REFUSED),
    Line(422, "parent_mail_not_found", _REFUSED),
    Line(422, "invalid_reply_subject", _REFUSED),
    Line(422, "invalid_headers", _REFUSED),
    Line(422, "invalid_folder", _REFUSED),
    Line(422, "recipient_rejected", _REFUSED, learned=Learned.UNREACHABLE),
    # The account's trouble, not the lead's.
    Line(422, "invalid_account", _REFUSED, Account.IS_CHECKED, _WAITS),
    Line(422, "unauthorized", _REFUSED, Account.IS_CHECKED, _WAITS),
    Line(422, "account_configuration_error", _REFUSED, Account.IS_CHECKED, _WAITS),
    Line(422, "realtime_client_not_initialized", _REFUSED, Account.IS_CHECKED, _WAITS),
    Line(422, "provider_unreachable", _REFUSED, Account.IS_CHECKED, _WAITS),
    Line(422, "send_as_denied", _REFUSED, Account.IS_CHECKED, _WAITS),
    Line(422, "sender_rejected", _REFUSED, Account.IS_CHECKED, _WAITS),
    Line(422, "ip_rejected_by_server", _REFUSED, Account.IS_CHECKED, _WAITS),
    Line(429, ANY, _REFUSED, Account.RESTS_A_WHILE, _WAITS, code="too_many_requests"),
    # Any other 4xx, and any other type of the ones above: a proxy's, a new one, or not what it seems.
    Line(4, ANY, _UNKNOWN),
    # LinkedIn's limits show as 500 too: rest, and read back what came of it.
    Line(500, ANY, _UNKNOWN, Account.RESTS_A_LITTLE),
    Line(501, ANY, _REFUSED, code="feature_not_implemented"),
    Line(5, ANY, _UNKNOWN),
)

FAULTS: dict[Fault, Line] = {
    # No byte of ours left: the only faults after which nothing can have happened.
    Fault.UNSENDABLE: Line(0, Fault.UNSENDABLE, _REFUSED),
    Fault.CONNECTION_REFUSED: Line(0, Fault.CONNECTION_REFUSED, _REFUSED, lead=_WAITS),
    Fault.NAME_NOT_RESOLVED: Line(0, Fault.NAME_NOT_RESOLVED, _REFUSED, lead=_WAITS),
    Fault.FORBIDDEN_ADDRESS: Line(0, Fault.FORBIDDEN_ADDRESS, _REFUSED, lead=_WAITS),
    Fault.CONNECT_TIMED_OUT: Line(0, Fault.CONNECT_TIMED_OUT, _REFUSED, lead=_WAITS),
    # A byte may have left, and one is enough.
    Fault.TLS_FAILED: Line(0, Fault.TLS_FAILED, _UNKNOWN),
    Fault.RESET: Line(0, Fault.RESET, _UNKNOWN),
    Fault.TIMED_OUT: Line(0, Fault.TIMED_OUT, _UNKNOWN),
    Fault.TOO_LARGE: Line(0, Fault.TOO_LARGE, _UNKNOWN),
    Fault.GARBLED: Line(0, Fault.GARBLED, _UNKNOWN),
}

UNREADABLE = Line(2, "unreadable_success", _UNKNOWN)
"""A 2xx that does not say what a success of its call says: likely sent, and likely is not certain."""

_ODD = Line(0, "unheard_of_status", _UNKNOWN)
_BY_ANSWER = {(line.status, line.type): line for line in TABLE}


def line_for(status: int, type_: str | None) -> Line:
    """The line of an answer that is no success: its type's, else its status's, else its hundred's."""
    for key in ((status, type_ or ANY), (status, ANY), (status // 100, ANY)):
        if key in _BY_ANSWER:
            return _BY_ANSWER[key]
    return _ODD


def outcome(
    line: Line,
    *,
    kind: WriteKind,
    status: int | None = None,
    said: str | None = None,
    detail: str | None = None,
    retry_at: datetime | None = None,
) -> Refused | Unknown:
    """The line's outcome for this write. `said` is the type as the provider spelt it, and is kept."""
    # A plain text, not the member of `Fault` it may be: rooms store it.
    code = str(said or line.code or (f"http_{status}" if line.type == ANY else line.type))
    effect = account_effect(line, kind=kind, code=code, retry_at=retry_at)
    match line.verdict:
        case Verdict.REFUSED:
            return Refused(
                code=code,
                lead_effect=line.lead,
                account_effect=effect,
                learned=line.learned,
                retry_at=retry_at,
                status=status,
                detail=detail,
            )
        case Verdict.UNKNOWN:
            return Unknown(reason=code, account_effect=effect, status=status, detail=detail)
        case _:
            assert_never(line.verdict)


def account_effect(  # noqa: C901, PLR0911 - one arm for each thing an account can do next
    line: Line, *, kind: WriteKind | None, code: str, retry_at: datetime | None
) -> AccountEffect:
    """What the account does next. A read has no kind: where a kind would rest, the account goes on."""
    match line.account:
        case Account.RESTS_A_LITTLE:
            return CoolDown(None, retry_at, Rest.A_LITTLE)
        case Account.RESTS_A_WHILE:
            return CoolDown(None, retry_at, Rest.A_WHILE)
        case Account.KIND_RESTS if kind is not None:
            return CoolDown(kind, retry_at, Rest.NEXT_DAY)
        case Account.INVITATIONS_REST if kind is not None:
            # Whatever else met it rests itself: it would be tried again at once.
            rests = WriteKind.INVITE if kind is WriteKind.WITHDRAW else kind
            return CoolDown(rests, retry_at, Rest.NEXT_DAY)
        case Account.LACKS_KIND if kind is not None:
            return KindUnavailable(kind)
        case Account.NEEDS_SIGN_IN:
            return NeedsSignIn()
        case Account.IS_RESTRICTED:
            return Restricted()
        case Account.IS_CHECKED:
            return Check()
        case Account.STOPS_WITH_ALL:
            return StopService(line.code or code)
        case Account.GOES_ON | Account.KIND_RESTS | Account.INVITATIONS_REST | Account.LACKS_KIND:
            return Untouched()
        case _:
            assert_never(line.account)
