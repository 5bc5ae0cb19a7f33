"""What a new version of a sequence does to the leads that are under way.

A lead goes on at the same step. When its step is gone it goes on at the next one of the old path that the new
version still has; when there is none, its sequence is at its end. What was sent is never sent again.
Example: with invite → visit → message and the visit removed, whoever stood before the visit stands before the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rapport.rules.sequences import Sequence


@dataclass(frozen=True, slots=True)
class Effect:
    """What an edit does, for the operator to confirm and for the enrollments to follow."""

    carried: Mapping[str, str | None]
    """For each removed step: where whoever stands before it goes on; None is the end."""
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    """Steps that stay and differ: whoever has passed them is not touched."""


def effect(old: Sequence, new: Sequence) -> Effect:
    """The difference between two versions, with where everybody goes on."""
    before = {step.key: step for step in old.steps}
    after = {step.key: step for step in new.steps}
    removed = tuple(key for key in before if key not in after)
    return Effect(
        carried={key: carried(key, old=old, new=new) for key in removed},
        added=tuple(key for key in after if key not in before),
        removed=removed,
        changed=tuple(key for key in before if key in after and before[key] != after[key]),
    )


def carried(key: str | None, *, old: Sequence, new: Sequence) -> str | None:
    """Where a lead that stands before a step of the old version stands in the new one."""
    seen: set[str] = set()
    while key is not None and new.step(key) is None:
        step = old.step(key)
        if step is None or key in seen:
            return None
        seen.add(key)
        key = step.then
    return key
