"""The log, the counter that numbers it, and where each consumer stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Delete, Index, Integer, String, Update
from sqlalchemy import event as hooks
from sqlalchemy.orm import Mapped, ORMExecuteState, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned, ScopedSession


class AppendOnlyError(RuntimeError):
    """A defect of ours: something tried to change or delete what is in the log."""


class EventStream(Base):
    """One row per client: the last number given out, and a version that every write of its rows moves.

    It is a table of its own because its row is locked from the moment a transaction takes a number until it
    commits: nothing else should wait on that lock.
    """

    __tablename__ = "event_stream"

    client_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    version: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)


class Event(Owned, Base):
    """Something that happened."""

    __tablename__ = "event"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, nullable=False)
    type: Mapped[str] = mapped_column(String(80), nullable=False)
    occurred_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    recorded_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    actor_type: Mapped[str] = mapped_column(String(20), nullable=False)
    actor_id: Mapped[str | None] = mapped_column(String(80))
    lead_id: Mapped[str | None] = mapped_column(Id)
    conversation_id: Mapped[str | None] = mapped_column(Id)
    campaign_id: Mapped[str | None] = mapped_column(Id)
    enrollment_id: Mapped[str | None] = mapped_column(Id)
    account_id: Mapped[str | None] = mapped_column(Id)
    job_id: Mapped[str | None] = mapped_column(Id)
    data: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    dedupe_key: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        Index("uq_event_client_id_seq", "client_id", "seq", unique=True),
        Index(
            "uq_event_client_id_dedupe_key",
            "client_id",
            "dedupe_key",
            unique=True,
            **part("dedupe_key IS NOT NULL"),
        ),
        *(
            Index(
                f"ix_event_{column}_seq",
                column,
                "seq",
                **part(f"{column} IS NOT NULL"),
            )
            for column in ("lead_id", "conversation_id", "campaign_id", "enrollment_id", "account_id", "job_id")
        ),
    )


def _refuse_statement(state: ORMExecuteState) -> None:
    if isinstance(state.statement, Update | Delete) and state.statement.table.name == Event.__tablename__:
        raise AppendOnlyError("the event log is appended to, never changed")


def _refuse_row(_mapper: object, _connection: object, _target: Event) -> None:
    raise AppendOnlyError("a row of the event log is never changed")


hooks.listen(ScopedSession, "do_orm_execute", _refuse_statement)
hooks.listen(Event, "before_update", _refuse_row)
hooks.listen(Event, "before_delete", _refuse_row)

SUBJECTS = ("lead_id", "conversation_id", "campaign_id", "enrollment_id", "account_id", "job_id")


class EventCursor(Base):
    """How far one consumer has read one client's events; it moves in the transaction that acts on them."""

    __tablename__ = "event_cursor"

    consumer: Mapped[str] = mapped_column(String(80), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0)
    failures: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))
