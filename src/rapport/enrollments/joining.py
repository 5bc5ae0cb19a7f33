"""After two leads became one, their enrollments become one person's; after an undo they are two again.

What the merged lead was in moves to the kept one. Where both were in a campaign, the kept lead's enrollment goes on
from where the further of the two stood, and the other points to it: what was sent by either counts as sent, also
what is settled later (promise 1: never twice). Of the campaigns that share nobody one goes on. What was there before
is kept with the merge, and comes back with its undo as far as nothing has happened since.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from rapport.campaigns.queries import kept
from rapport.enrollments import events
from rapport.enrollments.models import Enrollment, EnrollmentMerge
from rapport.enrollments.placing import place
from rapport.kernel.tx import Tx
from rapport.leads.facts import leads
from rapport.leads.naming import shown_name
from rapport.rules.joining import Way, further, going_on
from rapport.rules.statuses import CampaignState, EnrollmentStatus

_PLACE = (
    *("status", "step_key", "reached_at", "last_step_sent_at", "due_override_at", "account_id", "variants"),
    *("paused_at", "pause_reason", "enrolled_at", "replied_at", "seen_at"),
)
_OPEN = frozenset({CampaignState.DRAFT.value, CampaignState.ACTIVE.value, CampaignState.PAUSED.value})


def join(tx: Tx, kept_id: str, merged_id: str, *, merge_id: str) -> None:
    """Let the enrollments of a merged lead be the kept one's."""
    rows = _of(tx, kept_id, merged_id)
    before = {row.id: _state(row) for row in rows}
    mine = {row.campaign_id: row for row in rows if row.lead_id == kept_id}
    for row in rows:
        if row.lead_id != merged_id:
            continue
        row.exclusive_key = None
        own = mine.get(row.campaign_id)
        if own is None:
            row.lead_id = kept_id
            mine[row.campaign_id] = row
        else:
            _step_behind(tx, row, own, before)
    _contest(tx, kept_id, mine.values())
    place(tx, before)
    _keep(tx, rows, before, merge_id)
    _tell(tx, events.MERGED, mine.values())


def part(tx: Tx, kept_id: str, merged_id: str, *, merge_id: str) -> None:
    """Let the two leads stand in their campaigns as before they were merged."""
    notes = tx.session.execute(select(EnrollmentMerge).where(EnrollmentMerge.merge_id == merge_id)).scalars().all()
    wanted = Enrollment.id.in_([note.enrollment_id for note in notes])
    rows = tx.session.execute(
        select(Enrollment).where(wanted).order_by(Enrollment.id).with_for_update(key_share=True)
    ).scalars()
    found = {row.id: row for row in rows}
    for note in notes:
        row = found[note.enrollment_id]
        row.lead_id, row.goes_on_in_id = note.before["lead_id"], note.before["goes_on_in_id"]
        row.exclusive_key = None
        if _state(row, _PLACE) == {name: note.after[name] for name in _PLACE}:
            _become(row, note.before)
        tx.session.delete(note)
    for lead_id in (kept_id, merged_id):
        _contest(tx, lead_id, [row for row in _of(tx, lead_id) if row.lead_id == lead_id])
    place(tx, found)
    _tell(tx, events.UNMERGED, found.values())


def _of(tx: Tx, *lead_ids: str) -> list[Enrollment]:
    """The enrollments of some leads, locked, with those that point to one of them."""
    mine = select(Enrollment.id).where(Enrollment.lead_id.in_(lead_ids))
    statement = select(Enrollment).where(or_(Enrollment.id.in_(mine), Enrollment.goes_on_in_id.in_(mine)))
    return list(tx.session.execute(statement.order_by(Enrollment.id).with_for_update(key_share=True)).scalars())


def _step_behind(tx: Tx, row: Enrollment, own: Enrollment, before: dict[str, dict[str, Any]]) -> None:
    """Let a person's second enrollment in a campaign point to the first, which takes the further place of the two."""
    first_at = min(row.enrolled_at, own.enrolled_at)
    if further(_way(own), _way(row)) == _way(row) != _way(own):
        variants = {**own.variants, **row.variants}
        _become(own, _state(row, _PLACE))
        own.variants = variants
    else:
        own.variants = {**row.variants, **own.variants}
    own.enrolled_at = first_at
    own.paused_at, own.pause_reason = own.paused_at or row.paused_at, own.pause_reason or row.pause_reason
    row.goes_on_in_id = own.id
    for other_id in before:
        other = tx.session.get_one(Enrollment, other_id)
        if other.goes_on_in_id == row.id and other.campaign_id == row.campaign_id:
            other.goes_on_in_id = own.id


def _contest(tx: Tx, lead_id: str, rows: Iterable[Enrollment]) -> None:
    """Of a lead's enrollments in open campaigns that share nobody, let one go on and the others point to it."""
    campaigns = {row.campaign_id: kept(tx, row.campaign_id) for row in rows}
    rivals = [
        row
        for row in rows
        if not campaigns[row.campaign_id]["shares_leads"] and campaigns[row.campaign_id]["state"] in _OPEN
    ]
    winner = going_on(map(_way, rivals))
    for row in rivals:
        goes_on = winner is not None and row.campaign_id == winner.campaign_id
        row.goes_on_in_id = None if goes_on or winner is None else _id_in(rivals, winner.campaign_id)
        row.exclusive_key = None
    tx.session.flush()  # the others' claims on the lead are gone before one makes its own
    for row in rivals:
        if winner is not None and row.campaign_id == winner.campaign_id:
            row.exclusive_key = lead_id
    tx.session.flush()


def _id_in(rows: Iterable[Enrollment], campaign_id: str) -> str:
    return next(row.id for row in rows if row.campaign_id == campaign_id)


def _way(row: Enrollment) -> Way:
    return Way(
        row.campaign_id,
        EnrollmentStatus(row.status),
        row.step_key,
        row.account_id,
        row.last_step_sent_at,
        row.reached_at,
        row.enrolled_at,
    )


def _state(row: Enrollment, names: Iterable[str] = (*_PLACE, "lead_id", "goes_on_in_id")) -> dict[str, Any]:
    """Some of a row's values, as they can be kept."""
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _become(row: Enrollment, state: dict[str, Any]) -> None:
    for name in _PLACE:
        value = state[name]
        is_instant = value is not None and name.endswith("_at")
        setattr(row, name, datetime.fromisoformat(value) if is_instant else value)


def _keep(tx: Tx, rows: Iterable[Enrollment], before: dict[str, dict[str, Any]], merge_id: str) -> None:
    for row in rows:
        tx.session.refresh(row)
        note = EnrollmentMerge(
            merge_id=merge_id,
            enrollment_id=row.id,
            client_id=row.client_id,
            before=before[row.id],
            after=_state(row),
        )
        tx.session.add(note)


def _tell(tx: Tx, event_type: str, rows: Iterable[Enrollment]) -> None:
    for row in rows:
        lead = leads(tx, [row.lead_id])[row.lead_id]
        campaign = kept(tx, row.campaign_id)
        tx.emit(
            event_type,
            client_id=row.client_id,
            data={"lead": shown_name(lead.row), "campaign": campaign["name"]},
            enrollment_id=row.id,
            lead_id=row.lead_id,
            campaign_id=row.campaign_id,
            account_id=row.account_id,
        )
