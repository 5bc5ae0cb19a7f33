"""Settling: what became of an action, written with everything that follows from it in one commit.

Every settling asks for the action in a state in which it may still be settled, so of two that know something one writes
and the other finds it done. What certainly was not sent is taken off the account's counts; nothing else ever is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy import bindparam, select, update

from rapport.accounts import health, usage
from rapport.conversations import record
from rapport.enrollments import holding
from rapport.enrollments.placing import place
from rapport.kernel.tenancy import Prepared
from rapport.kernel.tx import Tx
from rapport.leads import relating
from rapport.leads.forbidden import NOTHING, Looked
from rapport.ports.outcomes import (
    Accepted,
    AccountEffect,
    CoolDown,
    Ids,
    LeadEffect,
    Learned,
    Outcome,
    Refused,
    Rest,
    Unknown,
    Untouched,
)
from rapport.rules import outcomes, settling
from rapport.rules.limits import BUDGET_OF
from rapport.rules.sequences import StepKind
from rapport.sending import events, files, forgetting, queries
from rapport.sending.claimed import Claimed
from rapport.sending.models import Action
from rapport.sending.states import Origin, SettledBy, State

_A = Action.__table__
_ASSUMED = frozenset({StepKind.VISIT.value, StepKind.FOLLOW.value, StepKind.REACT.value})
"""What the provider has no list of, and what harms nobody: unknown counts as done."""
_UNDER_WAY = (State.CALLING, State.UNCERTAIN)
Row = Mapping[str, Any]


def hold(tx: Tx, action_id: str, *states: State, owner: str | None = None) -> Row | None:
    """The action, locked, if it is in one of these states (and its owner's); None when somebody else was first.

    The turn of the client's messages comes before, as for whoever cancels because of a reply: else the two would wait
    for each other. What says nothing shares it, so that sends of one client need not wait for each other.
    """
    whose = tx.rows(_WHOSE, action_id=action_id).first()
    if whose is None:
        return None
    record.turn(tx, whose.client_id, shared=whose.kind not in _SPOKEN)
    row = tx.rows(_HELD, action_id=action_id).first()
    return None if row is None else _if_in(row._mapping, states, owner)


def hold_both(tx: Tx, one: Claimed, other: Claimed) -> tuple[Row | None, Row | None]:
    """Two actions of ours, locked in the order of their ids: one that was called, and one that is about to be."""
    speaking = {each.action["client_id"] for each in (one, other) if each.action["kind"] in _SPOKEN}
    for client_id in sorted({one.action["client_id"], other.action["client_id"]}):
        record.turn(tx, client_id, shared=client_id not in speaking)
    ids = [one.action["id"], other.action["id"]]
    rows = {row.id: row._mapping for row in tx.rows(_BOTH, action_ids=ids)}
    called, claimed = rows.get(ids[0]), rows.get(ids[1])
    return (
        None if called is None else _if_in(called, _UNDER_WAY, one.action["owner"]),
        None if claimed is None else _if_in(claimed, (State.CLAIMED,), other.action["owner"]),
    )


def _if_in(row: Row, states: Sequence[State], owner: str | None) -> Row | None:
    return row if row["state"] in states and (owner is None or row["owner"] == owner) else None


_WHOSE = Prepared(select(_A.c.client_id, _A.c.kind).where(_A.c.id == bindparam("action_id")), owner=_A.c.client_id)
_HELD = Prepared(
    queries.WITH_NAMES.where(_A.c.id == bindparam("action_id")).with_for_update(of=_A, key_share=True),
    owner=_A.c.client_id,
)
_BOTH = Prepared(
    queries.WITH_NAMES.where(_A.c.id.in_(bindparam("action_ids", expanding=True)))
    .order_by(_A.c.id)
    .with_for_update(of=_A, key_share=True),
    owner=_A.c.client_id,
)


def answered(tx: Tx, claimed: Claimed, outcome: Outcome) -> State | None:
    """Settle by the provider's answer to the call; answers the state, or None when it was not ours any more."""
    action = claimed.action
    waits = isinstance(outcome, Refused) and outcome.lead_effect is LeadEffect.WAITS
    suffer(tx, action["account_id"], StepKind(action["kind"]), outcome.account_effect, or_rest=waits)
    row = hold(tx, action["id"], *_UNDER_WAY, owner=action["owner"])
    return None if row is None else by_answer(tx, row, claimed, outcome)


def by_answer(tx: Tx, row: Row, claimed: Claimed, outcome: Outcome, *, looked: Looked = NOTHING) -> State:
    """Settle what is held by the provider's answer; its account has suffered what there was to suffer."""
    match outcome:
        case Accepted(ids=ids):
            sent(tx, row, ids=ids, by=SettledBy.ANSWER, claimed=claimed, looked=looked)
            return State.SENT
        case Refused():
            refused(tx, row, outcome)
            return State.REFUSED
        case Unknown() if row["kind"] in _ASSUMED:
            sent(tx, row, ids=Ids(), by=SettledBy.ASSUMED, code=outcome.reason)
            return State.SENT
        case Unknown():
            uncertain(tx, row, code=outcome.reason, detail=outcome.detail)
            return State.UNCERTAIN
        case _:
            assert_never(outcome)


def suffer(tx: Tx, account_id: str, kind: StepKind, effect: AccountEffect, *, or_rest: bool) -> None:
    """What the account does next. It locks the account, so it comes before everything else.

    Where the lead stays due and nothing rests (`or_rest`), the account rests a little: nobody knocks without a pause.
    """
    if isinstance(effect, Untouched) and or_rest:
        effect = CoolDown(None, None, Rest.A_LITTLE)
    if not isinstance(effect, Untouched):
        health.suffer(tx, account_id, effect, budget_kind=BUDGET_OF[kind])


def sent(
    tx: Tx,
    row: Row,
    *,
    ids: Ids,
    by: SettledBy,
    code: str | None = None,
    claimed: Claimed | None = None,
    looked: Looked = NOTHING,
) -> None:
    """It reached the person; `row` is held. It counts from the instant of its call. Whoever called it gives what was
    `claimed`, so that it need not be read again.
    """
    at = row["claimed_at"] or tx.now
    changed: dict[str, Any] = {
        "invitation_id": ids.invitation_id or row["invitation_id"],
        "chat_id": ids.chat_id or row["chat_id"],
        "message_id": ids.message_id or row["message_id"],
        "code": code,
    }
    row = {**row, **changed}
    conversation_id = _converse(tx, row, at)
    if conversation_id is not None:
        changed["conversation_id"] = conversation_id
        row = {**row, **changed}
    held = None
    if row["enrollment_id"] is not None:
        known = claimed.known if claimed is not None else None
        held = holding.hold(tx, row["enrollment_id"], known=known, looked=looked)
    _relate(tx, row, at)
    _close(tx, row, State.SENT, by, changed)
    _tell(tx, events.SENT, row, at=at, settled_by=by.value)
    if row["enrollment_id"] is not None:
        if held is not None:
            holding.go_on(tx, held, outcomes.Sent(row["step_key"], row["variant"], at))
        relating.keep_sender(tx, row["lead_id"], row["account_id"])
    elif row["kind"] == StepKind.WITHDRAW.value and row["lead_id"] is not None:
        place_others(tx, row, outcomes.Withdrawn(at))


def _converse(tx: Tx, row: Row, at: datetime) -> str | None:
    if row["kind"] not in _SPOKEN or (row["lead_id"] is None and row["chat_id"] is None):
        return row["conversation_id"]  # type: ignore[no-any-return]
    return record.sent(
        tx,
        account_id=row["account_id"],
        client_id=row["client_id"],
        lead_id=row["lead_id"],
        chat_id=row["chat_id"],
        message_id=row["message_id"],
        text=row["body"],
        subject=row["subject"] or None,
        at=at,
        action_id=row["id"],
        campaign_id=row["campaign_id"],
        is_automatic=row["origin"] == Origin.CAMPAIGN.value,
        attachments=files.shown(tx, row["id"]),
    )


_SPOKEN = frozenset({StepKind.MESSAGE.value, StepKind.INMAIL.value})


def _relate(tx: Tx, row: Row, at: datetime) -> None:
    if row["lead_id"] is None:
        return
    if row["kind"] == StepKind.INVITE.value:
        relating.invited(
            tx, row["client_id"], row["account_id"], row["lead_id"], at=at, invitation_id=row["invitation_id"]
        )
    elif row["kind"] == StepKind.WITHDRAW.value:
        relating.withdrawn(tx, row["client_id"], row["account_id"], row["lead_id"], at=at)


def refused(tx: Tx, row: Row, refusal: Refused) -> None:
    """It certainly did not happen; `row` is held. What the answer taught about the person is kept."""
    detail = (refusal.detail or "")[:500] or None
    _close(tx, row, State.REFUSED, SettledBy.ANSWER, {"code": refusal.code[:80], "detail": detail})
    usage.free(tx, [row["id"]])
    _tell(tx, events.REFUSED, row, code=refusal.code, freed=True)
    learned(tx, row, refusal.learned, fails=refusal.lead_effect is LeadEffect.FAILS)


def learned(tx: Tx, row: Row, fact: Learned | None, *, fails: bool) -> None:
    """Put the enrollment where a refusal, or a fact found before the call, leaves it."""
    at = tx.now
    # That two people are connected or invited is what an invitation wanted; of any other step it says nothing.
    is_other = fact in _OF_INVITATIONS and row["kind"] != StepKind.INVITE.value
    happened: outcomes.Outcome | None = None
    if row["step_key"] and (fails or is_other):
        happened = outcomes.Refused(row["step_key"], at)
    match fact:
        case Learned.ALREADY_CONNECTED:
            relating.connected(tx, row["client_id"], row["account_id"], [(row["lead_id"], at)])
            happened = happened or outcomes.Accepted(at)
        case Learned.ALREADY_INVITED:
            relating.invited(tx, row["client_id"], row["account_id"], row["lead_id"], at=at)
            happened = happened or outcomes.Invited(at)
        case Learned.ALREADY_DONE if row["step_key"]:
            happened = outcomes.Skipped(row["step_key"], at)
        case Learned.NOT_CONNECTED:
            relating.disconnected(tx, row["account_id"], row["lead_id"])
        case _:
            pass
    _free_enrollment(tx, row, happened)


_OF_INVITATIONS = frozenset({Learned.ALREADY_CONNECTED, Learned.ALREADY_INVITED})


def uncertain(tx: Tx, row: Row, *, code: str, detail: str | None = None) -> None:
    """Nobody knows; `row` is held. It stays counted, its enrollment waits, and the provider is read."""
    change(
        tx,
        row["id"],
        {
            "state": State.UNCERTAIN.value,
            "code": code[:80],
            "detail": (detail or "")[:500] or None,
            "read_at": tx.now + settling.FIRST,
            "lease_until": None,
        },
    )
    _tell(tx, events.UNCERTAIN, row, code=code)
    if row["enrollment_id"] is not None:
        holding.doubt(tx, row["enrollment_id"])


def died(tx: Tx, row: Row, *, code: str) -> None:
    """Whoever was calling did not come back; `row` is held. What nobody can look up counts as done."""
    if row["kind"] in _ASSUMED:
        sent(tx, row, ids=Ids(), by=SettledBy.ASSUMED, code=code)
    else:
        uncertain(tx, row, code=code)


def cancelled(tx: Tx, row: Row, *, code: str, by: SettledBy | None = None) -> None:
    """It certainly was not sent and may be tried again; `row` is held."""
    _close(tx, row, State.CANCELLED, by, {"code": code[:80]})
    usage.free(tx, [row["id"]])
    _tell(tx, events.CANCELLED, row, code=code, freed=True)
    _free_enrollment(tx, row, None)


def needless(tx: Tx, row: Row, fact: Learned | None, *, code: str) -> None:
    """There was nothing to send: what is so already is learned, and without such a fact the step is passed over."""
    _close(tx, row, State.CANCELLED, None, {"code": code[:80]})
    usage.free(tx, [row["id"]])
    _tell(tx, events.CANCELLED, row, code=code, freed=True)
    if fact is not None:
        learned(tx, row, fact, fails=False)
    else:
        _free_enrollment(tx, row, outcomes.Skipped(row["step_key"], tx.now) if row["step_key"] else None)


def _free_enrollment(tx: Tx, row: Row, happened: outcomes.Outcome | None) -> None:
    if row["enrollment_id"] is not None:
        holding.end(tx, row["enrollment_id"], happened)
    elif happened is not None and row["lead_id"] is not None:
        place_others(tx, row, happened)


def place_others(tx: Tx, row: Row, happened: outcomes.Outcome) -> None:
    """Put the lead's enrollments with this sender where something outside of them leaves them."""
    ids = queries.enrollments_of(tx, lead_id=row["lead_id"], account_id=row["account_id"])
    place(tx, ids, happened=lambda _: happened)


def _close(tx: Tx, row: Row, state: State, by: SettledBy | None, more: Mapping[str, Any]) -> None:
    changed = {
        "state": state.value,
        "settled_at": tx.now,
        "settled_by": by.value if by else None,
        "owner": None,
        "lease_until": None,
        "read_at": None,
    }
    change(tx, row["id"], {**changed, **more})
    if row.get("lead_erased_at") is not None:  # they asked for it while it was under way
        forgetting.of_leads(tx, row["client_id"], [row["lead_id"]])
    tx.touch(row["client_id"])


def change(tx: Tx, action_id: str, changed: Mapping[str, Any]) -> None:
    """Write columns of an action that is held."""
    tx.change(_CHANGE, action_id=action_id, **changed)


_CHANGE = Prepared(update(_A).where(_A.c.id == bindparam("action_id")), owner=_A.c.client_id, row="action_id")


def _tell(tx: Tx, event_type: str, row: Row, *, at: datetime | None = None, **more: Any) -> None:
    lead, account = queries.names_of(tx, row)
    data = {**queries.about(row, lead=lead, account=account), **more}
    tx.emit(event_type, client_id=row["client_id"], data=data, occurred_at=at, **queries.subject(row))
