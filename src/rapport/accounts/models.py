"""A LinkedIn account connected through Unipile."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json
from rapport.kernel.tenancy import Owned
from rapport.rules.limits import LIMITS


class AccountStatus(StrEnum):
    """What the provider last said of the account; `paused` is an operator's word, apart from this."""

    OK = "ok"
    CONNECTING = "connecting"
    CREDENTIALS = "credentials"
    CHECKPOINT = "checkpoint"
    RESTRICTED = "restricted"
    DISCONNECTED = "disconnected"
    ERROR = "error"


class Account(Owned, Base):
    """A sender."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    unipile_account_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    mailbox_id: Mapped[str | None] = mapped_column(String(120))
    """Unipile's id of the mailbox that the sender's emails leave from: an account of its own there."""
    provider_id: Mapped[str | None] = mapped_column(String(120))
    public_identifier: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(16), nullable=False)
    status_detail: Mapped[str | None] = mapped_column(String(300))
    status_at: Mapped[datetime | None] = mapped_column(Instant)
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    pause_reason: Mapped[str | None] = mapped_column(String(300))
    timezone: Mapped[str] = mapped_column(String(64), nullable=False)
    hours: Mapped[list[Any] | None] = mapped_column(Json)
    """When it works, on each day of the week; null to work whenever its campaigns do."""
    invites_per_day: Mapped[int] = mapped_column(Integer, nullable=False)
    invites_per_week: Mapped[int] = mapped_column(Integer, nullable=False)
    messages_per_day: Mapped[int] = mapped_column(Integer, nullable=False)
    inmails_per_day: Mapped[int] = mapped_column(Integer, nullable=False)
    visits_per_day: Mapped[int] = mapped_column(Integer, nullable=False)
    searches_per_day: Mapped[int] = mapped_column(Integer, nullable=False)
    other_per_day: Mapped[int] = mapped_column(Integer, nullable=False)
    pending_invites: Mapped[int] = mapped_column(Integer, nullable=False)
    warmup: Mapped[bool] = mapped_column(nullable=False)
    warmup_started_on: Mapped[date | None] = mapped_column(Date)
    last_used_on: Mapped[date | None] = mapped_column(Date)
    """The account's local day of its last action: after a long pause the warm-up begins again."""
    pacing_seed: Mapped[str] = mapped_column(String(32), nullable=False)
    """From it the gaps between sends are drawn: stored, so that a draw can be repeated."""
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint(
            "status IN ('ok','connecting','credentials','checkpoint','restricted','disconnected','error')",
            name="status",
        ),
        *(CheckConstraint(f"{name} >= 0 AND {name} <= {bound.most}", name=name) for name, bound in LIMITS.items()),
        Index("ix_account_client_id", "client_id", "created_at", "id"),
    )


class AccountUsage(Owned, Base):
    """One action that counts against an account's limits, from before the call on."""

    __tablename__ = "account_usage"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), nullable=False)
    budget: Mapped[str] = mapped_column(String(10), nullable=False)
    on_day: Mapped[date] = mapped_column(Date, nullable=False)
    """The account's local day on which it counts."""
    at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    action_id: Mapped[str | None] = mapped_column(Id, unique=True)

    __table_args__ = (
        CheckConstraint("budget IN ('invites','messages','inmails','visits','searches','other')", name="budget"),
        Index("ix_account_usage_day", "account_id", "on_day", "budget", "at"),
        Index("ix_account_usage_at", "account_id", "budget", "at"),
    )


class AccountCooldown(Owned, Base):
    """Until when the provider wants to hear nothing of a kind from an account; `all` is every kind."""

    __tablename__ = "account_cooldown"

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    budget: Mapped[str] = mapped_column(String(10), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    until: Mapped[datetime] = mapped_column(Instant, nullable=False)
    strikes: Mapped[int] = mapped_column(Integer, nullable=False, server_default="1")
    """How often in a row: without a word of the provider's the rest doubles."""
    reason: Mapped[str] = mapped_column(String(300), nullable=False)


class ServiceHold(Base):
    """While there is a row without `lifted_at`, no write of any account leaves: our own key or address is wrong."""

    __tablename__ = "service_hold"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reason: Mapped[str] = mapped_column(String(300), nullable=False)
    held_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by: Mapped[str | None] = mapped_column(String(80))
    open_key: Mapped[str | None] = mapped_column(String(10), unique=True)
    """The same for every hold in force, so that there is one at most."""
