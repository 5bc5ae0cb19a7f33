"""The words for where a delivery stands."""

from __future__ import annotations

from enum import StrEnum


class DeliveryStatus(StrEnum):
    RECEIVED = "received"
    """Stored, and not looked at yet, or to be looked at again."""
    PROCESSED = "processed"
    IGNORED = "ignored"
    """Understood, and nothing of ours is concerned."""
    UNREADABLE = "unreadable"
    FAILED = "failed"
    """Every attempt failed; a person decides."""


STATUSES = tuple(status.value for status in DeliveryStatus)
