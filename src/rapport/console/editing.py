"""A sequence under the hands of somebody who edits it: read from a form, changed by one act, never written.

Steps are what the API takes. Acts keep every way leading somewhere: what is taken out is bridged, and what no way
leads to any more goes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from rapport.console.branches import OTHERWISE, THEN, parts, reached
from rapport.rules.delays import Unit
from rapport.rules.sequences import StepKind

Step = dict[str, Any]
_LARGEST = 1_000_000


class Form(Protocol):
    """What of a form is read."""

    def get(self, key: str, default: str) -> str: ...

    def getlist(self, key: str) -> list[str]: ...


def read(form: Form) -> list[Step]:
    """The steps that a form shows."""
    return [_step(form, key) for key in dict.fromkeys(form.getlist("step"))]


def _step(form: Form, key: str) -> Step:
    kind = form.get(f"{key}.kind", "message")
    waits = kind == StepKind.WAIT_FOR
    asked = form.get(f"{key}.asked", "connected")
    return {
        "key": key,
        "kind": kind,
        "delay": _delay(form, f"{key}.delay") or {"amount": 0, "unit": "minutes"},
        "then": form.get(f"{key}.then", "") or None,
        "condition": {"asked": asked, "tag": form.get(f"{key}.tag", "") or None if asked == "tag" else None}
        if waits
        else None,
        "within": _delay(form, f"{key}.within") if waits else None,
        "otherwise": form.get(f"{key}.otherwise", "") or None if waits else None,
        "variants": [_variant(form, key, each) for each in form.getlist(f"{key}.variant")],
    }


def _delay(form: Form, name: str) -> dict[str, Any] | None:
    amount = form.get(f"{name}.amount", "").strip()
    if not amount:
        return None
    unit = form.get(f"{name}.unit", "days")
    return {"amount": _whole(amount, 0), "unit": unit if unit in tuple(Unit) else "days"}


def _variant(form: Form, step: str, key: str) -> dict[str, Any]:
    at = f"{step}.{key}"
    return {
        "key": key,
        "weight": min(1000, _whole(form.get(f"{at}.weight", "1"), 1)),
        "subject": form.get(f"{at}.subject", "").replace("\r", "").replace("\n", " "),
        "body": form.get(f"{at}.body", "").replace("\r\n", "\n"),
    }


def _whole(text: str, otherwise: int) -> int:
    text = text.strip()
    return min(_LARGEST, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def change(steps: list[Step], act: str) -> tuple[list[Step], str | None]:
    """The steps after an act such as `add:invite:then:message`, and the step it was about. Nonsense changes nothing."""
    name, *words = act.split(":")
    known: dict[str, tuple[int, Callable[..., tuple[list[Step], str | None]]]] = {
        "add": (3, _add),
        "remove": (1, _remove),
        "up": (1, _up),
        "down": (1, _down),
        "variant": (1, _add_variant),
        "drop": (2, _drop_variant),
    }
    wanted = known.get(name)
    if wanted is None or len(words) != wanted[0]:
        return steps, None
    return wanted[1](steps, *words)


def movable(steps: Sequence[Step], key: str) -> tuple[bool, bool]:
    """Whether a step may change places with the one before it, and with the one after it."""
    by_key = {step["key"]: step for step in steps}
    step = by_key[key]
    before = _before(steps, key)
    following = by_key.get(step[THEN] or "")
    up = not parts(step) and len(before) == 1 and before[0][1] == THEN and not parts(before[0][0])
    down = not parts(step) and following is not None and not parts(following) and len(_before(steps, step[THEN])) == 1
    return up, down


def _before(steps: Sequence[Step], key: str | None) -> list[tuple[Step, str]]:
    """The steps that lead to one, with the way by which they do."""
    return [(step, way) for step in steps for way in (THEN, OTHERWISE) if key is not None and step[way] == key]


def _add(steps: list[Step], after: str, way: str, kind: str) -> tuple[list[Step], str | None]:
    if kind not in tuple(StepKind) or way not in (THEN, OTHERWISE):
        return steps, None
    made = new(kind, {step["key"] for step in steps})
    if not after:
        made[THEN] = steps[0]["key"] if steps else None
        return [made, *steps], made["key"]
    for number, step in enumerate(steps):
        if step["key"] == after:
            made[THEN], step[way] = step[way], made["key"]
            return [*steps[: number + 1], made, *steps[number + 1 :]], made["key"]
    return steps, None


def new(kind: str, taken: set[str]) -> Step:
    """A step of a kind as one begins with it."""
    base = "accepted" if kind == StepKind.WAIT_FOR else kind
    number = 1
    while (key := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    waits = kind == StepKind.WAIT_FOR
    return {
        "key": key,
        "kind": kind,
        "delay": {"amount": 1, "unit": "working_days"}
        if StepKind(kind) in (StepKind.MESSAGE, StepKind.INMAIL, StepKind.EMAIL)
        else {"amount": 0, "unit": "minutes"},
        "then": None,
        "condition": {"asked": "connected", "tag": None} if waits else None,
        "within": {"amount": 14, "unit": "days"} if waits else None,
        "otherwise": None,
        "variants": [{"key": "a", "weight": 1, "subject": "", "body": ""}] if StepKind(kind).speaks else [],
    }


def _remove(steps: list[Step], key: str) -> tuple[list[Step], str | None]:
    gone = next((step for step in steps if step["key"] == key), None)
    if gone is None:
        return steps, None
    for step, way in _before(steps, key):
        step[way] = gone[THEN]
    left = [step for step in steps if step is not gone]
    if steps[0] is gone and gone[THEN] is not None:
        left.sort(key=lambda step: step["key"] != gone[THEN])  # the one it led to begins now
    keys = reached(left)
    return [step for step in left if step["key"] in keys], gone[THEN]


def _up(steps: list[Step], key: str) -> tuple[list[Step], str | None]:
    if key not in {step["key"] for step in steps} or not movable(steps, key)[0]:
        return steps, None
    (above, _), *_ = _before(steps, key)
    mine = next(step for step in steps if step["key"] == key)
    for step, way in _before(steps, above["key"]):
        step[way] = key
    above[THEN], mine[THEN] = mine[THEN], above["key"]
    ordered = [step for step in steps if step is not mine]
    ordered.insert(ordered.index(above), mine)
    return ordered, key


def _down(steps: list[Step], key: str) -> tuple[list[Step], str | None]:
    if key not in {step["key"] for step in steps} or not movable(steps, key)[1]:
        return steps, None
    below = next(step for step in steps if step["key"] == key)[THEN]
    return _up(steps, below)[0], key


def _add_variant(steps: list[Step], key: str) -> tuple[list[Step], str | None]:
    for step in steps:
        if step["key"] == key:
            taken = {each["key"] for each in step["variants"]}
            free = next((letter for letter in "abcdefghijklmnopqrst" if letter not in taken), None)
            if free is not None:
                first = step["variants"][0] if step["variants"] else {"subject": "", "body": ""}
                step["variants"].append({**first, "key": free, "weight": 1})
    return steps, key


def _drop_variant(steps: list[Step], key: str, variant: str) -> tuple[list[Step], str | None]:
    for step in steps:
        if step["key"] == key and len(step["variants"]) > 1:
            step["variants"] = [each for each in step["variants"] if each["key"] != variant]
    return steps, key
