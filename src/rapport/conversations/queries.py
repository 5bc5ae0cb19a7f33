"""Reading conversations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from rapport.conversations.models import Conversation, Message
from rapport.conversations.words import Channel, MessageKind, Temperature
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.rules.direction import Direction

_C = Conversation.__table__
_M = Message.__table__


def chat_with(reading: Reading, *, account_id: str, lead_id: str) -> str | None:
    """The provider's id of the newest chat an account has with a person; None when none is known."""
    statement = (
        select(_C.c.external_id)
        .where(
            _C.c.account_id == account_id,
            _C.c.lead_id == lead_id,
            _C.c.channel == Channel.LINKEDIN.value,
            _C.c.external_id.is_not(None),
            _C.c.is_group.is_(False),
            within(reading.scope, _C.c.client_id),
        )
        .order_by(_C.c.last_message_at.desc(), _C.c.id.desc())
        .limit(1)
    )
    found: str | None = reading.rows(statement).scalar()
    return found


def channel_of(reading: Reading, conversation_id: str) -> str:
    """On which channel a conversation is held."""
    return str(
        reading.one(select(_C.c.channel).where(_C.c.id == conversation_id, within(reading.scope, _C.c.client_id)))[0]
    )


def unnamed(reading: Reading, account_id: str) -> list[tuple[str, datetime]]:
    """With whom an account has threads that the provider gave no name, and since when."""
    statement = select(_C.c.lead_id, _C.c.created_at).where(
        _C.c.account_id == account_id,
        _C.c.channel == Channel.LINKEDIN.value,
        _C.c.external_id.is_(None),
        _C.c.lead_id.is_not(None),
        _C.c.erased_at.is_(None),
        within(reading.scope, _C.c.client_id),
    )
    return [(row.lead_id, row.created_at) for row in reading.rows(statement)]


def thread_with(reading: Reading, client_id: str, chat_id: str) -> str | None:
    """The lead with whom the channel's thread of this id is; None for a group, for nobody known, and for the erased."""
    statement = select(_C.c.lead_id).where(
        _C.c.client_id == client_id,
        _C.c.channel == Channel.LINKEDIN.value,
        _C.c.external_id == chat_id,
        _C.c.is_group.is_(False),
        _C.c.erased_at.is_(None),
        within(reading.scope, _C.c.client_id),
    )
    found: str | None = reading.rows(statement).scalar()
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """A message with what was told of its writer, to be understood anew."""

    id: str
    client_id: str
    account_id: str | None
    conversation_id: str
    chat_id: str | None
    external_id: str | None
    direction: str | None
    lead_id: str | None
    at: datetime
    subject: str | None
    is_system: bool
    is_group: bool
    evidence: Mapping[str, Any]

    @property
    def sender_ids(self) -> dict[str, str]:
        """Every id of the writer that the evidence holds."""
        found: dict[str, str] = {}
        for rung, shown in self.evidence.items():
            if rung != "chat":
                found = {**shown["given"], **found}
        return found

    @property
    def others(self) -> list[dict[str, str]]:
        """Who else was told to be in the thread."""
        given = self.evidence.get("chat", {}).get("given", {})
        return list(given.get("others", ()))


def _kept_rows() -> Select[Any]:
    return select(
        _M.c.id,
        _M.c.client_id,
        _C.c.account_id,
        _M.c.conversation_id,
        _C.c.external_id,
        _M.c.external_id,
        _M.c.direction,
        _M.c.lead_id,
        _M.c.at,
        _M.c.subject,
        _M.c.kind == MessageKind.SYSTEM.value,
        _C.c.is_group,
        _M.c.match_evidence,
    ).join(_C, (_C.c.id == _M.c.conversation_id) & (_C.c.client_id == _M.c.client_id))


def kept(reading: Reading, message_id: str) -> Kept | None:
    """One message with what was told of its writer."""
    row = reading.rows(_kept_rows().where(_M.c.id == message_id, within(reading.scope, _M.c.client_id))).first()
    return Kept(*row) if row is not None else None


def is_unmatched() -> ColumnElement[bool]:
    """Picks what a person wrote, or may have written, whom nobody is known to be."""
    ours = Direction.OUTBOUND.value
    return (
        _M.c.lead_id.is_(None)
        & (_M.c.kind == MessageKind.TEXT.value)
        & (_M.c.direction.is_(None) | (_M.c.direction != ours))
        & _C.c.erased_at.is_(None)
    )


def unmatched_after(reading: Reading, client_id: str, *, after: str, limit: int) -> list[Kept]:
    """The next of a client's messages whose writer is not known, in the order of their ids."""
    statement = (
        _kept_rows()
        .where(is_unmatched(), _M.c.client_id == client_id, _M.c.id > after, within(reading.scope, _M.c.client_id))
        .order_by(_M.c.id)
        .limit(limit)
    )
    return [Kept(*row) for row in reading.rows(statement)]


def has_unmatched(reading: Reading, client_id: str) -> bool:
    """Whether there is a message of a client whose writer is not known."""
    return bool(unmatched_after(reading, client_id, after="", limit=1))


def understood_among(reading: Reading, client_id: str, message_ids: Sequence[str]) -> dict[str, Any]:
    """Of messages by the channel's ids: those that are known with their way, their person and their thread, by id, with
    what may still change of them.
    """
    statement = (
        select(_M.c.external_id, _M.c.seen_at, _M.c.reactions, _C.c.external_id.label("chat_id"))
        .join(_C, (_C.c.id == _M.c.conversation_id) & (_C.c.client_id == _M.c.client_id))
        .where(_M.c.client_id == client_id, _M.c.channel == Channel.LINKEDIN.value, _M.c.external_id.in_(message_ids))
        .where(_M.c.direction.is_not(None), _M.c.lead_id.is_not(None), within(reading.scope, _M.c.client_id))
    )
    return {row.external_id: row for row in reading.rows(statement)} if message_ids else {}


def temperature_of(reading: Reading, conversation_id: str) -> Temperature | None:
    """How near to buying the person of a thread is; None while nobody said."""
    statement = select(_C.c.temperature).where(_C.c.id == conversation_id, within(reading.scope, _C.c.client_id))
    found: str | None = reading.rows(statement).scalar()
    return Temperature(found) if found is not None else None


def text_of(reading: Reading, message_id: str) -> str | None:
    """What a message says, unless it was taken back."""
    statement = select(_M.c.text).where(
        _M.c.id == message_id, _M.c.deleted_at.is_(None), within(reading.scope, _M.c.client_id)
    )
    found: str | None = reading.rows(statement).scalar()
    return found


def shown(reading: Reading, message_id: str) -> dict[str, Any]:
    """One message as the API shows it."""
    row = reading.one(select(_M).where(_M.c.id == message_id, within(reading.scope, _M.c.client_id)))
    return dict(row._mapping)
