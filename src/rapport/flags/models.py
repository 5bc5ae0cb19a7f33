"""What somebody said of a feature."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from rapport.kernel.db import Base, Id, Instant
from rapport.kernel.tenancy import Owned


class FeatureFlag(Owned, Base):
    """A feature is on or off, for one client or (under the agency's id) for all who said nothing themselves."""

    __tablename__ = "feature_flag"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, primary_key=True)
    enabled: Mapped[bool] = mapped_column(nullable=False)
    set_by: Mapped[str] = mapped_column(String(120), nullable=False)
    set_at: Mapped[datetime] = mapped_column(Instant, nullable=False)
