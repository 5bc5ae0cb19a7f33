"""What became of a reply that has not arrived, why, and what an operator can do.

What certainly did not arrive may be tried again; what may have arrived is looked for at the provider and never sent
again meanwhile. Example: `disconnected_account` reads "The account is not signed in to LinkedIn." and asks for its
being reconnected, after which the reply is tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fate:
    """Why it has not arrived, what to do, the API's operation for it, and whether it may be tried again."""

    cause: str
    what_to_do: str
    operation: str | None = None
    may_retry: bool = False


_ON_ITS_WAY = Fate("It is being sent.", "Wait a moment.")
_IN_LINE = Fate("It goes when the account's turn comes.", "Nothing; it can be called off until then.", "callOffAction")
_WAITS = Fate(
    "The account has no room for it now.",
    "It goes by itself at the time shown. Call it off, or raise the account's limit.",
    "callOffAction",
)
_LOOKED_FOR = Fate(
    "LinkedIn gave no clear answer, so it may have arrived.",
    "Nothing: it is looked for in the chat, and is not sent again meanwhile.",
)
_NEEDS_A_PERSON = Fate(
    "LinkedIn gave no clear answer, and the chat could not be read to find out.",
    "Look into the chat on LinkedIn and say whether it is there.",
    "confirmAction",
)

_SIGN_IN = ("Reconnect the account, then try again.", None)
_WAIT = ("Wait until the account has rested, then try again.", None)
_WORDS = ("Change the text or the files, and write it anew.", None)
_NOBODY = ("Nothing here reaches this person; try another channel.", None)


def _because(cause: str, what: tuple[str, str | None], *, may_retry: bool = True) -> Fate:
    return Fate(cause, what[0], what[1], may_retry)


_NOT_SIGNED_IN = _because("The account is not signed in to LinkedIn.", _SIGN_IN)
_RESTRICTED = _because("LinkedIn restricts the account.", ("Sign in to LinkedIn and see what it asks for.", None))
_TOO_MUCH = _because("LinkedIn says that the account has done too much.", _WAIT)
_UNREACHABLE = _because("LinkedIn does not deliver to this person.", _NOBODY)
_NOT_CONNECTED = _because("The person is not connected with the account.", _NOBODY)
_BAD_WORDS = _because("LinkedIn does not take what is written.", _WORDS)
_TOO_LARGE = _because("The text or a file is too large for LinkedIn.", _WORDS)
_GONE = _because("LinkedIn does not know this chat or person any more.", _NOBODY)
_NEVER_BEGAN = _because("It was given back before its call began.", ("Try again.", None))
_NO_NET = _because("Unipile could not be reached, so nothing left.", ("Try again.", None))
_OTHER = _because("LinkedIn refused it.", ("See the detail, then try again or write it anew.", None))

_BY_CODE: Mapping[str, Fate] = {
    **dict.fromkeys(
        (
            *("disconnected_account", "expired_credentials", "invalid_credentials", "multiple_sessions"),
            *("checkpoint_error", "no_account", "sender_not_ready", "missing_credentials"),
        ),
        _NOT_SIGNED_IN,
    ),
    **dict.fromkeys(
        (
            *("account_restricted", "account_mismatch", "session_mismatch", "unknown_authentication_context"),
            *("action_required", "insufficient_permissions", "feature_not_subscribed", "subscription_required"),
        ),
        _RESTRICTED,
    ),
    **dict.fromkeys(("too_many_requests", "limit_exceeded", "insufficient_credits", "visits_used_up"), _TOO_MUCH),
    **dict.fromkeys(("blocked_recipient", "user_unreachable", "invalid_recipient", "recipient_rejected"), _UNREACHABLE),
    "no_connection_with_recipient": _NOT_CONNECTED,
    **dict.fromkeys(("invalid_message", "unprocessable_entity", "unsupported_media_type"), _BAD_WORDS),
    **dict.fromkeys(("content_too_large", "too_many_characters"), _TOO_LARGE),
    **dict.fromkeys(("resource_not_found", "invalid_thread", "no_address", "invalid_identifier"), _GONE),
    **dict.fromkeys(("stopping", "worker_died"), _NEVER_BEGAN),
    **dict.fromkeys(("connection_refused", "name_not_resolved", "connect_timed_out", "unsendable"), _NO_NET),
    **dict.fromkeys(("not_found_at_provider", "not_sent"), _because("It did not arrive.", ("Try again.", None))),
    "called_off": _because("It was called off before it began.", ("Nothing, or try again.", None)),
    "erased": _because("The person asked to be erased.", ("Nothing.", None), may_retry=False),
    "duplicate_lead": _because("Two leads of this client are this person.", ("Merge the two leads.", "mergeLeads")),
}


def fate(state: str, code: str | None, *, needs_a_person: bool) -> Fate | None:
    """What to say of a reply in a state; None when it has arrived."""
    match state:
        case "sent":
            return None
        case "ready":
            return _IN_LINE if code is None else _WAITS
        case "claimed" | "calling":
            return _ON_ITS_WAY
        case "uncertain":
            return _NEEDS_A_PERSON if needs_a_person else _LOOKED_FOR
        case _:
            return _BY_CODE.get(code or "", _OTHER)
