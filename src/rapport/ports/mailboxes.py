"""Mail that a provider received for us and holds until it is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Received:
    """A mail as it came."""

    text: str | None = field(repr=False)
    html: str | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class NotFetchedError(Exception):
    """It could not be fetched. Of what is withheld for good, what its notice said is all there is."""

    def __init__(self, code: str, *, withheld: bool) -> None:
        super().__init__(code)
        self.code, self.withheld = code, withheld


@runtime_checkable
class Mailboxes(Protocol):
    """A provider that holds mail for us."""

    def received(self, email_id: str) -> Received:
        """The mail of this id, or `NotFetchedError`."""


def header_names(given: Any) -> dict[str, str]:
    """Headers by their names in small letters."""
    return {str(name).lower(): str(value) for name, value in given.items()} if isinstance(given, Mapping) else {}
