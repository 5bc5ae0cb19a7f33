"""Invitations: sent, accepted, declined, withdrawn.

An invitation that is accepted, declined or withdrawn leaves the sent list: that it has gone says nothing
about which it was. `new_relation` is told within eight hours of an acceptance, not with it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rapport_sandbox.refusals import Refused
from rapport_sandbox.world import health, messaging
from rapport_sandbox.world.account import Invitation
from rapport_sandbox.world.happenings import Related
from rapport_sandbox.world.patience import REINVITE_AFTER

if TYPE_CHECKING:
    from rapport_sandbox.world.account import Account
    from rapport_sandbox.world.people import Person
    from rapport_sandbox.world.world import World


def invite(world: World, account: Account, person: Person, note: str | None, now: float) -> Invitation:
    """Send an invitation, or be refused as LinkedIn refuses."""
    health.require_live(account)
    _require_invitable(world, account, person, now)
    if note:
        world.enforcer.judge_note(account, note, now)
    try:
        world.enforcer.judge(account, "invite", now)
    except Refused as refused:
        if refused.word == "account_restricted":
            health.restrict(world, account, now, days=world.patience.restriction_days)
        raise
    digits = int.from_bytes(world.chance.digest(8, "invitation", world.count("invitation")), "big") >> 1
    invitation = Invitation(f"7{digits:019d}"[:19], person.number, note, now)
    account.sent[invitation.id] = invitation
    account.last_invitation[person.number] = invitation
    world.enforcer.remember(account, "invite", now)
    if note:
        world.enforcer.remember(account, "note", now)
    world.remember(person.number, "invite", account, now, note)
    if world.nature is not None:
        world.nature.invited(account, person, now)
    return invitation


def withdraw(world: World, account: Account, invitation_id: str, now: float) -> Invitation:
    """Take an invitation back."""
    health.require_live(account)
    invitation = account.sent.get(invitation_id)
    if invitation is None or invitation.outcome != "PENDING":
        raise Refused("resource_not_found", "There is no such pending invitation.")
    _end(invitation, "WITHDRAWN", now)
    world.remember(invitation.person, "withdraw", account, now)
    return invitation


def accept(world: World, account: Account, person: int, now: float) -> bool:
    """The person accepts; `False` when nothing was pending any more."""
    invitation = account.pending_with(person)
    if invitation is None:
        return False
    _end(invitation, "ACCEPTED", now)
    world.record("accepted", account, person, now)
    account.relations[person] = now
    name = f"relation-{account.id}-{person}"
    late = world.switches.relation_delay * world.chance.draw("relation-late", name)
    world.book(now + late, partial(_tell_relation, world, account, person, name))
    if invitation.note and world.switches.note_opens_chat:
        messaging.note_becomes_message(world, account, person, invitation.note, now)
    if world.nature is not None:
        world.nature.accepted(account, world.people[person], now)
    return True


def decline(world: World, account: Account, person: int, now: float) -> bool:
    """The person says no; the sender is told nothing."""
    invitation = account.pending_with(person)
    if invitation is None:
        return False
    _end(invitation, "IGNORED", now)
    world.record("declined", account, person, now)
    return True


def _end(invitation: Invitation, outcome: str, now: float) -> None:
    invitation.outcome = outcome
    invitation.gone_at = now


def _tell_relation(world: World, account: Account, person: int, name: str, now: float) -> None:
    world.tell(Related(id=name, account_id=account.id, at=now, person=person))


def _require_invitable(world: World, account: Account, person: Person, now: float) -> None:
    if person.number == account.owner.number:
        raise Refused("invalid_recipient", "An account cannot invite itself.")
    if person.number in account.relations:
        raise Refused("already_connected", "The recipient is already a relation.")
    last = account.last_invitation.get(person.number)
    if last is not None and (last.gone_at is None or now < last.gone_at + REINVITE_AFTER):
        raise Refused("already_invited_recently", "An invitation has already been sent recently.")
    if world.chance.happens(world.switches.uninvitable, "uninvitable", person.number):
        raise Refused("cannot_invite_attendee", "The recipient's email address is needed to invite them.")
