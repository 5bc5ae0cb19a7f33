"""HubSpot's contacts as a store: found by id, email or a unique property; merged and deleted ones too.

Two contacts never share an email or a unique value. A merged contact's id leads to the one that
remained; its own unique values are lost unless the remaining one had none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rapport_sandbox.fakes.fake import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD = frozenset(
    {
        "email", "firstname", "lastname", "phone", "mobilephone", "company", "jobtitle", "website", "city",
        "state", "country", "industry", "lifecyclestage", "hs_lead_status", "hs_linkedin_url",
    }
)  # fmt: skip
STAGES = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer",
    "evangelist", "other",
)  # fmt: skip
MAX_UNIQUE = 10


@dataclass(slots=True)
class Contact:
    """One contact; `properties` holds what was set."""

    id: str
    created_at: float
    updated_at: float
    properties: dict[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "properties": {**self.properties, "hs_object_id": self.id},
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
            "archived": False,
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """A unique value that another contact has."""

    name: str
    by: Contact


class Contacts:
    """All contacts of one portal."""

    def __init__(self) -> None:
        self._all: dict[str, Contact] = {}
        self._merged: dict[str, str] = {}
        self._next_id = 101
        self.definitions: dict[str, dict[str, object]] = {}
        """The custom properties, by name."""

    def __iter__(self) -> Iterator[Contact]:
        return iter(self._all.values())

    def is_known(self, name: str) -> bool:
        return name in STANDARD or name in self.definitions

    def is_unique(self, name: str) -> bool:
        return name == "email" or bool(self.definitions.get(name, {}).get("hasUniqueValue"))

    def find(self, value: str, by: str | None = None) -> Contact | None:
        """By contact id, or by a unique property."""
        if by in (None, "hs_object_id"):
            return self._all.get(self._merged.get(value, value))
        wanted = value.casefold()
        return next((one for one in self if one.properties.get(by, "").casefold() == wanted), None)

    def taken(self, properties: dict[str, str], besides: Contact | None) -> Taken | None:
        """The first unique value among `properties` that another contact has already."""
        for name, value in properties.items():
            if value and self.is_unique(name):
                other = self.find(value, name)
                if other is not None and other is not besides:
                    return Taken(name, other)
        return None

    def create(self, properties: dict[str, str], now: float) -> Contact:
        contact = Contact(str(self._next_id), now, now)
        self._next_id += 1
        self._all[contact.id] = contact
        return self.update(contact, properties, now)

    def update(self, contact: Contact, properties: dict[str, str], now: float) -> Contact:
        """Set properties; an empty value clears. The lifecycle stage does not go backward."""
        for name, value in properties.items():
            if name == "lifecyclestage" and self._is_backward(contact, value):
                continue
            if value:
                contact.properties[name] = value
            else:
                contact.properties.pop(name, None)
        contact.updated_at = now
        return contact

    def merge(self, primary_id: str, other_id: str, now: float) -> None:
        primary, other = self._all[primary_id], self._all.pop(other_id)
        self._merged[other_id] = primary_id
        self.update(primary, {**other.properties, **primary.properties}, now)

    def delete(self, contact_id: str) -> None:
        del self._all[contact_id]

    @staticmethod
    def _is_backward(contact: Contact, stage: str) -> bool:
        current = contact.properties.get("lifecyclestage")
        return bool(current and stage) and STAGES.index(stage) < STAGES.index(current)
