"""Carrying out claimed actions: read what is lacking, mark the call as begun, call once, settle.

No transaction is open while the provider is asked. Whatever kills this process in between leaves an action that says
how far it came: a claimed one was not called, a calling one may have arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from rapport.accounts import usage
from rapport.conversations.queries import chat_with
from rapport.kernel.db import gave_way
from rapport.kernel.log import get_log
from rapport.kernel.principal import Actor
from rapport.kernel.tenancy import only
from rapport.kernel.tx import Tx
from rapport.leads.forbidden import look_up
from rapport.leads.recognising import recognise
from rapport.ports.outcomes import Accepted, LeadEffect, Outcome, Refused, Untouched
from rapport.ports.unipile import ReadError
from rapport.ports.unipile_records import Profile, Upload
from rapport.rules.limits import Budget
from rapport.rules.sequences import StepKind
from rapport.sending import begin, files, queries, settle
from rapport.sending.call import call
from rapport.sending.claimed import Claimed
from rapport.sending.doors import Doors
from rapport.sending.prepare import Known, Needless, Ready, needs_profile, prepare
from rapport.sending.states import Origin, State

_log = get_log("sending")
SENDER = Actor("system", "sender")
_NOT_OURS = "not_ours"
_TRIES = 4
_NOTHING_KNOWN = Refused(
    "no_address", LeadEffect.FAILS, detail="Nothing is known by which the provider could find this person."
)
_TWICE = Refused(
    "duplicate_lead", LeadEffect.FAILS, detail="Another lead of this client is the same person: merge the two."
)


@dataclass(frozen=True, slots=True)
class _Answered:
    """A call that was answered, and is not settled yet."""

    claimed: Claimed
    outcome: Outcome


class CarryingOut:
    """Carries out what one thread claimed, one call after the other.

    The answer to a call is written in the commit that marks the next call as begun: there is nothing between the two
    that could be lost, and a commit is what takes longest. Where the two cannot be one, each is one of its own.
    """

    def __init__(self, doors: Doors, *, came_of: Callable[[Claimed, str], None]) -> None:
        """`came_of` hears of each in a word what came of it."""
        self._doors = doors
        self._came_of = came_of
        self._answered: _Answered | None = None
        self.asking = 0.0
        """Seconds spent so far with the provider."""

    def do(self, claimed: Claimed) -> None:
        """Carry one out. What goes wrong with it is its own: its lease runs out, and it is found."""
        try:
            self._do(claimed)
        except Exception as failure:  # noqa: BLE001 - the other actions of this claim must not wait for their leases
            self._failed(claimed, failure)

    def finish(self) -> None:
        """Settle the last call."""
        answered, self._answered = self._answered, None
        if answered is None:
            return
        try:
            state = self._settled(answered)
        except Exception as failure:  # noqa: BLE001 - see above
            self._failed(answered.claimed, failure)
        else:
            self._came_of(answered.claimed, _word(state))

    def _settled(self, answered: _Answered) -> State | None:
        """Write what the provider answered. It is known now, and otherwise only after asking for it again: so who gave
        way to another transaction tries again.
        """
        tries = _TRIES
        while True:
            try:
                with self._transaction(answered.claimed) as tx:
                    return settle.answered(tx, answered.claimed, answered.outcome)
            except DBAPIError as failure:
                tries -= 1
                if not (tries and gave_way(failure)):
                    raise

    def _do(self, claimed: Claimed) -> None:
        doors = self._doors
        known = _known(doors, claimed)
        if _asks_the_provider(known):
            self.finish()  # a reading may take a while
        ready = _prepared(doors, claimed, known)
        if isinstance(ready, str):
            self._came_of(claimed, ready)
            return
        attached = _files(doors, claimed.action)
        until = self._begun(claimed, ready)
        if until is None:
            self._came_of(claimed, "held_back")
        elif doors.clock.now() >= until:
            # This process slept through its lease: whoever finds the action reads the provider.
            self._came_of(claimed, "too_late")
        else:
            began = doors.clock.monotonic()
            outcome = call(doors.unipile, claimed.action, ready, account=claimed.account, files=attached)
            self.asking += doors.clock.monotonic() - began
            self._answered = _Answered(claimed, outcome)

    def _begun(self, claimed: Claimed, ready: Ready) -> datetime | None:
        """Until when the call, which is marked as begun, is ours; None when it must not begin."""
        lease = self._doors.sending.lease
        until = self._settled_and_begun(claimed, ready)
        if until is not None:
            return until
        self.finish()
        with self._transaction(claimed) as tx:
            return tx.now + lease if begin.begin(tx, claimed, ready, lease=lease) else None

    def _settled_and_begun(self, claimed: Claimed, ready: Ready) -> datetime | None:
        """Settle the last call and begin this one in one commit; None when that was not to be, and nothing is done.

        Both actions are locked before any enrollment is. An answer that the account suffers from is settled alone, for
        accounts are locked before everything.
        """
        answered = self._answered
        if answered is None or not _is_plain(answered.outcome):
            return None
        lease = self._doors.sending.lease
        try:
            with self._transaction(answered.claimed, claimed) as tx:
                called, next_one = settle.hold_both(tx, answered.claimed, claimed)
                looked = look_up(tx, [*answered.claimed.targets, *claimed.targets])
                if called is None or next_one is None or begin.overtaken_by(tx, next_one, looked=looked) is not None:
                    return None
                state = settle.by_answer(tx, called, answered.claimed, answered.outcome, looked=looked)
                begin.mark(tx, next_one, ready, lease=lease)
                until = tx.now + lease
        except Exception as failure:  # noqa: BLE001 - each is tried alone, so neither suffers for the other
            _log.warning("not_settled_with_the_next", action_id=answered.claimed.action["id"], exc_info=failure)
            return None
        self._answered = None
        self._came_of(answered.claimed, _word(state))
        return until

    def _transaction(self, *claimed: Claimed) -> AbstractContextManager[Tx]:
        return self._doors.transaction(actor=SENDER, scope=only(each.action["client_id"] for each in claimed))

    def _failed(self, claimed: Claimed, failure: Exception) -> None:
        _log.error("action_failed", action_id=claimed.action["id"], exc_info=failure)
        self._came_of(claimed, "failed")


def carry_out(doors: Doors, claimed: Claimed) -> str:
    """Carry out one alone; answers in a word what came of it."""
    said: list[str] = []
    carrying = CarryingOut(doors, came_of=lambda _, word: said.append(word))
    carrying.do(claimed)
    carrying.finish()
    return said[-1]


def _is_plain(outcome: Outcome) -> bool:
    return isinstance(outcome, Accepted) and isinstance(outcome.account_effect, Untouched)


def _word(state: State | None) -> str:
    return _NOT_OURS if state is None else state.value


def _asks_the_provider(known: Known) -> bool:
    return known.kind in (StepKind.WITHDRAW, StepKind.REACT) or needs_profile(known)


def _prepared(doors: Doors, claimed: Claimed, known: Known) -> Ready | str:  # noqa: PLR0911 - one return for each way to end
    """What the call needs; or, when there will be none, why not, and then the action is settled."""
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
