"""Everything that is wrong with a sequence, all at once, each named by code, sentence and step.

A sequence is walked along every branch with what is then known of the connection: a message is in order after
an invitation or once connected, and out of order on the branch on which nobody accepted.
Example: invite → wait for `connected` → otherwise a message: `message_without_connection` at that message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from rapport.rules.delays import MOST_DAYS, Delay, Unit
from rapport.rules.sequences import Asked, Sequence, Step, StepKind, Variant
from rapport.rules.template import LONGEST

MOST_STEPS = 50
MOST_VARIANTS = 8
_NEEDS_TEXT = frozenset({StepKind.MESSAGE, StepKind.INMAIL, StepKind.EMAIL})
_NEEDS_SUBJECT = frozenset({StepKind.INMAIL, StepKind.EMAIL})
_MOST: dict[Unit, int] = {
    Unit.MINUTES: MOST_DAYS * 24 * 60,
    Unit.HOURS: MOST_DAYS * 24,
    Unit.DAYS: MOST_DAYS,
    Unit.WORKING_DAYS: MOST_DAYS,
}


class ProblemCode(StrEnum):
    EMPTY = "empty"
    TOO_MANY_STEPS = "too_many_steps"
    TOO_MANY_VARIANTS = "too_many_variants"
    DUPLICATE_KEY = "duplicate_key"
    DUPLICATE_VARIANT = "duplicate_variant"
    UNKNOWN_STEP = "unknown_step"
    UNREACHABLE = "unreachable"
    LOOP = "loop"
    NO_CONDITION = "no_condition"
    CONDITION_ON_ACTION = "condition_on_action"
    TAG_MISSING = "tag_missing"
    DELAY_ON_WAIT = "delay_on_wait"
    DELAY_OUT_OF_RANGE = "delay_out_of_range"
    NO_TEXT = "no_text"
    NO_SUBJECT = "no_subject"
    WEIGHT = "weight"
    MESSAGE_WITHOUT_CONNECTION = "message_without_connection"
    INVITE_WHEN_CONNECTED = "invite_when_connected"
    WITHDRAW_WITHOUT_INVITE = "withdraw_without_invite"
    TEXT_BROKEN = "text_broken"
    TEXT_TOO_LONG = "text_too_long"
    VARIABLE_MISSING = "variable_missing"


_SENTENCES: dict[ProblemCode, str] = {
    ProblemCode.EMPTY: "The sequence has no step.",
    ProblemCode.TOO_MANY_STEPS: "The sequence has {count} steps; {most} are the most.",
    ProblemCode.TOO_MANY_VARIANTS: "The step has {count} variants; {most} are the most.",
    ProblemCode.DUPLICATE_KEY: "Two steps have the key {key}.",
    ProblemCode.DUPLICATE_VARIANT: "Two variants of the step have the key {key}.",
    ProblemCode.UNKNOWN_STEP: "The step leads to {key}, which does not exist.",
    ProblemCode.UNREACHABLE: "No path leads to this step.",
    ProblemCode.LOOP: "The path leads back to this step.",
    ProblemCode.NO_CONDITION: "The step waits for nothing: give it a condition.",
    ProblemCode.CONDITION_ON_ACTION: "Only a waiting step has a condition, a time to wait and another path.",
    ProblemCode.TAG_MISSING: "The condition asks for a tag and names none.",
    ProblemCode.DELAY_ON_WAIT: "A waiting step has no delay of its own: say how long it waits.",
    ProblemCode.DELAY_OUT_OF_RANGE: "A delay lies between 0 and {most} {unit}.",
    ProblemCode.NO_TEXT: "The step says nothing.",
    ProblemCode.NO_SUBJECT: "The step has no subject.",
    ProblemCode.WEIGHT: "The variants' weights are not negative and not all 0.",
    ProblemCode.MESSAGE_WITHOUT_CONNECTION: "A message reaches only connected people, and on this path nobody is.",
    ProblemCode.INVITE_WHEN_CONNECTED: "On this path everybody is connected already.",
    ProblemCode.WITHDRAW_WITHOUT_INVITE: "On this path there is no invitation to withdraw.",
    ProblemCode.TEXT_BROKEN: "The text cannot be made: {why}",
    ProblemCode.TEXT_TOO_LONG: "The text has {length} characters for {count} leads; {most} are the most.",
    ProblemCode.VARIABLE_MISSING: "{count} leads lack {variable}.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and at which step."""

    code: ProblemCode
    step: str | None
    details: Mapping[str, object]

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.code].format(**self.details)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of a wording when it was made for the campaign's leads."""

    broken: str | None
    """Why it cannot be made for anybody."""
    longest: int
    """Characters of the longest text."""
    too_long: int
    """For how many leads it is longer than its step allows."""
    missing: Mapping[str, int]
    """For each variable without a value or a fallback: how many leads lack it."""


