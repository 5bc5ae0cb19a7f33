"""The words of CRMs."""

from __future__ import annotations

from enum import StrEnum


class LinkStatus(StrEnum):
    """How a lead stands to a CRM."""

    PENDING = "pending"
    SYNCED = "synced"
    FAILED = "failed"
    CONFLICT = "conflict"
    """The CRM says something that a person must decide."""
    SKIPPED = "skipped"


class NoteStatus(StrEnum):
    """How a note stands."""

    PENDING = "pending"
    SYNCED = "synced"
    SKIPPED = "skipped"


class PushWhen(StrEnum):
    """What lets a lead be pushed by itself."""

    CREATED = "created"
    CHANGED = "changed"
    """A lead that is linked already."""
    REPLIED = "replied"
    """With a note of what was written."""
    HOT = "hot"


class SalesforceObject(StrEnum):
    """As which Salesforce keeps persons."""

    CONTACT = "contact"
    LEAD = "lead"


class Choice(StrEnum):
    """What a person decides of a conflict."""

    RECREATE = "recreate"
    """Make the contact again that is gone there."""
    ADOPT = "adopt"
    """That contact is this lead."""
    LEAVE = "leave"
    """Push this lead no more."""
