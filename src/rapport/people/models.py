"""Clients, users, and what proves who they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, synonym

from rapport.kernel.db import Base, Id, Instant, Json
from rapport.kernel.tenancy import Owned


class Client(Owned, Base):
    """A customer of the agency: the tenant. It belongs to itself."""

    __tablename__ = "client"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = synonym("id")
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    slug: Mapped[str] = mapped_column(String(60), nullable=False, unique=True)
    timezone: Mapped[str] = mapped_column(String(64), nullable=False)
    notice_preferences: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    report_preferences: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    erasure_salt: Mapped[str] = mapped_column(String(36), nullable=False)
    """Goes into the hashes that are left of erased persons."""
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    archived_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (Index("ix_client_name", "name", "id"), Index("ix_client_created_at", "created_at", "id"))


class User(Base):
    """Somebody who signs in."""

    __tablename__ = "user"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), nullable=False, unique=True)
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    role: Mapped[str] = mapped_column(String(10), nullable=False)
    password_hash: Mapped[str] = mapped_column(String(200), nullable=False)
    active: Mapped[bool] = mapped_column(nullable=False)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, nullable=False)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("role IN ('admin','agent','viewer')", name="role"),
        Index("ix_user_created_at", "created_at", "id"),
    )


class Membership(Owned, Base):
    """A user works for (or reads) a client."""

    __tablename__ = "membership"

    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (Index("ix_membership_client_id", "client_id", "user_id"),)


class UserSession(Base):
    """One sign-in and all that was refreshed from it: the family of its refresh tokens."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user.id", ondelete="CASCADE"), nullable=False)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    last_used_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    expires_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoke_reason: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        Index("ix_session_user_id", "user_id", "created_at", "id"),
        Index("ix_session_expires_at", "expires_at"),
    )


class RefreshToken(Base):
    """One refresh token: good for one use."""

    __tablename__ = "refresh_token"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(Id, ForeignKey("session.id", ondelete="CASCADE"), nullable=False)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    used_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_refresh_token_session_id", "session_id"),)


class StreamToken(Base):
    """What a browser shows instead of its access token to open a live stream: good once, and for a minute."""

    __tablename__ = "stream_token"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(Id, ForeignKey("session.id", ondelete="CASCADE"), nullable=False)
    expires_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (Index("ix_stream_token_expires_at", "expires_at"),)


class ApiKey(Owned, Base):
    """A key for a program: of one client, or of the agency."""

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    prefix: Mapped[str] = mapped_column(String(12), nullable=False)
    key_hash: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json, nullable=False)
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_api_key_client_id", "client_id", "created_at", "id"),)
