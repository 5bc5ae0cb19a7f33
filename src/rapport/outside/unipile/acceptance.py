"""When a 2xx is believed.

A success must say what it did in the provider's own words; a body that only parses proves nothing. Where
the provider's schema promises an id (an invitation's, a webhook's, a mail's), the id is the proof and its
absence leaves the write unknown. Where the schema allows null (a started chat, a sent message), the right
envelope with the key in it is the proof: taking null for unknown would leave a good part of all messages
for a person to decide. The key must be there, because an envelope without it is a body cut short.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from rapport.outside.unipile.fields import text
from rapport.ports.outcomes import Ids

if TYPE_CHECKING:
    from rapport.ports.outcomes import WriteKind

_ID_KEYS = tuple(field.name for field in fields(Ids))


@dataclass(frozen=True, slots=True)
class Write:
    """One kind of call that changes the world, and how its success looks."""

    method: str
    route: str
    """As logged and counted: with the names of ids in place of ids."""
    kind: WriteKind
    envelope: str
    """The `object` of a success."""
    promised: str | None = None
    """The id that a success always has."""
    nullable: tuple[str, ...] = ()
    """The ids that a success names, if only as null."""


def ids_in(write: Write, said: dict[str, Any] | None) -> Ids | None:
    """The ids of a success, or None where the body is not one."""
    if said is None:
        return None
    ids = Ids(**{key: text(said, key) for key in _ID_KEYS})
    if write.promised is not None:
        return ids if getattr(ids, write.promised) is not None else None
    if any(getattr(ids, key) is not None for key in write.nullable):
        return ids
    named = all(key in said for key in write.nullable)
    return ids if said.get("object") == write.envelope and named else None
