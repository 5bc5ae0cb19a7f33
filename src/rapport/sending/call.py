"""The one call of an action: which method of the provider each kind of step is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.ports.outcomes import LeadEffect, Outcome, Refused
from rapport.ports.unipile import Unipile
from rapport.ports.unipile_records import EmailAddress, NewEmail, Upload
from rapport.rules.sequences import StepKind
from rapport.sending.prepare import Ready

_REACTION = "like"


def call(  # noqa: C901, PLR0911 - one arm for each kind
    unipile: Unipile,
    action: Mapping[str, Any],
    ready: Ready,
    *,
    account: Mapping[str, Any],
    files: tuple[Upload, ...] = (),
) -> Outcome:
    """Do it, once, as the account whose row this is."""
    recipient, account_id = ready.recipient or "", account["unipile_account_id"]
    kind = StepKind(action["kind"])
    if kind in _ADDRESSED and not recipient and ready.chat_id is None:
        return Refused("no_address", LeadEffect.FAILS, detail="The provider knows no id of this person.")
    match kind:
        case StepKind.INVITE:
            return unipile.invite(recipient, account_id=account_id, note=action["body"] or None)
        case StepKind.MESSAGE if ready.chat_id is not None:
            return unipile.send_message(ready.chat_id, text=action["body"], attachments=files)
        case StepKind.MESSAGE:
            return unipile.start_chat([recipient], account_id=account_id, text=action["body"], attachments=files)
        case StepKind.INMAIL:
            subject = action["subject"] or None
            return unipile.start_chat(
                [recipient], account_id=account_id, text=action["body"], subject=subject, inmail=True
            )
        case StepKind.VISIT:
            return unipile.visit(recipient, account_id=account_id)
        case StepKind.FOLLOW:
            return unipile.follow(recipient, account_id=account_id)
        case StepKind.REACT:
            return unipile.react(ready.post_id or "", account_id=account_id, reaction=_REACTION)
        case StepKind.WITHDRAW:
            return unipile.withdraw_invitation(ready.invitation_id or "", account_id=account_id)
        case StepKind.EMAIL:
            email = NewEmail(to=(EmailAddress(recipient),), subject=action["subject"], body=action["body"])
            return unipile.send_email(email, account_id=account["mailbox_id"])
        case StepKind.WAIT_FOR:
            raise ValueError("a waiting step sends nothing")


_ADDRESSED = frozenset(
    {StepKind.INVITE, StepKind.MESSAGE, StepKind.INMAIL, StepKind.VISIT, StepKind.FOLLOW, StepKind.EMAIL}
)
