"""What is known of leads as far as points go by it, and their scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, literal, select

from rapport.capture.models import Submission
from rapport.capture.words import SubmissionStatus
from rapport.conversations.models import Conversation, Message
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.listing import Field, Listing, extend
from rapport.kernel.tenancy import Prepared, within
from rapport.kernel.tx import Reading
from rapport.leads.facts import connected_with
from rapport.leads.facts import leads as known_leads
from rapport.leads.models import Lead
from rapport.leads.naming import shown_name
from rapport.leads.queries.register import LEADS
from rapport.rules.scoring import MOST_OF, VERSION, LeadFacts, Wanted, Warmth, Why, by_points, score
from rapport.scoring.models import LeadScore, ScoringTerms

_S = LeadScore.__table__
_T = ScoringTerms.__table__
_L = Lead.__table__
_M = Message.__table__
_C = Conversation.__table__
_B = Submission.__table__
_OF_LEADS = bindparam("lead_ids", expanding=True)
_SEEN = Prepared(
    select(_M.c.lead_id)
    .where(_M.c.lead_id.in_(_OF_LEADS), _M.c.direction == "out", _M.c.seen_at.is_not(None))
    .distinct(),
    owner=_M.c.client_id,
)
_CAPTURED = Prepared(
    select(_B.c.lead_id, _B.c.source, _B.c.given)
    .where(_B.c.lead_id.in_(_OF_LEADS), _B.c.status == SubmissionStatus.TAKEN.value)
    .order_by(_B.c.received_at),
    owner=_B.c.client_id,
)
TERMS = tuple(column.name for column in _T.c if column.name != "client_id")
_SHOWN = [column for column in _S.c if not column.name.startswith("sign")]
"""What a person said stays with us: because of what a lead is warm says it."""

SCORES = Listing(
    name="lead_scores",
    columns=_SHOWN,
    fields={
        "client_id": Field(_S.c.client_id, "id"),
        "lead_id": Field(_S.c.lead_id, "id"),
        "temperature": Field(_S.c.temperature, "word", tuple(Warmth)),
        "because": Field(_S.c.because, "word", tuple(Why)),
        "points": Field(_S.c.points, "number"),
        "scored_at": Field(_S.c.scored_at, "instant"),
    },
    sorts={"points": _S.c.points, "scored_at": _S.c.scored_at},
    default_sort="points",
    owner=_S.c.client_id,
    key=_S.c.lead_id,
)


def _scored(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a lead has a score of which this holds."""
    mine = (_S.c.lead_id == _L.c.id, _S.c.client_id == _L.c.client_id)
    return exists(select(literal(1)).where(*mine, condition).correlate(_L))


extend(LEADS, temperature=Field(_S.c.temperature, "member", through=_scored))


def terms(reading: Reading, client_id: str) -> dict[str, Any]:
    """Whom a client looks for; the defaults where nobody said anything."""
    row = reading.rows(select(_T).where(_T.c.client_id == client_id, within(reading.scope, _T.c.client_id))).first()
    if row is not None:
        return dict(row._mapping)
    usual = Wanted()
    return {"client_id": client_id, **{name: _plain(getattr(usual, name)) for name in TERMS}}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def wanted(reading: Reading, client_id: str) -> Wanted:
    """The same as the rules see it."""
    said = terms(reading, client_id)
    return Wanted(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in said.items() if name in TERMS}
    )


def facts(reading: Reading, lead_ids: Sequence[str]) -> dict[str, LeadFacts]:
    """What is known of leads; who was erased or merged away is not among them."""
    known = known_leads(reading, lead_ids)
    there = [key for key, each in known.items() if each.row["erased_at"] is None and each.row["merged_into_id"] is None]
    if not there:
        return {}
    related = connected_with(reading, there)
    seen = set(reading.rows(_SEEN, lead_ids=there).scalars())
    captured: dict[str, list[Any]] = {}
    for row in reading.rows(_CAPTURED, lead_ids=there):
        captured.setdefault(row.lead_id, []).append(row)
    return {
        key: _facts(known[key].row, related.get(key), has_seen=key in seen, captured=captured.get(key, ()))
        for key in there
    }


