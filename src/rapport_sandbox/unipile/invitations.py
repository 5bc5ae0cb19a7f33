"""Invitations over the API: sent, listed while pending, cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport_sandbox.refusals import Refused
from rapport_sandbox.unipile import shapes
from rapport_sandbox.unipile.call import by_offset, required_text, text_field
from rapport_sandbox.world import inviting

if TYPE_CHECKING:
    from rapport_sandbox.unipile.call import Call
    from rapport_sandbox.wire import Answer
    from rapport_sandbox.world.account import Account

NOTE_LENGTH = 300


def invite(call: Call) -> Answer:
    body = call.json()
    provider_id = required_text(body, "provider_id")
    call.note(person=provider_id)
    account = call.account(required_text(body, "account_id"))
    note = text_field(body, "message", longest=NOTE_LENGTH)
    person = call.world.people.by_provider_id(provider_id)
    if person is None:
        raise Refused("invalid_recipient", "provider_id is nobody's provider id.")
    invitation = inviting.invite(call.world, account, person, note or None, call.now)
    call.note(invitation_id=invitation.id, text=note)
    return call.done({"object": "UserInvitationSent", "invitation_id": invitation.id}, status=201, effect=True)


def list_sent(call: Call) -> Answer:
    """What is pending, newest first. What was accepted or withdrawn has left, after the lists' lag."""
    account = call.account()
    window = call.window("invitations", default=10, maximum=100, filters=dict)
    lag = call.world.switches.list_lag
    _forget_gone(account, call.now - lag)
    visible = (one for one in reversed(account.sent.values()) if one.sent_at + lag <= call.now)
    page, cursor = by_offset(visible, window)
    items = [shapes.invitation(call.world, account, one) for one in page]
    return call.done({"object": "InvitationList", "items": items, "cursor": cursor})


def cancel(call: Call) -> Answer:
    account = call.account()
    call.note(invitation_id=call.ids[0])
    invitation = inviting.withdraw(call.world, account, call.ids[0], call.now)
    call.note(person=call.world.people[invitation.person].provider_id)
    return call.done({"object": "InvitationCanceled"}, effect=True)


def _forget_gone(account: Account, before: float) -> None:
    for gone in [one for one in account.sent.values() if one.gone_at is not None and one.gone_at <= before]:
        del account.sent[gone.id]
