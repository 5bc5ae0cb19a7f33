"""Carrying out one claimed action: read what is lacking, mark the call as begun, call once, settle.

No transaction is open while the provider is asked. Whatever kills this process in between leaves an action that says
how far it came: a claimed one was not called, a calling one may have arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rapport.accounts import usage
from rapport.conversations.queries import chat_with
from rapport.kernel.log import get_log
from rapport.kernel.principal import Actor
from rapport.kernel.tenancy import only
from rapport.kernel.tx import Tx
from rapport.leads.recognising import recognise
from rapport.ports.outcomes import LeadEffect, Refused, Untouched
from rapport.ports.unipile import ReadError
from rapport.ports.unipile_records import Profile, Upload
from rapport.rules.limits import Budget
from rapport.rules.sequences import StepKind
from rapport.sending import files, queries, settle
from rapport.sending.begin import begin
from rapport.sending.call import call
from rapport.sending.claim import Claimed
from rapport.sending.doors import Doors
from rapport.sending.prepare import Known, Needless, Ready, needs_profile, prepare
from rapport.sending.states import Origin, State

_log = get_log("sending")
SENDER = Actor("system", "sender")
_NOT_OURS = "not_ours"
_NOTHING_KNOWN = Refused(
    "no_address", LeadEffect.FAILS, detail="Nothing is known by which the provider could find this person."
)
_TWICE = Refused(
    "duplicate_lead", LeadEffect.FAILS, detail="Another lead of this client is the same person: merge the two."
)


def carry_out(doors: Doors, claimed: Claimed) -> str:
    """Do it; answers in a word what came of it."""
    prepared = _prepared(doors, claimed)
    return prepared if isinstance(prepared, str) else _called(doors, claimed, prepared)


def _called(doors: Doors, claimed: Claimed, ready: Ready) -> str:
    action, owner = claimed.action, str(claimed.action["owner"])
    scope = only([action["client_id"]])
    attached = _files(doors, action)
    with doors.transaction(actor=SENDER, scope=scope) as tx:
        begun = begin(tx, action["id"], ready, owner=owner, lease=doors.sending.lease)
        until = tx.now + doors.sending.lease
    if not begun:
        return "held_back"
    if doors.clock.now() >= until:
        return "too_late"  # this process slept through its lease: whoever finds the action reads the provider
    account_id = claimed.account["unipile_account_id"]
    outcome = call(doors.unipile, action, ready, account_id=account_id, files=attached)
    with doors.transaction(actor=SENDER, scope=scope) as tx:
        state = settle.answered(tx, action["id"], outcome, owner=owner)
    return _NOT_OURS if state is None else state.value


def _prepared(doors: Doors, claimed: Claimed) -> Ready | str:  # noqa: PLR0911 - one return for each way to end
    """What the call needs; or, when there will be none, why not, and then the action is settled."""
    known = _known(doors, claimed)
    if known.account["unipile_account_id"] is None:
        return _end(doors, claimed, lambda tx, row: settle.cancelled(tx, row, code="no_account"), "no_account")
    if needs_profile(known):
        if not (known.lead["public_identifier"] or known.lead["member_id"]):
            return _end(doors, claimed, lambda tx, row: settle.refused(tx, row, _NOTHING_KNOWN), _NOTHING_KNOWN.code)
        if not _may_look(doors, claimed):
            code = "visits_used_up"
            return _end(doors, claimed, lambda tx, row: settle.cancelled(tx, row, code=code), code)
    try:
        ready = prepare(doors.unipile, known)
    except ReadError as failure:
        return _unread(doors, claimed, failure)
    if ready.profile is not None and not _is_who_we_think(doors, claimed, ready.profile):
        return _TWICE.code
    if isinstance(ready, Needless):
        fact, code = ready.learned, ready.code
        return _end(doors, claimed, lambda tx, row: settle.needless(tx, row, fact, code=code), code)
    return ready


def _known(doors: Doors, claimed: Claimed) -> Known:
    """What our own tables say that the call needs."""
    action, lead, account = claimed.action, claimed.lead, claimed.account
    kind = StepKind(action["kind"])
    chat_id, invitation_id = action["chat_id"], action["invitation_id"]
    if (kind is StepKind.MESSAGE and chat_id is None) or (kind is StepKind.WITHDRAW and invitation_id is None):
        with doors.reading(actor=SENDER, scope=only([action["client_id"]])) as reading:
            ids = {"account_id": account["id"], "lead_id": lead["id"]}
            if kind is StepKind.MESSAGE:
                chat_id = chat_with(reading, **ids)
            else:
                invitation_id = queries.invitation_id(reading, **ids)
    return Known(kind, account, lead, chat_id, invitation_id)


def _files(doors: Doors, action: Mapping[str, Any]) -> tuple[Upload, ...]:
    """The files that go with a person's message; a campaign sends none."""
    if action["origin"] != Origin.PERSON.value:
        return ()
    with doors.reading(actor=SENDER, scope=only([action["client_id"]])) as reading:
        return files.uploads(reading, action["id"])


def _may_look(doors: Doors, claimed: Claimed) -> bool:
    """Whether the account may read one more profile today; it is counted."""
    with doors.transaction(actor=SENDER, scope=only([claimed.action["client_id"]])) as tx:
        return isinstance(usage.reserve(tx, claimed.account["id"], Budget.VISITS), usage.Reserved)


def _is_who_we_think(doors: Doors, claimed: Claimed, profile: Profile) -> bool:
    """Keep who the profile says the person is; a person who is two leads is sent nothing until these are merged."""
    with doors.transaction(actor=SENDER, scope=only([claimed.action["client_id"]])) as tx:
        if recognise(tx, claimed.lead, profile):
            return True
        row = _mine(tx, claimed)
        if row is not None:
            settle.refused(tx, row, _TWICE)
        return False


def _unread(doors: Doors, claimed: Claimed, failure: ReadError) -> str:
    """The provider could not be read: nothing was sent. A person it does not know ends in an error, others wait."""
    _log.warning("provider_not_read", action_id=claimed.action["id"], code=failure.code)
    fails = not failure.retryable and isinstance(failure.account_effect, Untouched)
    refusal = Refused(failure.code, LeadEffect.FAILS if fails else LeadEffect.WAITS, status=failure.status)
    with doors.transaction(actor=SENDER, scope=only([claimed.action["client_id"]])) as tx:
        kind = StepKind(claimed.action["kind"])
        settle.suffer(tx, claimed.action["account_id"], kind, failure.account_effect, or_rest=not fails)
        row = _mine(tx, claimed)
        if row is not None:
            settle.refused(tx, row, refusal)
    return failure.code


def _end(doors: Doors, claimed: Claimed, how: Callable[[Tx, Mapping[str, Any]], None], code: str) -> str:
    """Settle an action that is not going to be called."""
    with doors.transaction(actor=SENDER, scope=only([claimed.action["client_id"]])) as tx:
        row = _mine(tx, claimed)
        if row is None:
            return _NOT_OURS
        how(tx, row)
    return code


def _mine(tx: Tx, claimed: Claimed) -> Mapping[str, Any] | None:
    return settle.hold(tx, claimed.action["id"], State.CLAIMED, owner=str(claimed.action["owner"]))


def give_back(doors: Doors, claimed: Claimed) -> None:
    """Undo a claim whose call will not begin, because this process stops."""
    _end(doors, claimed, lambda tx, row: settle.cancelled(tx, row, code="stopping"), "stopping")
