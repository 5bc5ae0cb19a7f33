"""CRMs: where a client keeps the persons it does business with.

The key of a contact is our lead's id, in a field of its own there. What goes wrong is one of three: it cannot heal, it
may be tried again, or the CRM takes nothing before an instant. A call of which nobody knows whether it was heard is
tried again only by whoever has looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

FIELDS = (*("first_name", "last_name", "name", "email", "phone", "title", "company", "website", "profile_url"),)
"""What is told of a person, by our names; `name` is the two names together."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as a CRM has them."""

    id: str
    key: str | None
    """The id of the lead whom the CRM knows them as."""
    values: Mapping[str, str]
    """What stands there, by our names. What is empty, or has no place there, is absent."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a connection says of its CRM: what opens it, where it is, and what the CRM calls our field."""

    kind: str
    secret: Mapping[str, str]
    object: str | None = None
    """Of a CRM that keeps persons as one thing or another: as which."""
    field: str | None = None


class CrmError(Exception):
    """Something went wrong, in a word."""

    def __init__(self, code: str, said: str | None = None) -> None:
        super().__init__(f"{code}: {said}" if said else code)
        self.code = code


class RefusedError(CrmError):
    """The CRM does not want it, and trying again would not change that."""


class AwayError(CrmError):
    """No good answer came. `uncertain`: it may have happened all the same."""

    def __init__(self, code: str, said: str | None = None, *, uncertain: bool) -> None:
        super().__init__(code, said)
        self.uncertain = uncertain


class ParkedError(CrmError):
    """The CRM takes nothing before an instant; nothing happened. `alarming`: a person must see to it."""

    def __init__(self, code: str, said: str | None = None, *, until: datetime, alarming: bool = False) -> None:
        super().__init__(code, said)
        self.until = until
        self.alarming = alarming


class TakenError(CrmError):
    """There is a contact of this address, or one that the CRM takes for the same person; `id` where it says which."""

    def __init__(self, code: str, contact_id: str | None) -> None:
        super().__init__(code, contact_id)
        self.contact_id = contact_id


class Crm(Protocol):
    """One client's CRM. Every word to it is one call within one time."""

    @property
    def creates_once(self) -> bool:
        """Whether it makes one contact of a key, however often it is asked to."""
        ...

    @property
    def needs(self) -> Sequence[str]:
        """Without which of our fields it takes no person."""
        ...

    @property
    def holds(self) -> frozenset[str]:
        """Which of our fields have a place there."""
        ...

    def prepare(self) -> str:
        """See that there is a field for our key; answers what it is called there."""
        ...

    def by_id(self, contact_id: str) -> Contact | None:
        """Who remained may have another id: a merged contact answers as the one it became, where the CRM says so."""
        ...

    def by_key(self, lead_id: str) -> list[Contact]:
        """Whoever bears our key: more than one only where somebody copied it."""
        ...

    def by_email(self, email: str) -> list[Contact]:
        """Whoever has exactly this address."""
        ...

    def create(self, lead_id: str, values: Mapping[str, str]) -> str:
        """Make a contact with our key; answers its id."""
        ...

    def update(self, contact_id: str, values: Mapping[str, str], *, key: str | None = None) -> None:
        """Write these fields, and our key where it is given."""
        ...

    def has_note(self, contact_id: str, mark: str) -> bool:
        """Whether a note with this mark stands at the contact."""
        ...

    def add_note(self, contact_id: str, text: str, *, mark: str, at: datetime) -> None:
        """Write a note that holds the mark."""
        ...


class Crms(Protocol):
    """Opens the CRMs of clients."""

    def open(self, access: Access, *, now: datetime) -> Crm:
        """The CRM of a connection, as of now."""
        ...

    def close(self) -> None:
        """Give back every connection."""
        ...
