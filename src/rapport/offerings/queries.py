"""Reading offerings and links, and what a message says as the rules see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from rapport.conversations.models import Conversation, Message
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import Prepared, within
from rapport.kernel.tx import Reading
from rapport.offerings.models import CampaignOffering, MessageOffering, Offering
from rapport.rules.linking.offered import LinkStatus, Offered

_O = Offering.__table__
_L = MessageOffering.__table__
_C = CampaignOffering.__table__
_M = Message.__table__
_T = Conversation.__table__
_SHOWN = [
    _O.c[name]
    for name in (
        *("id", "client_id", "name", "slug", "code", "external_ref", "urls", "aliases", "description"),
        *("archived_at", "created_at", "updated_at", "version"),
    )
]
_BELIEVED = (LinkStatus.AUTO.value, LinkStatus.CONFIRMED.value)

OFFERINGS = Listing(
    name="offerings",
    columns=_SHOWN,
    fields={
        "client_id": Field(_O.c.client_id, "id"),
        "name": Field(_O.c.name, "text"),
        "slug": Field(_O.c.slug, "text"),
        "code": Field(_O.c.code, "text"),
        "external_ref": Field(_O.c.external_ref, "text"),
        "archived_at": Field(_O.c.archived_at, "instant"),
        "created_at": Field(_O.c.created_at, "instant"),
    },
    sorts={"created_at": _O.c.created_at, "name": _O.c.name},
    default_sort="created_at",
    owner=_O.c.client_id,
    key=_O.c.id,
)


@dataclass(frozen=True, slots=True)
class Words:
    """A message as far as a link needs to know it."""

    id: str
    client_id: str
    conversation_id: str
    campaign_id: str | None
    lead_id: str | None
    text: str | None
    at: datetime


_WORDS = Prepared(
    select(_M.c.id, _M.c.client_id, _M.c.conversation_id, _T.c.campaign_id, _M.c.lead_id, _M.c.text, _M.c.at)
    .join(_T, (_T.c.id == _M.c.conversation_id) & (_T.c.client_id == _M.c.client_id))
    .where(_M.c.id == bindparam("message"), _M.c.deleted_at.is_(None)),
    owner=_M.c.client_id,
)
_OFFERED = Prepared(
    select(*(_O.c[name] for name in ("id", "name", "slug", "code", "external_ref", "urls", "aliases", "description")))
    .where(_O.c.client_id == bindparam("client"), _O.c.archived_at.is_(None))
    .order_by(_O.c.created_at, _O.c.id),
    owner=_O.c.client_id,
)


def message(reading: Reading, message_id: str) -> Words | None:
    """A message's words; None when it is not there or was taken back."""
    row = reading.rows(_WORDS, message=message_id).first()
    return Words(**row._mapping) if row is not None else None


def offered(reading: Reading, client_id: str) -> tuple[Offered, ...]:
    """Everything a client offers now."""
    return tuple(
        Offered(**{**row._mapping, "urls": tuple(row.urls), "aliases": tuple(row.aliases)})
        for row in reading.rows(_OFFERED, client=client_id)
    )


def links_of(reading: Reading, message_id: str) -> list[Any]:
    """The links of a message, as they are kept."""
    mine = (_L.c.message_id == message_id, within(reading.scope, _L.c.client_id))
    return list(reading.rows(select(_L).where(*mine)))


def talked_of(reading: Reading, words: Words) -> tuple[str, ...]:
    """What the thread was about just before, as far as that is believed; else what its campaign is for."""
    earlier = (
        select(_M.c.id)
        .join(_L, (_L.c.message_id == _M.c.id) & (_L.c.client_id == _M.c.client_id))
        .where(_M.c.conversation_id == words.conversation_id, _M.c.id != words.id, _M.c.at <= words.at)
        .where(_L.c.status.in_(_BELIEVED), within(reading.scope, _M.c.client_id))
        .order_by(_M.c.at.desc(), _M.c.id.desc())
        .limit(1)
    )
    last = reading.rows(earlier).scalar()
    if last is not None:
        return tuple(row.offering_id for row in links_of(reading, last) if row.status in _BELIEVED)
    if words.campaign_id is None:
        return ()
    mine = (_C.c.campaign_id == words.campaign_id, within(reading.scope, _C.c.client_id))
    return tuple(reading.rows(select(_C.c.offering_id).where(*mine).order_by(_C.c.offering_id)).scalars())


def client_of(reading: Reading, offering_id: str) -> str:
    """Whose offering it is."""
    mine = (_O.c.id == offering_id, within(reading.scope, _O.c.client_id))
    return str(reading.one(select(_O.c.client_id).where(*mine)).client_id)


def names(reading: Reading, offering_ids: Sequence[str]) -> dict[str, str]:
    """What offerings are called."""
    mine = (_O.c.id.in_(list(offering_ids)), within(reading.scope, _O.c.client_id))
    return {row.id: row.name for row in reading.rows(select(_O.c.id, _O.c.name).where(*mine))}


def called(reading: Reading, client_id: str, word: str) -> str | None:
    """The offering that a form names by its id, code, slug or number."""
    mine = (_O.c.client_id == client_id, _O.c.archived_at.is_(None), within(reading.scope, _O.c.client_id))
    for column in (_O.c.id, _O.c.code, _O.c.slug, _O.c.external_ref):
        found = reading.rows(select(_O.c.id).where(*mine, func.lower(column) == word.lower())).scalar()
        if found is not None:
            return str(found)
    return None


def seen(reading: Reading, offering_id: str) -> dict[str, Any]:
    """One offering as the API shows it, with its campaigns and how many messages are about it."""
    row = reading.one(select(*_SHOWN).where(_O.c.id == offering_id, within(reading.scope, _O.c.client_id)))
    mine = (_C.c.offering_id == offering_id, within(reading.scope, _C.c.client_id))
    campaigns = reading.rows(select(_C.c.campaign_id).where(*mine).order_by(_C.c.campaign_id)).scalars()
    about = (_L.c.offering_id == offering_id, within(reading.scope, _L.c.client_id))
    counted = reading.rows(select(_L.c.status, func.count()).where(*about).group_by(_L.c.status))
    counts = dict.fromkeys((each.value for each in LinkStatus), 0) | {row[0]: row[1] for row in counted}
    return {**row._mapping, "campaign_ids": list(campaigns), "messages": counts}


def shown_links(reading: Reading, message_id: str) -> dict[str, Any]:
    """What a message is about, the surest first."""
    if message(reading, message_id) is None:
        raise RapportError(NOT_FOUND)
    columns = ("offering_id", "method", "confidence", "evidence", "status", "decided_by", "decided_at", "linked_at")
    rows = reading.rows(
        select(*(_L.c[name] for name in columns), _O.c.name)
        .join(_O, (_O.c.id == _L.c.offering_id) & (_O.c.client_id == _L.c.client_id))
        .where(_L.c.message_id == message_id, within(reading.scope, _L.c.client_id))
        .order_by(_L.c.confidence.desc(), _O.c.name)
    )
    return {"items": [dict(row._mapping) for row in rows]}


def inbound_after(reading: Reading, client_id: str, *, after: str, limit: int) -> list[str]:
    """The next messages that people wrote to a client, in the order of their ids."""
    mine = (_M.c.client_id == client_id, _M.c.direction == "in", _M.c.id > after, within(reading.scope, _M.c.client_id))
    return list(reading.rows(select(_M.c.id).where(*mine).order_by(_M.c.id).limit(limit)).scalars())
