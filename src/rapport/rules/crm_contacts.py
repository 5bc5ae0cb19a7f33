"""What a CRM is told of a lead, and what of it is written where something stands already.

Only what is empty there is filled, unless the client lets us write over it; what says something else is left alone and
named. Example: a lead with the title CTO meets a contact with the title VP: the title stays VP, and `differs` names it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

UNKNOWN = "Unknown"
_NAMES = ("first_name", "last_name", "name", "company")
"""What "Unknown" may stand in for."""


@dataclass(frozen=True, slots=True)
class Writing:
    """What is written to a contact, and what says something else there."""

    fill: Mapping[str, str]
    differs: tuple[str, ...]


def told(
    facts: Mapping[str, str | None], *, holds: Collection[str], needs: Sequence[str], unknown: bool
) -> dict[str, str]:
    """What a CRM that holds these fields is told of a lead. Without `unknown`, what it needs may be missing."""
    full = " ".join(each for each in (facts.get("first_name"), facts.get("last_name")) if each)
    given = {**facts, "name": full or None}
    values = {name: value for name, value in given.items() if name in holds and value}
    if unknown:
        values |= {name: UNKNOWN for name in needs if name not in values and name in _NAMES}
    return values


def missing(values: Mapping[str, str], needs: Sequence[str]) -> str | None:
    """The first field that the CRM needs and nobody knows."""
    return next((name for name in needs if name not in values), None)


def writing(values: Mapping[str, str], there: Mapping[str, str], *, overwrite: bool) -> Writing:
    """What of our values goes to a contact with those."""
    other = tuple(sorted(name for name, value in values.items() if _is_other(value, there.get(name))))
    empty = {name: value for name, value in values.items() if not there.get(name)}
    if overwrite:
        return Writing({**empty, **{name: values[name] for name in other}}, ())
    return Writing(empty, other)


def fingerprint(values: Mapping[str, str], *, overwrite: bool) -> str:
    """By which it is seen that nothing changed since it was told."""
    said = [str(overwrite), *(f"{name}={value}" for name, value in sorted(values.items()))]
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()


def _is_other(value: str, there: str | None) -> bool:
    return bool(there) and value.strip().casefold() != (there or "").strip().casefold()
