"""What each line of the outcome table means, written down a second time.

The expectations are literal on purpose: they come from the provider's description and from the reliability
demands, not from the table under test, and a line added there without one here fails.
"""

from __future__ import annotations

from dataclasses import dataclass

from rapport.outside.unipile.outcomes import ANY
from rapport.ports.outcomes import (
    AccountEffect,
    Check,
    CoolDown,
    KindUnavailable,
    LeadEffect,
    Learned,
    NeedsSignIn,
    Outcome,
    Refused,
    Rest,
    Restricted,
    StopService,
    Unknown,
    Untouched,
    WriteKind,
)

FAILS, WAITS, ADVANCES = LeadEffect.FAILS, LeadEffect.WAITS, LeadEffect.ADVANCES
GOES_ON = Untouched()
REST_OF_INVITES = CoolDown(WriteKind.INVITE, None, Rest.NEXT_DAY)


@dataclass(frozen=True)
class Row:
    """Answered with this, an invitation is refused; `lead` None: it is unknown."""

    status: int
    type: str
    lead: LeadEffect | None
    account: AccountEffect = GOES_ON
    learned: Learned | None = None

    @property
    def said(self) -> str:
        """A type that leads to this row."""
        return "never_heard_of" if self.type == ANY else self.type

    def holds_for(self, outcome: Outcome) -> None:
        assert outcome.account_effect == self.account
        assert outcome.status == self.status
        assert outcome.detail == "Why not."
        if self.lead is None:
            assert isinstance(outcome, Unknown)
            assert outcome.reason == self.said
            assert not outcome.nothing_sent
        else:
            assert isinstance(outcome, Refused)
            assert (outcome.code, outcome.lead_effect, outcome.learned) == (self.said, self.lead, self.learned)
            assert outcome.nothing_sent

    def __str__(self) -> str:
        return f"{self.status}-{self.type}"


ROWS = [
    Row(400, "invalid_parameters", FAILS),
    Row(400, "malformed_request", FAILS),
    Row(400, "missing_parameters", FAILS),
    Row(400, "invalid_url", FAILS),
    Row(400, "too_many_characters", FAILS),
    Row(400, "unescaped_characters", FAILS),
    Row(400, "content_too_large", FAILS),
    Row(401, "missing_credentials", WAITS, StopService("missing_credentials")),
    Row(401, "disconnected_account", WAITS, NeedsSignIn()),
    Row(401, "expired_credentials", WAITS, NeedsSignIn()),
    Row(401, "invalid_credentials", WAITS, NeedsSignIn()),
    Row(401, "multiple_sessions", WAITS, NeedsSignIn()),
    Row(401, "checkpoint_error", WAITS, NeedsSignIn()),
    Row(401, ANY, WAITS, NeedsSignIn()),
    Row(403, "account_restricted", WAITS, Restricted()),
    Row(403, "account_mismatch", WAITS, Restricted()),
    Row(403, "session_mismatch", WAITS, Restricted()),
    Row(403, "unknown_authentication_context", WAITS, Restricted()),
    Row(403, "action_required", WAITS, Restricted()),
    Row(403, "insufficient_permissions", WAITS, KindUnavailable(WriteKind.INVITE)),
    Row(403, "feature_not_subscribed", WAITS, KindUnavailable(WriteKind.INVITE)),
    Row(403, "subscription_required", WAITS, KindUnavailable(WriteKind.INVITE)),
    Row(403, "resource_access_restricted", FAILS, Check()),
    Row(403, ANY, WAITS, Restricted()),
    Row(404, "resource_not_found", FAILS),
    Row(404, "invalid_resource_identifier", FAILS),
    Row(413, ANY, FAILS),
    Row(415, ANY, FAILS),
    Row(422, "already_invited_recently", ADVANCES, learned=Learned.ALREADY_INVITED),
    Row(422, "already_connected", ADVANCES, learned=Learned.ALREADY_CONNECTED),
    Row(422, "action_already_performed", ADVANCES, learned=Learned.ALREADY_DONE),
    Row(422, "no_connection_with_recipient", FAILS, learned=Learned.NOT_CONNECTED),
    Row(422, "invalid_recipient", FAILS, learned=Learned.UNREACHABLE),
    Row(422, "blocked_recipient", FAILS, learned=Learned.UNREACHABLE),
    Row(422, "user_unreachable", FAILS, learned=Learned.UNREACHABLE),
    Row(422, "cannot_invite_attendee", FAILS, learned=Learned.UNREACHABLE),
    Row(422, "recipient_rejected", FAILS, learned=Learned.UNREACHABLE),
    Row(422, "cannot_resend_yet", WAITS, REST_OF_INVITES),
    Row(422, "cannot_resend_within_24hrs", WAITS, REST_OF_INVITES),
    Row(422, "limit_exceeded", WAITS, REST_OF_INVITES),
    Row(422, "insufficient_credits", WAITS, REST_OF_INVITES),
    Row(422, "not_allowed_inmail", WAITS, REST_OF_INVITES),
    Row(422, "unprocessable_entity", FAILS),
    Row(422, "invalid_message", FAILS),
    Row(422, "invalid_thread", FAILS),
    Row(422, "cant_send_message", FAILS),
    Row(422, "invalid_post", FAILS),
    Row(422, "limit_too_high", FAILS),
    Row(422, "parent_mail_not_found", FAILS),
    Row(422, "invalid_reply_subject", FAILS),
    Row(422, "invalid_headers", FAILS),
    Row(422, "invalid_folder", FAILS),
    Row(422, "invalid_account", WAITS, Check()),
    Row(422, "unauthorized", WAITS, Check()),
    Row(422, "account_configuration_error", WAITS, Check()),
    Row(422, "realtime_client_not_initialized", WAITS, Check()),
    Row(422, "provider_unreachable", WAITS, Check()),
    Row(422, "send_as_denied", WAITS, Check()),
    Row(422, "sender_rejected", WAITS, Check()),
    Row(422, "ip_rejected_by_server", WAITS, Check()),
    Row(429, ANY, WAITS, CoolDown(None, None, Rest.A_WHILE)),
    Row(500, ANY, None, CoolDown(None, None, Rest.A_LITTLE)),
    Row(501, ANY, FAILS),
]
