"""A message channel of a client."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rapport.channels.words import CONNECTABLE, Transport
from rapport.conversations.words import Channel
from rapport.kernel.db import Base, Id, Instant, part
from rapport.kernel.tenancy import Owned


def _one_of(column: str, words: type[StrEnum] | tuple[StrEnum, ...]) -> str:
    return f"{column} IN ({','.join(repr(word.value) for word in words)})"


class MessageChannel(Owned, Base):
    """By which way a client is written to on a channel. Each channel of a client is reached by one."""

    __tablename__ = "message_channel"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    channel: Mapped[str] = mapped_column(String(12), nullable=False)
    transport: Mapped[str] = mapped_column(String(8), nullable=False)
    address: Mapped[str | None] = mapped_column(String(254))
    """The mailbox that people write to; lower case, and nobody else's."""
    connection_id: Mapped[str | None] = mapped_column(Id, ForeignKey("connection.id", ondelete="SET NULL"))
    """The webhook endpoint that is told of replies."""
    auto_reply_id: Mapped[str | None] = mapped_column(Id, ForeignKey("canned_reply.id", ondelete="SET NULL"))
    """What is answered at once where no operator is in the conversation; None: nothing."""
    password_hash: Mapped[str | None] = mapped_column(String(64))
    """Of what Postmark shows; its user is the id of this row."""
    switched_off_at: Mapped[datetime | None] = mapped_column(Instant)
    last_in_at: Mapped[datetime | None] = mapped_column(Instant)
    last_out_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(String(300))
    """Of the last reply that did not arrive, until one does."""
    last_error_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(_one_of("channel", CONNECTABLE), name="channel"),
        CheckConstraint(_one_of("transport", Transport), name="transport"),
        CheckConstraint(f"transport = 'n8n' OR channel = '{Channel.EMAIL.value}'", name="mail"),
        CheckConstraint("transport = 'n8n' OR address IS NOT NULL", name="address"),
        CheckConstraint("(transport = 'postmark') = (password_hash IS NOT NULL)", name="password"),
        UniqueConstraint("client_id", "channel"),
        Index("uq_message_channel_address", "address", unique=True, **part("address IS NOT NULL")),
    )
