"""The words of reports."""

from __future__ import annotations

from enum import StrEnum

EVENT_TYPE = "report.weekly"
"""What a delivery of a report tells of."""


class ReportKind(StrEnum):
    """Why a report was made."""

    WEEKLY = "weekly"
    BY_HAND = "by_hand"


class ReportStatus(StrEnum):
    """What became of it."""

    SENT = "sent"
    SKIPPED = "skipped"
    """It was due and was not sent, for the reason that is kept."""
