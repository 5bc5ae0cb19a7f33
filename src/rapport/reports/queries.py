"""Reading reports, what is due, and what a week held that stands in no rollup: words and plans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, or_, select

from rapport.campaigns.models import Campaign
from rapport.conversations.models import Conversation, Message
from rapport.enrollments.models import Enrollment
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead
from rapport.leads.naming import NAMED, named
from rapport.outbox.queries import TRACED, mails
from rapport.people.models import Client
from rapport.reports.models import Report, ReportMail, ReportPlan
from rapport.reports.words import ReportKind, ReportStatus
from rapport.rules.direction import Direction
from rapport.rules.weekly import Week

_R, _RM, _P, _CLIENT = (each.__table__ for each in (Report, ReportMail, ReportPlan, Client))
_M, _C, _L, _CA, _E = (each.__table__ for each in (Message, Conversation, Lead, Campaign, Enrollment))
_COLUMNS = [column for column in _R.c if column.name not in {"facts", "iso_year", "iso_week"}]
_TEXT = 600


def _shown(row: Any) -> dict[str, Any]:
    shown = dict(row._mapping)
    shown["week"] = named_week((shown.pop("iso_year"), shown.pop("iso_week")))
    return shown


def named_week(week: Week) -> str:
    """A week as ISO 8601 writes it."""
    return f"{week[0]}-W{week[1]:02d}"


REPORTS = Listing(
    name="reports",
    columns=[*_COLUMNS, _R.c.iso_year, _R.c.iso_week],
    fields={
        "client_id": Field(_R.c.client_id, "id"),
        "kind": Field(_R.c.kind, "word", tuple(each.value for each in ReportKind)),
        "status": Field(_R.c.status, "word", tuple(each.value for each in ReportStatus)),
        "made_at": Field(_R.c.made_at, "instant"),
    },
    sorts={"made_at": _R.c.made_at},
    default_sort="made_at",
    owner=_R.c.client_id,
    key=_R.c.id,
    dump=_shown,
)


def report(reading: Reading, report_id: str) -> dict[str, Any]:
    """One report with what it said and what became of each of its mails."""
    columns = [*_COLUMNS, _R.c.iso_year, _R.c.iso_week, _R.c.facts]
    row = reading.one(select(*columns).where(_R.c.id == report_id, within(reading.scope, _R.c.client_id)))
    found = _mails(reading, report_id)
    return {**_shown(row), "mails": [{**each, "state": _state(each)} for each in found]}


def mails_of(reading: Reading, report_id: str) -> list[tuple[str, str]]:
    """The deliveries of a report, and to whom each goes."""
    return [(each["id"], each["recipient"]) for each in _mails(reading, report_id)]


def _mails(reading: Reading, report_id: str) -> list[dict[str, Any]]:
    ids = select(_RM.c.delivery_id).where(_RM.c.report_id == report_id, within(reading.scope, _RM.c.client_id))
    return mails(reading, list(reading.rows(ids).scalars()))


def _state(mail: dict[str, Any]) -> str:
    """The furthest that is told of a mail."""
    told = [name for name in TRACED if mail[name] is not None]
    return told[-1].removesuffix("_at") if told else str(mail["status"])


# What is due


def unplanned(reading: Reading) -> list[str]:
    """The clients whose next report was reckoned by other terms than theirs now, or never."""
    statement = (
        select(_CLIENT.c.id)
        .outerjoin(_P, _P.c.client_id == _CLIENT.c.id)
        .where(
            or_(_P.c.client_id.is_(None), _P.c.client_version != _CLIENT.c.version),
            within(reading.scope, _CLIENT.c.id),
        )
        .order_by(_CLIENT.c.id)
    )
    return list(reading.rows(statement).scalars())


def due(reading: Reading, *, limit: int) -> list[str]:
    """The clients whose report is due, longest first."""
    statement = (
        select(_P.c.client_id)
        .where(_P.c.due_at <= reading.now, within(reading.scope, _P.c.client_id))
        .order_by(_P.c.due_at, _P.c.client_id)
        .limit(limit)
    )
    return list(reading.rows(statement).scalars())


def next_at(reading: Reading) -> datetime | None:
    """When the next report is due, of all."""
    statement = select(_P.c.due_at).where(_P.c.due_at.is_not(None), within(reading.scope, _P.c.client_id))
    found: datetime | None = reading.rows(statement.order_by(_P.c.due_at).limit(1)).scalar()
    return found


def planned(reading: Reading, client_id: str) -> Any:
    """The plan of a client, if there is one."""
    statement = select(_P).where(_P.c.client_id == client_id, within(reading.scope, _P.c.client_id))
    return reading.rows(statement).first()


def last_told(reading: Reading, client_id: str) -> Week | None:
    """The last week that had its weekly report, sent or not."""
    statement = (
        select(_R.c.iso_year, _R.c.iso_week)
        .where(
            _R.c.client_id == client_id,
            _R.c.kind == ReportKind.WEEKLY.value,
            within(reading.scope, _R.c.client_id),
        )
        .order_by(_R.c.iso_year.desc(), _R.c.iso_week.desc())
        .limit(1)
    )
    row = reading.rows(statement).first()
    return None if row is None else (row.iso_year, row.iso_week)


# What stands in no rollup


def words(reading: Reading, client_id: str, begins: datetime, ends: datetime, *, most: int) -> list[dict[str, Any]]:
    """What people wrote to us in a time, their newest word of each conversation, those that matter most first."""
    matters = case((_C.c.outcome.in_(("interested", "meeting")), 0), (_C.c.outcome.is_(None), 1), else_=2)
    warmth = case((_C.c.temperature == "hot", 0), (_C.c.temperature == "warm", 1), else_=2)
    statement = (
        select(
            *(_M.c[name] for name in ("conversation_id", "text", "at", "author_name")),
            *(_M.c.lead_id, _C.c.outcome, _C.c.temperature, _L.c.company, _CA.c.name.label("campaign"), *NAMED),
        )
        .join(_C, (_C.c.id == _M.c.conversation_id) & (_C.c.client_id == _M.c.client_id))
        .outerjoin(_L, (_L.c.id == _M.c.lead_id) & (_L.c.client_id == _M.c.client_id))
        .outerjoin(_CA, (_CA.c.id == _C.c.campaign_id) & (_CA.c.client_id == _C.c.client_id))
        .where(
            _M.c.client_id == client_id,
            _C.c.last_message_at >= begins,
            _M.c.direction == Direction.INBOUND.value,
            _M.c.at >= begins,
            _M.c.at < ends,
            _M.c.text.is_not(None),
            _M.c.deleted_at.is_(None),
            _M.c.is_auto_reply.is_(False),
            within(reading.scope, _M.c.client_id),
        )
        .order_by(matters, warmth, _M.c.at.desc(), _M.c.id)
        .limit(most * _SEVERAL)
    )
    found: dict[str, dict[str, Any]] = {}
    for row in reading.rows(statement):
        shown = dict(row._mapping)
        author = shown.pop("author_name")
        lead = named(shown)
        shown |= {"who": author or lead, "text": shown["text"].strip()[:_TEXT]}
        found.setdefault(shown.pop("conversation_id"), shown)
    return list(found.values())[:most]


_SEVERAL = 20
"""So many words of one person are looked through at most."""


def running(reading: Reading, client_id: str) -> list[Any]:
    """A client's active campaigns, in the order of their names."""
    statement = (
        select(_CA.c.id, _CA.c.name)
        .where(_CA.c.client_id == client_id, _CA.c.state == "active", within(reading.scope, _CA.c.client_id))
        .order_by(_CA.c.name_key, _CA.c.id)
    )
    return list(reading.rows(statement).all())


def under_way(reading: Reading, campaign_ids: Sequence[str], *, most: int) -> int:
    """How many leads are under way in some campaigns, counted up to a number."""
    statement = (
        select(_E.c.id)
        .where(_E.c.campaign_id.in_(campaign_ids), _E.c.ended_at.is_(None), within(reading.scope, _E.c.client_id))
        .limit(most)
    )
    return len(reading.rows(statement).all())