Render = Callable[[Step, Variant], Rendered]


def problems(sequence: Sequence, *, all_connected: bool, render: Render | None) -> list[Problem]:
    """Every problem of a sequence. `all_connected` when it is for people who are connected already."""
    if not sequence.steps:
        return [_problem(ProblemCode.EMPTY, None)]
    found = [*_of_whole(sequence), *(problem for step in sequence.steps for problem in _of_step(step, sequence))]
    if not any(problem.code is ProblemCode.DUPLICATE_KEY for problem in found):
        found += _of_paths(sequence, all_connected=all_connected)
    if render is not None:
        found += [problem for step in sequence.steps for problem in _of_texts(step, render)]
    return found


def _problem(code: ProblemCode, step: str | None, **details: object) -> Problem:
    return Problem(code, step, details)


def _of_whole(sequence: Sequence) -> Iterator[Problem]:
    if len(sequence.steps) > MOST_STEPS:
        yield _problem(ProblemCode.TOO_MANY_STEPS, None, count=len(sequence.steps), most=MOST_STEPS)
    for key, count in Counter(step.key for step in sequence.steps).items():
        if count > 1:
            yield _problem(ProblemCode.DUPLICATE_KEY, key, key=key)


def _of_step(step: Step, sequence: Sequence) -> Iterator[Problem]:
    for key in (step.then, step.otherwise):
        if key is not None and sequence.step(key) is None:
            yield _problem(ProblemCode.UNKNOWN_STEP, step.key, key=key)
    for delay in (step.delay, step.within):
        if delay is not None and not 0 <= delay.amount <= _MOST[delay.unit]:
            yield _out_of_range(step, delay)
    yield from _of_wait(step) if step.kind is StepKind.WAIT_FOR else _of_action(step)


def _of_wait(step: Step) -> Iterator[Problem]:
    if step.condition is None:
        yield _problem(ProblemCode.NO_CONDITION, step.key)
    elif step.condition.asked is Asked.TAG and not step.condition.tag:
        yield _problem(ProblemCode.TAG_MISSING, step.key)
    if step.delay.amount:
        yield _problem(ProblemCode.DELAY_ON_WAIT, step.key)


def _of_action(step: Step) -> Iterator[Problem]:
    if step.condition is not None or step.within is not None or step.otherwise is not None:
        yield _problem(ProblemCode.CONDITION_ON_ACTION, step.key)
    if len(step.variants) > MOST_VARIANTS:
        yield _problem(ProblemCode.TOO_MANY_VARIANTS, step.key, count=len(step.variants), most=MOST_VARIANTS)
    for key, count in Counter(variant.key for variant in step.variants).items():
        if count > 1:
            yield _problem(ProblemCode.DUPLICATE_VARIANT, step.key, key=key)
    weights = [variant.weight for variant in step.variants]
    if weights and (min(weights) < 0 or not any(weights)):
        yield _problem(ProblemCode.WEIGHT, step.key)
    if step.kind in _NEEDS_TEXT and not (step.variants and all(variant.body.strip() for variant in step.variants)):
        yield _problem(ProblemCode.NO_TEXT, step.key)
    if step.kind in _NEEDS_SUBJECT and not all(variant.subject.strip() for variant in step.variants):
        yield _problem(ProblemCode.NO_SUBJECT, step.key)


def _out_of_range(step: Step, delay: Delay) -> Problem:
    unit = delay.unit.value.replace("_", " ")
    return _problem(ProblemCode.DELAY_OUT_OF_RANGE, step.key, most=_MOST[delay.unit], unit=unit)