def _facts(
    row: Mapping[str, Any], related: Iterable[str] | None, *, has_seen: bool, captured: Sequence[Any]
) -> LeadFacts:
    custom = row["custom"]
    last = captured[-1].source if captured else {}
    said_email = any((each.given.get("email") or "").lower() == row["email"] for each in captured)
    return LeadFacts(
        title=row["title"],
        headline=row["headline"],
        industry=custom.get("industry"),
        company_size=custom.get("company_size"),
        location=row["location"],
        country=custom.get("country") or last.get("country"),
        language=custom.get("language") or last.get("language"),
        has_email=row["email"] is not None,
        has_verified_email=row["email"] is not None
        and (said_email or str(custom.get("email_verified", "")).lower() in ("true", "yes", "1", "valid")),
        has_phone=row["phone"] is not None,
        has_open_profile=row["open_inmail_at"] is not None,
        is_first_degree=bool(related),
        has_accepted=bool(related),
        has_replied=row["replied_at"] is not None,
        has_opened=has_seen,
        was_captured=bool(captured),
    )


def kept(reading: Reading, lead_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The scores of leads as they stand."""
    mine = (_S.c.lead_id.in_(list(lead_ids)), within(reading.scope, _S.c.client_id))
    return {row.lead_id: dict(row._mapping) for row in reading.rows(select(_S).where(*mine))}


def seen(reading: Reading, lead_id: str) -> dict[str, Any]:
    """A lead's score as the API shows it: what is kept, or what it would be where nothing asked for one yet."""
    lead = known_leads(reading, [lead_id]).get(lead_id)
    if lead is None or lead.row["erased_at"] is not None:
        raise RapportError(NOT_FOUND)
    mine = (_S.c.lead_id == lead_id, within(reading.scope, _S.c.client_id))
    row = reading.rows(select(*_SHOWN).where(*mine)).first()
    shown = dict(row._mapping) if row is not None else _would_be(reading, lead_id, lead.row["client_id"])
    return {**shown, "most": dict(MOST_OF)}


def _would_be(reading: Reading, lead_id: str, client_id: str) -> dict[str, Any]:
    found = facts(reading, [lead_id]).get(lead_id)
    if found is None:
        raise RapportError(NOT_FOUND)
    looked_for = wanted(reading, client_id)
    made = score(found, looked_for)
    return {
        "lead_id": lead_id,
        "client_id": client_id,
        "points": made.points,
        **{name: made.of(name) for name in MOST_OF},
        "parts": made.parts,
        "temperature": by_points(made.points, looked_for).value,
        "because": Why.SCORE.value,
        "word": None,
        "word_by": None,
        "word_at": None,
        "rules_version": VERSION,
        "scored_at": None,
    }


def name_of(reading: Reading, lead_id: str) -> str:
    """The lead as the timeline names it."""
    return shown_name(known_leads(reading, [lead_id])[lead_id].row)


def conversations_of(reading: Reading, lead_id: str, *, but: str) -> list[str]:
    """The lead's conversations that say another temperature than this, or none."""
    other = _C.c.temperature.is_(None) | (_C.c.temperature != but)
    mine = (_C.c.lead_id == lead_id, other, within(reading.scope, _C.c.client_id))
    return list(reading.rows(select(_C.c.id).where(*mine).order_by(_C.c.id)).scalars())


def to_score(reading: Reading, client_id: str, *, after: str, limit: int) -> list[str]:
    """The next leads of a client, in the order of their ids."""
    mine = (_L.c.client_id == client_id, _L.c.erased_at.is_(None), _L.c.merged_into_id.is_(None), _L.c.id > after)
    statement = select(_L.c.id).where(*mine, within(reading.scope, _L.c.client_id)).order_by(_L.c.id).limit(limit)
    return list(reading.rows(statement).scalars())
