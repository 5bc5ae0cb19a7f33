"""Keeping scores: looked at anew when something happened, with signs of the person and the operator's word on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.conversations import record, standing
from rapport.conversations.words import Temperature
from rapport.kernel import locks
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.leads.persons import author
from rapport.rules.scoring import MOST_OF, VERSION, Wanted, Warmth, Why, score, warmth
from rapport.scoring import events, queries
from rapport.scoring.models import LeadScore, ScoringTerms

_S = LeadScore.__table__
_OPTIONS = {SCOPED: True}
_WRITTEN = tuple(column.name for column in _S.c if column.name not in ("lead_id", "client_id"))
Sign = tuple[Why, Warmth, datetime]


def look(tx: Tx, client_id: str, lead_ids: Sequence[str], *, signs: Mapping[str, Sign] | None = None) -> int:
    """Score leads anew, with what some of them showed just now; answers how many there were."""
    _alone(tx, client_id)
    tx.session.flush()  # the facts are read by statements on bare tables
    found = queries.facts(tx, lead_ids)
    before = queries.kept(tx, list(found))
    looked_for = queries.wanted(tx, client_id)
    rows = [
        _row(tx, client_id, key, facts, before.get(key), looked_for, (signs or {}).get(key))
        for key, facts in found.items()
    ]
    _write(tx, client_id, rows)
    return len(rows)


def word(tx: Tx, client_id: str, lead_id: str, said: Warmth | None, *, by: str | None = None) -> None:
    """An operator says how warm a lead is; None lifts what was said. `by`: who did, if it is not who acts here."""
    _alone(tx, client_id)
    known = queries.kept(tx, [lead_id]).get(lead_id)
    if known is None:
        look(tx, client_id, [lead_id])
        known = queries.kept(tx, [lead_id]).get(lead_id)
    if known is None:
        return
    told = {"word": said.value, "word_by": by or author(tx), "word_at": tx.now} if said is not None else _LIFTED
    _write(tx, client_id, [_warm(tx, known | told, known, queries.wanted(tx, client_id))])


def _alone(tx: Tx, client_id: str) -> None:
    """A word that is said meanwhile must not be written over. How warm somebody is, their conversations show."""
    record.turn(tx, client_id)
    locks.take(tx, "scores", client_id)


_LIFTED: dict[str, Any] = {"word": None, "word_by": None, "word_at": None}


def forget(tx: Tx, client_id: str, lead_ids: Sequence[str]) -> None:
    """Keep no score of leads that asked to be forgotten."""
    theirs = (LeadScore.client_id == client_id, LeadScore.lead_id.in_(list(lead_ids)))
    tx.session.execute(delete(LeadScore).where(*theirs))
    tx.touch(client_id)


def look_for(tx: Tx, client_id: str, given: Mapping[str, Any]) -> None:
    """Say whom a client looks for. Scores are looked at anew by a job, for there may be many."""
    row = tx.session.get(ScoringTerms, client_id)
    if row is None:
        row = ScoringTerms(client_id=client_id)
        tx.session.add(row)
    for name in queries.TERMS:
        setattr(row, name, given[name])
    tx.emit(events.TERMS, client_id=client_id)


def _row(
    tx: Tx,
    client_id: str,
    lead_id: str,
    facts: Any,
    known: Mapping[str, Any] | None,
    looked_for: Wanted,
    sign: Sign | None,
) -> dict[str, Any]:
    made = score(facts, looked_for)
    blank: dict[str, Any] = {"sign": None, "sign_temperature": None, "sign_at": None, **_LIFTED}
    kept = {name: known[name] for name in blank} if known is not None else blank
    if sign is not None and (kept["sign_at"] is None or sign[2] >= kept["sign_at"]):
        kept |= {"sign": sign[0].value, "sign_temperature": sign[1].value, "sign_at": sign[2]}
    row = {
        "lead_id": lead_id,
        "client_id": client_id,
        "points": made.points,
        **{name: made.of(name) for name in MOST_OF},
        "parts": {name: dict(parts) for name, parts in made.parts.items()},
        "rules_version": VERSION,
        "scored_at": tx.now,
        **kept,
    }
    return _warm(tx, row, known, looked_for)


def _warm(tx: Tx, row: dict[str, Any], known: Mapping[str, Any] | None, looked_for: Wanted) -> dict[str, Any]:
    """Say how warm the row makes its lead, in the log and in the lead's conversations."""
    said = Warmth(row["word"]) if row["word"] is not None else None
    sign = (Why(row["sign"]), Warmth(row["sign_temperature"])) if row["sign"] is not None else None
    temperature, because = warmth(row["points"], looked_for, word=said, sign=sign)
    row |= {"temperature": temperature.value, "because": because.value}
    if known is not None and known["temperature"] != temperature.value:
        tx.emit(
            events.WARMED,
            client_id=row["client_id"],
            data={
                "name": queries.name_of(tx, row["lead_id"]),
                "before": known["temperature"],
                "temperature": temperature.value,
                "because": because.value.replace("_", " "),
                "points": row["points"],
            },
            lead_id=row["lead_id"],
        )
    for conversation_id in queries.conversations_of(tx, row["lead_id"], but=temperature.value):
        standing.warm(tx, standing.hold(tx, conversation_id), Temperature(temperature.value), is_scored=True)
    return row


def _write(tx: Tx, client_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    statement = (postgresql_insert if tx.dialect == "postgresql" else sqlite_insert)(_S)
    changes = {name: statement.excluded[name] for name in _WRITTEN}
    statement = statement.on_conflict_do_update(index_elements=["lead_id"], set_=changes)
    tx.session.execute(statement, [dict(each) for each in rows], execution_options=_OPTIONS)
    tx.touch(client_id)
