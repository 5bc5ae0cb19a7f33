"""Scores with their parts, and whom clients look for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant, Json, part
from rapport.kernel.tenancy import Owned
from rapport.rules.scoring import Warmth, Why


def _one_of(column: str, words: type[StrEnum]) -> str:
    return f"{column} IN ({','.join(repr(word.value) for word in words)})"


class LeadScore(Owned, Base):
    """How good a lead is as of the last look, and how warm."""

    __tablename__ = "lead_score"

    lead_id: Mapped[str] = mapped_column(Id, ForeignKey("lead.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), nullable=False)
    points: Mapped[int] = mapped_column(Integer, nullable=False)
    fit: Mapped[int] = mapped_column(Integer, nullable=False)
    market: Mapped[int] = mapped_column(Integer, nullable=False)
    contactability: Mapped[int] = mapped_column(Integer, nullable=False)
    engagement: Mapped[int] = mapped_column(Integer, nullable=False)
    parts: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    temperature: Mapped[str] = mapped_column(String(4), nullable=False)
    because: Mapped[str] = mapped_column(String(16), nullable=False)
    sign: Mapped[str | None] = mapped_column(String(16))
    """What the person said last of buying, as which reason."""
    sign_temperature: Mapped[str | None] = mapped_column(String(4))
    sign_at: Mapped[datetime | None] = mapped_column(Instant)
    word: Mapped[str | None] = mapped_column(String(4))
    """How warm an operator says it is; None: nobody does."""
    word_by: Mapped[str | None] = mapped_column(Id, ForeignKey("user.id", ondelete="SET NULL"))
    word_at: Mapped[datetime | None] = mapped_column(Instant)
    rules_version: Mapped[int] = mapped_column(Integer, nullable=False)
    scored_at: Mapped[datetime] = mapped_column(Instant, nullable=False)

    __table_args__ = (
        CheckConstraint("points = fit + market + contactability + engagement", name="sum"),
        CheckConstraint(_one_of("temperature", Warmth), name="temperature"),
        CheckConstraint(_one_of("because", Why), name="because"),
        CheckConstraint(_one_of("sign", Why), name="sign"),
        CheckConstraint(_one_of("sign_temperature", Warmth), name="sign_temperature"),
        CheckConstraint(_one_of("word", Warmth), name="word"),
        CheckConstraint("(sign IS NULL) = (sign_at IS NULL)", name="signed"),
        Index("ix_lead_score_points", "client_id", "points", "lead_id"),
        Index("ix_lead_score_hot", "client_id", "scored_at", **part("temperature = 'hot'")),
    )


class ScoringTerms(Owned, Base):
    """Whom a client looks for, and from how many points on a lead is warm or hot."""

    __tablename__ = "scoring_terms"

    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), primary_key=True)
    titles: Mapped[list[str]] = mapped_column(Json, nullable=False)
    seniorities: Mapped[list[str]] = mapped_column(Json, nullable=False)
    industries: Mapped[list[str]] = mapped_column(Json, nullable=False)
    company_sizes: Mapped[list[str]] = mapped_column(Json, nullable=False)
    countries: Mapped[list[str]] = mapped_column(Json, nullable=False)
    regions: Mapped[list[str]] = mapped_column(Json, nullable=False)
    languages: Mapped[list[str]] = mapped_column(Json, nullable=False)
    hot_from: Mapped[int] = mapped_column(Integer, nullable=False)
    warm_from: Mapped[int] = mapped_column(Integer, nullable=False)

    __table_args__ = (CheckConstraint("warm_from < hot_from", name="order"),)
