"""Carriers: whoever takes a delivery to its receiver, one for each channel.

An answer is one of five. What was refused cannot heal; what failed is tried again and may have arrived; what was put
off did not arrive, costs no attempt, and keeps the whole channel waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One attempt, ready to leave: the bytes are those that were stored when it was written."""

    id: str
    """The same in every attempt: what receivers know a repetition by."""
    recipient: str
    headers: Mapping[str, str]
    body: bytes
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What opens the connection: keys of its own for each channel."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The receiver took it."""

    provider_id: str | None = None
    status: int | None = None
    excerpt: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The receiver does not want it, and trying again would not change that."""

    code: str
    status: int | None = None
    excerpt: str | None = None
    closed: bool = False
    """The receiver wants nothing more at all."""
    broken: bool = False
    """The fault is the connection's and not the delivery's: whatever follows would be refused as well."""


@dataclass(frozen=True, slots=True)
class Failed:
    """No good answer came: it may have arrived or not."""

    code: str
    status: int | None = None
    excerpt: str | None = None
    asked: timedelta | None = None
    """How long the receiver asked us to stay away."""
    uncertain: bool = True
    """False where it certainly did not arrive."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """It did not arrive, because the channel takes nothing before an instant."""

    code: str
    until: datetime
    status: int | None = None
    excerpt: str | None = None
    alarming: bool = False
    """A person must see to it: a quota is used up, a key is wrong."""


@dataclass(frozen=True, slots=True)
class Moved:
    """It did not arrive: the receiver has another address now, and is to be tried there at once."""

    code: str
    recipient: str
    status: int | None = None
    excerpt: str | None = None


Outcome = Carried | Refused | Failed | PutOff | Moved


@dataclass(frozen=True, slots=True)
class BatchCarried:
    """The provider took a batch of mails: what it calls each, in their order; None for one that it did not want."""

    ids: tuple[str | None, ...]
    refused: Mapping[int, str] = field(default_factory=dict)
    """Place → why."""


class Bulk(Protocol):
    """Takes many mails in one call."""

    def carry_batch(self, body: bytes, *, key: str, now: datetime) -> BatchCarried | Refused | Failed | PutOff:
        """Make one attempt: the same bytes under the same key are one batch to the provider."""
        ...

    def was_taken(self, recipient: str, tag: tuple[str, str], *, since: datetime) -> bool | Failed:
        """Whether a mail to somebody that bears a tag has left: for keys too old to be remembered."""
        ...


class Carrier(Protocol):
    """Takes deliveries of one channel. It never raises for what the other side does."""

    def carry(self, letter: Letter, *, now: datetime) -> Outcome:
        """Make one attempt."""
        ...

    def find(self, letter: Letter, *, since: datetime) -> Carried | Failed | None:
        """What became of it, where the channel can be asked: for attempts too old to be repeated safely. None: it is
        not there, or nobody can be asked.
        """
        ...

    def close(self) -> None:
        """Give back every connection."""
        ...
