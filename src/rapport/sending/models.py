"""One attempt of one step for one enrollment, or one send of a person: written down before the call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, is_one_of, part
from rapport.kernel.tenancy import Owned
from rapport.sending.states import State


class Action(Owned, Base):
    """What is to reach one person by one account, and what became of it. One without an account is a reply on a
    channel that others carry for us.
    """

    __tablename__ = "action"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id", ondelete="CASCADE"))
    lead_id: Mapped[str | None] = mapped_column(Id, ForeignKey("lead.id", ondelete="SET NULL"))
    enrollment_id: Mapped[str | None] = mapped_column(Id, ForeignKey("enrollment.id", ondelete="CASCADE"))
    campaign_id: Mapped[str | None] = mapped_column(Id, ForeignKey("campaign.id", ondelete="CASCADE"))
    step_key: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(10), nullable=False)
    variant: Mapped[str | None] = mapped_column(String(40))
    origin: Mapped[str] = mapped_column(String(8), nullable=False)
    """Who wants it: a campaign, a person in the inbox, or the upkeep of old invitations."""
    state: Mapped[str] = mapped_column(String(10), nullable=False)
    subject: Mapped[str] = mapped_column(Text, nullable=False)
    body: Mapped[str] = mapped_column(Text, nullable=False)
    """The exact text that is sent."""
    recipient: Mapped[str | None] = mapped_column(String(200))
    """The provider's id of the person."""
    chat_id: Mapped[str | None] = mapped_column(String(200))
    invitation_id: Mapped[str | None] = mapped_column(String(200))
    message_id: Mapped[str | None] = mapped_column(String(200))
    conversation_id: Mapped[str | None] = mapped_column(Id)
    due_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it was counted; delays to the next step are counted from here."""
    calling_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    call_before: Mapped[datetime | None] = mapped_column(Instant)
    """The working window's end: a call that has not begun by then does not begin."""
    owner: Mapped[str | None] = mapped_column(String(80))
    """The token of whoever is at it: nobody else may call or settle."""
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    absent_reads: Mapped[int] = mapped_column(Integer, nullable=False)
    """How often the provider was read and did not show it."""
    failed_reads: Mapped[int] = mapped_column(Integer, nullable=False)
    """How often the provider could not be read."""
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the provider is read next; None when only a person can tell."""
    code: Mapped[str | None] = mapped_column(String(80))
    detail: Mapped[str | None] = mapped_column(String(500))
    settled_by: Mapped[str | None] = mapped_column(String(10))
    created_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    retry_of: Mapped[str | None] = mapped_column(Id, ForeignKey("action.id", ondelete="SET NULL"))
    """The action that was not sent and that this one tries again: each is tried again once."""

    __table_args__ = (
        CheckConstraint(
            "kind IN ('invite','message','inmail','visit','follow','react','email','withdraw')", name="kind"
        ),
        CheckConstraint("origin IN ('campaign','person','upkeep')", name="origin"),
        CheckConstraint(
            "state IN ('ready','claimed','calling','uncertain','sent','refused','cancelled')",
            name="state",
        ),
        CheckConstraint("settled_by IN ('answer','reading','notice','person','assumed')", name="settled_by"),
        CheckConstraint("account_id IS NOT NULL OR (origin = 'person' AND kind = 'message')", name="account"),
        # Promise 1: never twice. A step of an enrollment succeeds once, and none begins while another is open.
        Index("uq_action_sent", "enrollment_id", "step_key", unique=True, **part("state = 'sent'")),
        Index(
            *("uq_action_open", "enrollment_id"),
            unique=True,
            **part("state IN ('claimed','calling','uncertain')"),
        ),
        Index("ix_action_lease", "lease_until", **part("state IN ('claimed','calling')")),
        Index("ix_action_read", "read_at", **part("state = 'uncertain'")),
        Index("ix_action_ready", "due_at", "id", **part("state = 'ready'")),
        Index("ix_action_client", "client_id", "created_at", "id"),
        Index("ix_action_called", "calling_at", **part("calling_at IS NOT NULL")),
        Index("ix_action_open_of_account", "account_id", **part("state IN ('ready','claimed','calling','uncertain')")),
        Index("uq_action_retry_of", "retry_of", unique=True, **part("retry_of IS NOT NULL")),
        Index("ix_action_conversation", "conversation_id", "id", **part("conversation_id IS NOT NULL")),
        Index("ix_action_lead", "lead_id", "created_at"),
        Index("ix_action_campaign", "campaign_id", "created_at", "id"),
    )


def in_states(*states: State) -> ColumnElement[bool]:
    """The condition that actions are in one of these states, for which the indexes above serve."""
    return is_one_of(Action.__table__.c.state, *(state.value for state in states))


class ActionFile(Owned, Base):
    """A file that goes with a message: uploaded before the action that takes it is written down."""

    __tablename__ = "action_file"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    action_id: Mapped[str | None] = mapped_column(Id, ForeignKey("action.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer, nullable=False)
    file_name: Mapped[str] = mapped_column(String(200), nullable=False)
    content_type: Mapped[str] = mapped_column(String(120), nullable=False)
    size: Mapped[int] = mapped_column(Integer, nullable=False)
    """How many bytes it had; they go a while after it was sent."""
    content: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (Index("ix_action_file_action", "action_id"), Index("ix_action_file_created", "created_at"))


THE_ONE = "scheduler"
"""The id of the one row of `Scheduler`."""


class Scheduler(Base):
    """What an operator wants of the scheduler, for every process: one row."""

    __tablename__ = "scheduler"

    id: Mapped[str] = mapped_column(String(10), primary_key=True)
    wanted: Mapped[str] = mapped_column(String(10), nullable=False)
    wanted_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    wanted_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    reason: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (CheckConstraint("wanted IN ('running','draining','stopped')", name="wanted"),)


class SchedulerProcess(Base):
    """A process that sends, and when it last said so."""

    __tablename__ = "scheduler_process"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    seen_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    state: Mapped[str] = mapped_column(String(10), nullable=False)
    threads: Mapped[int] = mapped_column(Integer, nullable=False)
    in_flight: Mapped[int] = mapped_column(Integer, nullable=False)
    last_turn_at: Mapped[datetime | None] = mapped_column(Instant)
    lag_seconds: Mapped[int | None] = mapped_column(Integer)
    failures: Mapped[int] = mapped_column(Integer, nullable=False)
    last_error: Mapped[str | None] = mapped_column(String(200))
