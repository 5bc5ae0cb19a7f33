"""Reading what replies keep: unmatched messages, and how each account is listened to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, true

from rapport.accounts.models import Account
from rapport.conversations.models import Conversation, Message
from rapport.conversations.queries import is_unmatched
from rapport.events.models import Event
from rapport.events.titles import render
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.replies.models import Watch
from rapport.webhooks.models import WebhookDelivery

_M, _C, _A, _W, _E, _D = (each.__table__ for each in (Message, Conversation, Account, Watch, Event, WebhookDelivery))
_MESSAGE = [
    *(_M.c[name] for name in ("id", "client_id", "conversation_id", "external_id", "direction", "author_id")),
    *(_M.c[name] for name in ("author_name", "text", "at", "recorded_at", "via", "lead_id", "match_rung")),
    _M.c.match_evidence,
]


def _unmatched() -> Select[Any]:
    return (
        select(*_MESSAGE, _C.c.account_id, _C.c.external_id.label("chat_id"))
        .join(_C, (_C.c.id == _M.c.conversation_id) & (_C.c.client_id == _M.c.client_id))
        .where(is_unmatched())
    )


UNMATCHED = Listing(
    name="unmatched_messages",
    columns=_MESSAGE,
    fields={
        "client_id": Field(_M.c.client_id, "id"),
        "account_id": Field(_C.c.account_id, "id"),
        "at": Field(_M.c.at, "instant"),
    },
    sorts={"at": _M.c.at},
    default_sort="at",
    owner=_M.c.client_id,
    key=_M.c.id,
    dump=lambda row: dict(row._mapping),
    base=_unmatched,
)


def watched(reading: Reading) -> list[dict[str, Any]]:
    """How each account is listened to: what webhooks and readings brought, and when."""
    names = ("read_up_to", "heard_at", "polled_at", "missed_at", "missed", "invitations_at", "relations_at")
    statement = (
        select(_A.c.id, _A.c.client_id, _A.c.name, _A.c.status, *(_W.c[name] for name in names))
        .outerjoin(_W, (_W.c.account_id == _A.c.id) & (_W.c.client_id == _A.c.client_id))
        .where(within(reading.scope, _A.c.client_id))
        .order_by(_A.c.name, _A.c.id)
    )
    found = []
    for row in reading.rows(statement):
        shown = dict(row._mapping)
        shown["account_id"] = shown.pop("id")
        shown["missed"] = shown["missed"] or 0
        found.append(shown)
    return found


def diagnosed(reading: Reading, *, limit: int, **whose: str | None) -> dict[str, Any]:
    """The last deliveries, messages and events of a lead, a chat or an account, with what was decided of each."""
    lead_id, chat_id, account_id = whose.get("lead_id"), whose.get("chat_id"), whose.get("account_id")
    threads = select(_C.c.id).where(
        _any((_C.c.lead_id, lead_id), (_C.c.external_id, chat_id), (_C.c.account_id, account_id)),
        within(reading.scope, _C.c.client_id),
    )
    return {
        "deliveries": _deliveries(reading, lead_id, chat_id, account_id, limit),
        "messages": _messages(reading, threads, lead_id, limit),
        "events": _events(reading, threads, lead_id, account_id, limit),
    }


def _any(*pairs: tuple[Any, str | None]) -> ColumnElement[bool]:
    """The condition that a column has its value, for those that have one; without any, nothing is asked."""
    wanted = [column == value for column, value in pairs if value is not None]
    return or_(*wanted) if wanted else true()


def _deliveries(
    reading: Reading, lead_id: str | None, chat_id: str | None, account_id: str | None, limit: int
) -> list[dict[str, Any]]:
    names = ("id", "source", "kind", "received_at", "happened_at", "status", "word", "decision", "error")
    wanted = _any((_D.c.lead_id, lead_id), (_D.c.external_chat_id, chat_id), (_D.c.account_id, account_id))
    statement = (
        select(*(_D.c[name] for name in names))
        .where(wanted, within(reading.scope, _D.c.client_id))
        .order_by(_D.c.received_at.desc(), _D.c.id.desc())
        .limit(limit)
    )
    return [dict(row._mapping) for row in reading.rows(statement)]


def _messages(reading: Reading, threads: Select[Any], lead_id: str | None, limit: int) -> list[dict[str, Any]]:
    wanted = _M.c.conversation_id.in_(threads)
    if lead_id is not None:
        wanted |= _M.c.lead_id == lead_id
    statement = (
        select(*_MESSAGE)
        .where(wanted, within(reading.scope, _M.c.client_id))
        .order_by(_M.c.at.desc(), _M.c.id.desc())
        .limit(limit)
    )
    return [dict(row._mapping) for row in reading.rows(statement)]


def _events(
    reading: Reading, threads: Select[Any], lead_id: str | None, account_id: str | None, limit: int
) -> list[dict[str, Any]]:
    wanted = _E.c.conversation_id.in_(threads)
    if lead_id is not None:
        wanted |= _E.c.lead_id == lead_id
    if account_id is not None:
        wanted |= _E.c.account_id == account_id
    statement = (
        select(_E.c.id, _E.c.type, _E.c.occurred_at, _E.c.recorded_at, _E.c.data)
        .where(wanted, within(reading.scope, _E.c.client_id))
        .order_by(_E.c.recorded_at.desc(), _E.c.seq.desc())
        .limit(limit)
    )
    return [{**row._mapping, "title": render(row.type, row.data)} for row in reading.rows(statement)]


def heard(reading: Reading, message_id: str) -> dict[str, Any]:
    """One message with what was tried to know its writer."""
    row = reading.one(select(*_MESSAGE).where(_M.c.id == message_id, within(reading.scope, _M.c.client_id)))
    return dict(row._mapping)
