"""Who wrote a message, we or they: in, out, or not to be told from what is known.

The provider's own word decides where there is one. Where there is none, a writer who is not the account's owner is
somebody else. An id can only differ from one of its own kind: a member id says nothing beside a provider id, and a
guess here would either stop a sequence for our own words or let it run on after theirs.
Example: `is_sender` null, written by `ACoAA1`, the account is `ACoAA2`: inbound. Written by `8812`: not known yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Direction(StrEnum):
    INBOUND = "in"
    OUTBOUND = "out"


def direction(
    *, is_sender: bool | None, sender: Mapping[str, str], owner: Iterable[Mapping[str, str]]
) -> Direction | None:
    """In or out; None when nothing tells.

    `sender` holds the writer's ids by kind, `owner` whatever is known of the account's owner, from each source.
    """
    if is_sender is not None:
        return Direction.OUTBOUND if is_sender else Direction.INBOUND
    own: dict[str, set[str]] = {}
    for known in owner:
        for kind, value in known.items():
            own.setdefault(kind, set()).add(value)
    shared = [(value, own[kind]) for kind, value in sender.items() if kind in own]
    if any(value in values for value, values in shared):
        return Direction.OUTBOUND
    return Direction.INBOUND if shared else None