class _Known(StrEnum):
    """What a path knows of the connection."""

    STRANGER = "stranger"
    INVITED = "invited"
    CONNECTED = "connected"
    DECLINED = "declined"


def _of_paths(sequence: Sequence, *, all_connected: bool) -> Iterator[Problem]:
    """What shows only on the way: loops, steps without a way, and steps that cannot do anything where they stand."""
    loops = _loops(sequence)
    yield from (_problem(ProblemCode.LOOP, key) for key in loops)
    start = (sequence.steps[0].key, _Known.CONNECTED if all_connected else _Known.STRANGER)
    walked, waiting = {start}, [start]
    wrong: dict[tuple[str, ProblemCode], Problem] = {}
    while waiting:
        key, known = waiting.pop()
        step = sequence.step(key)
        if step is None:
            continue
        code = _out_of_place(step, known, all_connected=all_connected)
        if code is not None:
            wrong.setdefault((key, code), _problem(code, key))
        for after, then_known in _ways(step, known):
            if after is not None and (after, then_known) not in walked:
                walked.add((after, then_known))
                waiting.append((after, then_known))
    yield from wrong.values()
    reached = {key for key, _ in walked}
    yield from (_problem(ProblemCode.UNREACHABLE, step.key) for step in sequence.steps if step.key not in reached)


def _ways(step: Step, known: _Known) -> Iterator[tuple[str | None, _Known]]:
    """Where a step leads, and what is known there."""
    asks_connected = step.condition is not None and step.condition.asked is Asked.CONNECTED
    if step.kind is StepKind.WAIT_FOR and asks_connected:
        yield step.then, _Known.CONNECTED
        if step.within is not None:
            yield step.otherwise, known if known in {_Known.STRANGER, _Known.CONNECTED} else _Known.DECLINED
        return
    if step.kind is StepKind.WAIT_FOR:
        if step.within is not None:
            yield step.otherwise, known
    elif step.kind is StepKind.INVITE and known is not _Known.CONNECTED:
        known = _Known.INVITED
    elif step.kind is StepKind.WITHDRAW and known is not _Known.CONNECTED:
        known = _Known.STRANGER
    yield step.then, known


def _out_of_place(step: Step, known: _Known, *, all_connected: bool) -> ProblemCode | None:
    if step.kind is StepKind.MESSAGE and known in {_Known.STRANGER, _Known.DECLINED}:
        return ProblemCode.MESSAGE_WITHOUT_CONNECTION
    if step.kind is StepKind.INVITE and known is _Known.CONNECTED and not all_connected:
        return ProblemCode.INVITE_WHEN_CONNECTED
    if step.kind is StepKind.WITHDRAW and known is _Known.STRANGER:
        return ProblemCode.WITHDRAW_WITHOUT_INVITE
    return None


def _loops(sequence: Sequence) -> list[str]:
    """The steps that some path leads back to."""
    found: list[str] = []
    done: set[str] = set()
    for first in sequence.steps:
        path: list[tuple[str, list[str]]] = [] if first.key in done else [(first.key, _after(first))]
        on_path = {first.key}
        while path:
            key, left = path[-1]
            step = sequence.step(left.pop()) if left else None
            if step is not None and step.key in on_path:
                found.append(step.key)
            elif step is not None and step.key not in done:
                on_path.add(step.key)
                path.append((step.key, _after(step)))
            elif not left:
                done.add(key)
                on_path.discard(key)
                path.pop()
    return list(dict.fromkeys(found))


def _after(step: Step) -> list[str]:
    return [key for key in (step.then, step.otherwise) if key is not None]


def _of_texts(step: Step, render: Render) -> Iterator[Problem]:
    most = LONGEST.get(step.kind)
    for variant in step.variants:
        rendered = render(step, variant)
        if rendered.broken is not None:
            yield _problem(ProblemCode.TEXT_BROKEN, step.key, why=rendered.broken, variant=variant.key)
            continue
        if most is not None and rendered.too_long:
            length, count = rendered.longest, rendered.too_long
            yield _problem(
                ProblemCode.TEXT_TOO_LONG, step.key, length=length, count=count, most=most, variant=variant.key
            )
        for name, count in sorted(rendered.missing.items()):
            yield _problem(ProblemCode.VARIABLE_MISSING, step.key, variable=name, count=count, variant=variant.key)
