"""A sequence as it is drawn: a line from top to bottom that parts where a step waits, and says where it joins again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Step = Mapping[str, Any]
THEN, OTHERWISE = "then", "otherwise"


@dataclass(frozen=True, slots=True)
class Place:
    """One step on a line, or the end of the line."""

    step: Step | None
    after: tuple[str, str] | None
    """The step before it and by which way it is reached; None at the beginning."""
    joins: str | None = None
    """The step of another line with which this one goes on."""
    yes: Line | None = None
    no: Line | None = None
    """Both lines of a step that waits, where it parts."""


Line = tuple[Place, ...]


def draw(steps: Sequence[Step]) -> Line:
    """The whole sequence, every step once."""
    by_key = {step["key"]: step for step in steps}
    return _line(steps[0]["key"] if steps else None, None, by_key, set())


def parts(step: Step) -> bool:
    """Whether the line parts here: somebody who waits in vain goes another way."""
    return step["kind"] == "wait_for" and (step["within"] is not None or step["otherwise"] is not None)


def unreached(steps: Sequence[Step]) -> list[Step]:
    """The steps to which no way leads."""
    drawn = reached(steps)
    return [step for step in steps if step["key"] not in drawn]


def reached(steps: Sequence[Step]) -> set[str]:
    """The keys of the steps to which a way leads from the first."""
    by_key = {step["key"]: step for step in steps}
    found: set[str] = set()
    ahead = [steps[0]["key"]] if steps else []
    while ahead:
        key = ahead.pop()
        if key in found or key not in by_key:
            continue
        found.add(key)
        ahead += [by_key[key][way] for way in (THEN, OTHERWISE) if by_key[key].get(way) is not None]
    return found


def _line(key: str | None, after: tuple[str, str] | None, by_key: Mapping[str, Step], drawn: set[str]) -> Line:
    places: list[Place] = []
    while key is not None and key in by_key and key not in drawn:
        step = by_key[key]
        drawn.add(key)
        if parts(step):
            yes = _line(step[THEN], (key, THEN), by_key, drawn)
            no = _line(step[OTHERWISE], (key, OTHERWISE), by_key, drawn)
            places.append(Place(step, after, yes=yes, no=no))
            return tuple(places)
        places.append(Place(step, after))
        after, key = (key, THEN), step[THEN]
    places.append(Place(None, after, joins=key if key in drawn else None))
    return tuple(places)
