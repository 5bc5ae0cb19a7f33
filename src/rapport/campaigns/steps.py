"""Steps between their two forms: as JSON, given, stored and shown, and as the rules read them.

What is given may leave out a step's key while nothing was sent, its variants' keys, and where it leads: to the step
below it. What is stored and shown says everything.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rapport.rules import sequences
from rapport.rules.delays import AT_ONCE, Delay, Unit
from rapport.rules.sequences import Asked, Condition, Step, StepKind, Variant

Json = Mapping[str, Any]


def given(steps: Sequence[Json]) -> tuple[Step, ...]:
    """The steps that a caller gave, with the keys they left out."""
    keys = _keys(steps)
    below = [*keys[1:], None]
    return tuple(_step(step, key, after) for step, key, after in zip(steps, keys, below, strict=False))


def keyless(steps: Sequence[Json]) -> list[int]:
    """Which of the given steps have no key, counted from 1."""
    return [number for number, step in enumerate(steps, 1) if step.get("key") is None]


def _keys(steps: Sequence[Json]) -> list[str]:
    taken = {step["key"] for step in steps if step.get("key") is not None}
    keys = []
    for step in steps:
        key = step.get("key")
        if key is None:
            key = _free(step["kind"], taken)
            taken.add(key)
        keys.append(key)
    return keys


def _free(kind: str, taken: set[str]) -> str:
    key, number = kind, 1
    while key in taken:
        number += 1
        key = f"{kind}_{number}"
    return key


def _step(step: Json, key: str, after: str | None) -> Step:
    condition = step.get("condition")
    return Step(
        key=key,
        kind=StepKind(step["kind"]),
        then=step.get("then", after),
        delay=_delay(step.get("delay")) or AT_ONCE,
        condition=None if condition is None else Condition(Asked(condition["asked"]), condition.get("tag")),
        within=_delay(step.get("within")),
        otherwise=step.get("otherwise"),
        variants=tuple(_variants(step.get("variants") or ())),
    )


def _delay(delay: Json | None) -> Delay | None:
    return None if delay is None else Delay(delay["amount"], Unit(delay["unit"]))


def _variants(variants: Iterable[Json]) -> Iterable[Variant]:
    letters = iter(string.ascii_lowercase)
    variants = list(variants)
    taken = {variant.get("key") for variant in variants}
    for variant in variants:
        key = variant.get("key")
        if key is None:
            key = next(letter for letter in letters if letter not in taken)
        yield Variant(key, variant.get("weight", 1), variant.get("body", ""), variant.get("subject", ""))


def shown(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The steps as they are stored and shown."""
    return [
        {
            "key": step.key,
            "kind": step.kind.value,
            "then": step.then,
            "delay": _shown_delay(step.delay),
            "condition": None
            if step.condition is None
            else {"asked": step.condition.asked.value, "tag": step.condition.tag},
            "within": None if step.within is None else _shown_delay(step.within),
            "otherwise": step.otherwise,
            "variants": [
                {"key": variant.key, "weight": variant.weight, "subject": variant.subject, "body": variant.body}
                for variant in step.variants
            ],
        }
        for step in steps
    ]


def _shown_delay(delay: Delay) -> dict[str, Any]:
    return {"amount": delay.amount, "unit": delay.unit.value}


def sequence(version_id: str, number: int, stored: Sequence[Json]) -> sequences.Sequence:
    """A stored version as the rules read it."""
    return sequences.Sequence(version_id, number, given(stored))
