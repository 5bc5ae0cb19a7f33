"""Reading broadcasts, their mails and batches, and the leads that a filter picks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from rapport.broadcasts.models import Broadcast, BroadcastBatch, BroadcastMail
from rapport.broadcasts.words import BatchStatus, BroadcastStatus, MailStatus, Told
from rapport.kernel.errors import NOT_FOUND, RapportError, field_error
from rapport.kernel.listing import Condition, Field, Listing, check, chosen
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead
from rapport.leads.queries.register import LEADS, LIVE

_B, _M, _K, _L = (each.__table__ for each in (Broadcast, BroadcastMail, BroadcastBatch, Lead))
_TOLD = tuple(f"{each.value}_at" for each in Told)
_HIDDEN = {"batch_id", "place"}

BROADCASTS = Listing(
    name="broadcasts",
    columns=list(_B.c),
    fields={
        "client_id": Field(_B.c.client_id, "id"),
        "status": Field(_B.c.status, "word", tuple(each.value for each in BroadcastStatus)),
        "name": Field(_B.c.name, "text"),
        "created_at": Field(_B.c.created_at, "instant"),
        "dispatched_at": Field(_B.c.dispatched_at, "instant"),
    },
    sorts={"created_at": _B.c.created_at},
    default_sort="created_at",
    owner=_B.c.client_id,
    key=_B.c.id,
)
MAILS = Listing(
    name="broadcast_mails",
    columns=[column for column in _M.c if column.name not in _HIDDEN],
    fields={
        "client_id": Field(_M.c.client_id, "id"),
        "lead_id": Field(_M.c.lead_id, "id"),
        "email": Field(_M.c.email, "text"),
        "variant": Field(_M.c.variant, "text"),
        "status": Field(_M.c.status, "word", tuple(each.value for each in MailStatus)),
        "reason": Field(_M.c.reason, "text"),
        **{name: Field(_M.c[name], "instant") for name in ("sent_at", *_TOLD)},
    },
    sorts={"created_at": _M.c.created_at},
    default_sort="created_at",
    owner=_M.c.client_id,
    key=_M.c.id,
)


def of(broadcast_id: str) -> ColumnElement[bool]:
    """The mails of one broadcast."""
    return _M.c.broadcast_id == broadcast_id


def broadcast(reading: Reading, broadcast_id: str) -> dict[str, Any]:
    """One broadcast with its numbers, as the API shows it."""
    row = reading.one(select(_B).where(_B.c.id == broadcast_id, within(reading.scope, _B.c.client_id)))
    numbers = figures(reading, broadcast_id)
    return {**row._mapping, "figures": numbers, "differs": _differs(row.claim, numbers)}


def figures(reading: Reading, broadcast_id: str) -> dict[str, Any]:
    """How many mails stand where, what was told of them, by wording too."""
    mine = (of(broadcast_id), within(reading.scope, _M.c.client_id))
    counted = reading.rows(select(_M.c.status, func.count()).where(*mine).group_by(_M.c.status))
    found: dict[str, Any] = dict.fromkeys((each.value for each in MailStatus), 0) | {row[0]: row[1] for row in counted}
    told = [func.count(_M.c[name]).label(name.removesuffix("_at")) for name in _TOLD]
    found |= dict(reading.rows(select(*told).where(*mine)).one()._mapping)
    why = func.coalesce(_M.c.reason, "")
    reasons = reading.rows(
        select(why, func.count()).where(*mine, _M.c.status == MailStatus.EXCLUDED.value).group_by(why)
    )
    excluded: dict[str, int] = {}
    for row in reasons:
        word = row[0].partition(":")[0]
        excluded[word] = excluded.get(word, 0) + row[1]
    found["reasons"] = excluded
    by_variant = reading.rows(
        select(_M.c.variant, func.count(_M.c.sent_at).label("sent"), *told)
        .where(*mine, _M.c.variant.is_not(None))
        .group_by(_M.c.variant)
        .order_by(_M.c.variant)
    )
    found["variants"] = [dict(row._mapping) for row in by_variant]
    return found


def _differs(claim: Mapping[str, Any] | None, numbers: Mapping[str, Any]) -> list[str]:
    """In what the outside says something else than we know."""
    if claim is None:
        return []
    return [name for name in ("sent", "failed") if claim.get(name) != numbers[name]]


def conditions_of(filters: Mapping[str, str]) -> tuple[Condition, ...]:
    """The conditions that a filter names; refused by the field at fault."""
    found = []
    for name, value in filters.items():
        field, _, operator = name.partition(".")
        condition = Condition(field, operator or "eq", value)  # type: ignore[arg-type]
        try:
            check(LEADS, condition)
        except RapportError as refusal:
            details: Any = refusal.details or {}
            said = [each for more in dict(details).values() for each in more]
            raise field_error("audience", f"{name}: {said[0] if said else refusal.message}") from None
        found.append(condition)
    return tuple(sorted(found, key=repr))


def _picked(reading: Reading, client_id: str, filters: Mapping[str, str]) -> tuple[list[Any], dict[str, Any]]:
    picked, values = chosen(LEADS, conditions_of(filters))
    return [_L.c.client_id == client_id, within(reading.scope, _L.c.client_id), *picked, *LIVE], values


def count(reading: Reading, client_id: str, filters: Mapping[str, str]) -> int:
    """How many leads a filter picks."""
    where, values = _picked(reading, client_id, filters)
    return int(reading.rows(select(func.count()).select_from(_L).where(*where), **values).scalar_one())


def next_leads(
    reading: Reading, client_id: str, filters: Mapping[str, str], *, after: str, limit: int, until: datetime
) -> list[str]:
    """The next of the leads that a filter picks, in the order of their ids; who came later is not meant."""
    where, values = _picked(reading, client_id, filters)
    onward = (_L.c.id > after, _L.c.created_at <= until)
    statement = select(_L.c.id).where(*where, *onward).order_by(_L.c.id).limit(limit)
    return list(reading.rows(statement, **values).scalars())


def addresses_of(reading: Reading, broadcast_id: str, emails: Iterable[str]) -> set[str]:
    """Those of the addresses that have a mail of it already."""
    mine = (of(broadcast_id), _M.c.status != MailStatus.EXCLUDED.value, within(reading.scope, _M.c.client_id))
    return set(reading.rows(select(_M.c.email).where(*mine, _M.c.email.in_(list(emails)))).scalars())


def last_frozen(reading: Reading, broadcast_id: str) -> str:
    """How far the audience is written down: leads are in the order of their ids."""
    mine = (of(broadcast_id), within(reading.scope, _M.c.client_id))
    return str(reading.rows(select(func.max(_M.c.lead_id)).where(*mine)).scalar() or "")


def waiting(reading: Reading, broadcast_id: str, limit: int) -> list[Any]:
    """The next mails that are in no batch yet."""
    mine = (of(broadcast_id), _M.c.status == MailStatus.PENDING.value, within(reading.scope, _M.c.client_id))
    return list(reading.rows(select(_M.c.id, _M.c.lead_id, _M.c.email).where(*mine).order_by(_M.c.id).limit(limit)))


def ready_batch(reading: Reading, broadcast_id: str) -> Any | None:
    """The batch that is to leave, or may have."""
    mine = (_K.c.broadcast_id == broadcast_id, _K.c.status == BatchStatus.READY.value)
    return reading.rows(select(_K).where(*mine, within(reading.scope, _K.c.client_id))).first()


def in_batch(reading: Reading, batch_id: str) -> Sequence[Any]:
    """The mails of a batch in their order."""
    mine = (_M.c.batch_id == batch_id, within(reading.scope, _M.c.client_id))
    return reading.rows(select(_M.c.id, _M.c.email).where(*mine).order_by(_M.c.place)).all()


def next_number(reading: Reading, broadcast_id: str) -> int:
    """Which batch of it the next one is."""
    mine = (_K.c.broadcast_id == broadcast_id, within(reading.scope, _K.c.client_id))
    return int(reading.rows(select(func.coalesce(func.max(_K.c.number), 0)).where(*mine)).scalar_one()) + 1


def status_of(reading: Reading, broadcast_id: str) -> Any:
    """Whose a broadcast is, where it stands, and its audience."""
    mine = (_B.c.id == broadcast_id, within(reading.scope, _B.c.client_id))
    found = reading.rows(select(_B).where(*mine)).first()
    if found is None:
        raise RapportError(NOT_FOUND)
    return found
