"""Putting enrollments where they stand: status, step, reason, and when it is worth asking again.

Whatever changed, an operator's act, a sender's health, an outcome, the place of an enrollment is computed anew from its
facts by the rules and written once. Nothing else writes these columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from rapport.enrollments import events, lines
from rapport.enrollments.facts import SENT, SKIPPED, Gathered, of_rows
from rapport.enrollments.models import Enrollment, EnrollmentStep
from rapport.kernel.once import Once
from rapport.kernel.tenancy import Prepared, within
from rapport.kernel.tx import Tx
from rapport.leads.facts import chunks
from rapport.leads.naming import shown_name
from rapport.rules.answers import Decision, Send, Stop, Wait
from rapport.rules.decision import decide
from rapport.rules.facts import EnrollmentFacts
from rapport.rules.outcomes import Accepted, Outcome, Sent, Withdrawn
from rapport.rules.plan import Advanced, advance
from rapport.rules.reasons import Gate, Reason
from rapport.rules.statuses import EnrollmentStatus, Unsettled

_E = Enrollment.__table__
_COLUMNS = (
    *("status", "reason", "details", "step_key", "reached_at", "last_step_sent_at", "due_override_at", "next_at"),
    *("line", "replied_at", "away_until", "seen_at", "unsettled", "variants", "exclusive_key", "ended_at"),
)
Happened = Callable[[str], Outcome | None]


def nothing(_enrollment_id: str) -> Outcome | None:
    """Nothing happened but time."""
    return None


def place(tx: Tx, enrollment_ids: Iterable[str], *, happened: Happened = nothing) -> dict[str, Decision]:
    """Put enrollments where they stand after what happened; answers what the rules decide for each now."""
    decided: dict[str, Decision] = {}
    for some in chunks(enrollment_ids):
        rows = [row._mapping for row in tx.rows(_LOCKED, enrollment_ids=some)]
        _place_whom_it_concerns(tx, rows, happened)
        decided |= _place(tx, of_rows(tx, rows), happened)
    return decided


def locked(tx: Tx, enrollment_id: str) -> Mapping[str, Any] | None:
    """The row of an enrollment whose action has come to an end, for `place_one`."""
    found = tx.rows(_LOCKED_ONE, enrollment_id=enrollment_id).first()
    return None if found is None else found._mapping


def place_one(
    tx: Tx,
    stood: Mapping[str, Any],
    outcome: Outcome | None,
    *,
    unsettled: Unsettled | None,
    facts: Gathered | None,
) -> None:
    """Put an enrollment, whose `locked` row it is given, where it stands after its action; `unsettled` is what is
    still open about that. Facts that are not known are gathered.
    """
    row = {**stood, "unsettled": unsettled.value if unsettled else None}
    if row["goes_on_in_id"] is not None:
        # Whoever goes on for them waits for what is under way here, and is asked first.
        tx.rows(_MARK, enrollment=row["id"], unsettled=row["unsettled"])
        _place_whom_it_concerns(tx, [row], nothing if unsettled else lambda _: outcome)
    _place(tx, facts or of_rows(tx, [row]), lambda _: outcome, stood={row["id"]: stood})


_LOCKED = Prepared(
    select(_E)
    .where(_E.c.id.in_(bindparam("enrollment_ids", expanding=True)))
    .order_by(_E.c.id)
    .with_for_update(key_share=True),
    owner=_E.c.client_id,
)
_MARK = Prepared(update(_E).where(_E.c.id == bindparam("enrollment")), owner=_E.c.client_id)
_LOCKED_ONE = Prepared(
    select(_E).where(_E.c.id == bindparam("enrollment_id")).with_for_update(key_share=True), owner=_E.c.client_id
)


def _place_whom_it_concerns(tx: Tx, rows: Sequence[Mapping[str, Any]], happened: Happened) -> None:
    """What was on its way while two leads became one, and is settled now, happened to the one person: whoever goes on
    for them in the campaign learns of it first.
    """
    settled = {row["goes_on_in_id"]: row for row in rows if row["goes_on_in_id"] is not None}
    if not settled or happened is nothing:
        return
    mine = _E.c.id.in_(sorted(settled))
    for other in tx.rows(select(_E.c.id, _E.c.campaign_id).where(mine, within(tx.scope, _E.c.client_id))).all():
        row = settled[other.id]
        outcome = happened(row["id"])
        if other.campaign_id == row["campaign_id"]:
            place(tx, [other.id], happened=lambda _, sent=outcome: sent if isinstance(sent, Sent) else None)


def _place(
    tx: Tx, gathered: Gathered, happened: Happened, *, stood: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Decision]:
    """`stood` are the rows as they are in the database, when those gathered say already what is about to be so."""
    stood = stood or gathered.rows
    decided: dict[str, Decision] = {}
    changes: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    joined: dict[lines.Key, tuple[str, datetime]] = {}
    relieved: set[str] = set()
    for key in gathered.seats:
        outcome = happened(key)
        advanced = advance(gathered.of(key), outcome, tx.now)
        decision = decided[key] = decide(advanced.facts, tx.now)
        row = gathered.rows[key]
        written = _written(row, advanced, decision, outcome, tx.now)
        if written["line"] is not None:
            line = (row["account_id"], row["campaign_id"], written["line"])
            at = min(written["next_at"], joined[line][1]) if line in joined else written["next_at"]
            joined[line] = (row["client_id"], at)
        if any(written[name] != stood[key][name] for name in _COLUMNS):
            changes.append({"_id": key, **written, "version": row["version"] + 1})
            tx.touch(row["client_id"])
        if isinstance(outcome, Accepted | Withdrawn) and row["account_id"] is not None:
            relieved.add(row["account_id"])  # one invitation less is pending: there is room for another
        steps += _steps(row, gathered.seats[key].enrollment, advanced.facts.enrollment, tx)
        _tell(tx, gathered, row, advanced, written)
    if changes:
        tx.write(_CHANGE, *changes)
    if steps:
        tx.write(_STEP, *steps)
    lines.wake(tx, joined)
    for account_id in sorted(relieved):
        lines.reopen(tx, lines.of_account(account_id), if_without_end=True)
    return decided


_CHANGE = Once(update(_E).where(_E.c.id == bindparam("_id")), row="_id")
_STEP = Once(insert(EnrollmentStep.__table__))


def _written(
    row: Mapping[str, Any], advanced: Advanced, decision: Decision, outcome: Outcome | None, now: datetime
) -> dict[str, Any]:
    facts, enrollment = advanced.facts, advanced.facts.enrollment
    status = EnrollmentStatus.STOPPED if _ends_the_lead(decision, enrollment) else enrollment.status
    has_ended = status.is_final or isinstance(decision, Stop)
    reason, details = reason_of(decision)
    line, next_at = (None, None) if has_ended else where_to_wait(advanced, decision, now)
    return {
        "status": status.value,
        "reason": reason,
        "details": details,
        "step_key": enrollment.step,
        "reached_at": enrollment.reached_at,
        "last_step_sent_at": outcome.at if isinstance(outcome, Sent) else row["last_step_sent_at"],
        "due_override_at": enrollment.due_override_at,
        "next_at": next_at,
        "line": line,
        "replied_at": enrollment.replied_at,
        "away_until": enrollment.away_until,
        "seen_at": facts.lead.seen_at,
        "unsettled": row["unsettled"] if enrollment.unsettled else None,  # its own: another's is never written here
        "variants": dict(enrollment.variants),
        "exclusive_key": None if has_ended else row["exclusive_key"],
        "ended_at": (row["ended_at"] or now) if has_ended else None,
    }


def _ends_the_lead(decision: Decision, enrollment: EnrollmentFacts) -> bool:
    """Whether the stop is about this person and not about the whole campaign."""
    return isinstance(decision, Stop) and not enrollment.status.is_final and decision.reason in _ABOUT_THE_PERSON


_ABOUT_THE_PERSON = frozenset({Reason.REPLIED, Reason.REPLIED_ELSEWHERE, Reason.DO_NOT_CONTACT})
DUE = "due"
"""The reason of an enrollment whose next step may go now."""


def reason_of(decision: Decision) -> tuple[str, dict[str, Any]]:
    """The word and the details that are stored."""
    match decision:
        case Send():
            return DUE, {}
        case Wait() | Stop():
            return decision.reason.value, {name: _plain(value) for name, value in decision.details.items()}


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def where_to_wait(advanced: Advanced, decision: Decision, now: datetime) -> tuple[str | None, datetime | None]:
    """The line to wait in, if there is something to send, and when it is worth asking again.

    What closes a gate for everybody in the line leaves a lead in it, at the instant it is due; what concerns this lead
    alone takes it out, or moves it back. With neither a line nor an instant only something that happens brings it on.
    """
    position = advanced.position
    step, due_at = position.step, position.due_at
    if advanced.facts.sender is None:
        return None, _lapse(advanced, now)
    if isinstance(decision, Wait) and not decision.gate.is_shared and decision.gate is not Gate.DELAY:
        if step is None or not step.kind.acts or decision.until is None:
            return None, _lapse(advanced, now)
        return step.kind.value, decision.until
    if step is None or due_at is None or not step.kind.acts:
        return None, _lapse(advanced, now)
    return step.kind.value, due_at


def _lapse(advanced: Advanced, now: datetime) -> datetime | None:
    at = advanced.look_at
    return at if at is not None and at > now else None


def _steps(row: Mapping[str, Any], before: EnrollmentFacts, after: EnrollmentFacts, tx: Tx) -> list[dict[str, Any]]:
    """The steps that are behind the enrollment now and were not before."""
    fresh = [(key, SENT) for key in sorted(after.sent - before.sent)]
    fresh += [(key, SKIPPED) for key in sorted(after.skipped - before.skipped)]
    return [
        {
            "enrollment_id": row["id"],
            "step_key": key,
            "client_id": row["client_id"],
            "state": state,
            "at": tx.now,
            "variant": after.variants.get(key) if state == SENT else None,
        }
        for key, state in fresh
    ]


def _tell(tx: Tx, gathered: Gathered, row: Mapping[str, Any], advanced: Advanced, written: Mapping[str, Any]) -> None:
    subject = {
        "enrollment_id": row["id"],
        "lead_id": row["lead_id"],
        "campaign_id": row["campaign_id"],
        "account_id": row["account_id"],
    }
    lead = shown_name(gathered.leads[row["lead_id"]].row)
    if row["step_key"] != advanced.facts.enrollment.step:
        for move in advanced.moves:
            data = {"lead": lead, "step": move.step, "why": move.why.value}
            tx.emit(events.MOVED, client_id=row["client_id"], data=data, occurred_at=move.at, **subject)
    if written["status"] != row["status"]:
        data = {"lead": lead, "before": row["status"], "after": written["status"], "reason": written["reason"]}
        tx.emit(events.STATUS_CHANGED, client_id=row["client_id"], data=data, **subject)
