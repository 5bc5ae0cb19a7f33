"""What links are made of: an offering as the rungs see it, a message, and a link with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

AUTO_FROM = 0.85
SUGGEST_FROM = 0.50
VERSION = 1
"""Of the rungs together: goes up when any of them would say something else than before."""


class Method(StrEnum):
    """The rung that found a link, in the order in which they are believed."""

    CODE = "code"
    ADDRESS = "address"
    CATALOGUE = "catalogue"
    CONTEXT = "context"
    NAME = "name"
    DESCRIPTION = "description"
    BY_HAND = "by_hand"
    """No rung: a person said so."""


class LinkStatus(StrEnum):
    AUTO = "auto"
    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Offered:
    """An offering as the rungs see it."""

    id: str
    name: str
    slug: str
    code: str | None = None
    external_ref: str | None = None
    urls: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A message, and what is known of it beside its words."""

    text: str
    named: tuple[str, ...] = ()
    """Offerings that the form it came through named."""
    before: tuple[str, ...] = ()
    """Offerings of the message before in its thread, or of its campaign."""


@dataclass(frozen=True, slots=True)
class Link:
    """One offering that a message is about."""

    offering_id: str
    method: Method
    confidence: float
    evidence: Mapping[str, object] = field(default_factory=dict)
    """The rule, what of the offering matched, and where in the text; never words of the message."""

    @property
    def status(self) -> LinkStatus | None:
        """What a link of this confidence is without a person's word; None: nothing."""
        if self.confidence >= AUTO_FROM:
            return LinkStatus.AUTO
        return LinkStatus.SUGGESTED if self.confidence >= SUGGEST_FROM else None
