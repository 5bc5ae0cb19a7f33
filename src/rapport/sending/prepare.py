"""What a call needs beyond its action, read from the provider before anything begins: who, and on which post.

A read may be repeated and sends nothing, so it comes before the call is marked as begun. It may also find that there
is nothing to do: somebody is connected already, or has posted nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapport.ports.outcomes import Learned
from rapport.ports.unipile import Unipile, pages
from rapport.ports.unipile_records import Profile
from rapport.rules.sequences import NEEDS_RECOGNISING, StepKind

_PAGE = 100


@dataclass(frozen=True, slots=True)
class Known:
    """What our own tables say that a call may need."""

    kind: StepKind
    account: Mapping[str, Any]
    lead: Mapping[str, Any]
    chat_id: str | None
    invitation_id: str | None


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything the call needs; `profile` when it had to be read, for what it teaches."""

    recipient: str | None = None
    chat_id: str | None = None
    invitation_id: str | None = None
    post_id: str | None = None
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class Needless:
    """There is nothing to send: what is so already, or with None nothing that the step could be about."""

    learned: Learned | None
    code: str
    profile: Profile | None = None


def needs_profile(known: Known) -> bool:
    """Whether the person's profile must be read first, which the account's limit of visits counts."""
    is_in_a_chat = known.kind is StepKind.MESSAGE and known.chat_id is not None
    return known.kind in NEEDS_RECOGNISING and not known.lead["provider_id"] and not is_in_a_chat


def prepare(unipile: Unipile, known: Known) -> Ready | Needless:
    """Read what is lacking. Raises `ReadError` when the provider does not say."""
    account_id = known.account["unipile_account_id"]
    profile = _profile(unipile, known, account_id) if needs_profile(known) else None
    recipient = known.lead["provider_id"] or (profile.provider_id if profile else None)
    if profile is not None:
        needless = _needless(known.kind, profile)
        if needless is not None:
            return needless
    match known.kind:
        case StepKind.WITHDRAW:
            return _invitation(unipile, known, account_id)
        case StepKind.REACT:
            return _post(unipile, known, account_id)
        case StepKind.VISIT:
            return Ready(recipient=recipient or known.lead["public_identifier"] or known.lead["member_id"])
        case StepKind.EMAIL:
            return Ready(recipient=known.lead["email"])
        case _:
            return Ready(recipient=recipient, chat_id=known.chat_id, profile=profile)


def _profile(unipile: Unipile, known: Known, account_id: str) -> Profile:
    return unipile.profile(known.lead["public_identifier"] or known.lead["member_id"], account_id=account_id)


def _needless(kind: StepKind, profile: Profile) -> Needless | None:
    if kind is not StepKind.INVITE:
        return None
    if is_connected(profile):
        return Needless(Learned.ALREADY_CONNECTED, Learned.ALREADY_CONNECTED.value, profile)
    if is_invited(profile):
        return Needless(Learned.ALREADY_INVITED, Learned.ALREADY_INVITED.value, profile)
    return None


def is_connected(profile: Profile) -> bool:
    """Whether a profile says that the person is a first-degree connection of the account it was read by."""
    return bool(profile.is_relationship) or profile.network_distance == "FIRST_DEGREE"


def is_invited(profile: Profile) -> bool:
    """Whether a profile says that an invitation of the account is pending."""
    invitation = profile.invitation
    return invitation is not None and invitation.type == "SENT" and invitation.status == "PENDING"


def _invitation(unipile: Unipile, known: Known, account_id: str) -> Ready | Needless:
    """The pending invitation to be taken back: the one we know, if it is still listed."""
    for page in pages(lambda cursor: unipile.sent_invitations(account_id, limit=_PAGE, cursor=cursor), cursor=None):
        for invitation in page.items:
            is_known = invitation.id is not None and invitation.id == known.invitation_id
            if is_known or names(known.lead, invitation.invited_user_id, invitation.invited_user_public_id):
                return Ready(invitation_id=invitation.id)
    return Needless(None, "no_pending_invitation")


def names(lead: Mapping[str, Any], provider_id: str | None, public_identifier: str | None) -> bool:
    """Whether ids of the provider's name this lead."""
    return (provider_id is not None and provider_id == lead["provider_id"]) or (
        public_identifier is not None and public_identifier == lead["public_identifier"]
    )


def _post(unipile: Unipile, known: Known, account_id: str) -> Ready | Needless:
    identifier = known.lead["provider_id"] or known.lead["public_identifier"] or known.lead["member_id"]
    page = unipile.posts(identifier, account_id=account_id, limit=10)
    for post in page.items:
        if post.social_id is not None and post.can_react is not False:
            return Ready(recipient=identifier, post_id=post.social_id)
    return Needless(None, "no_post")
