"""A sequence under somebody's hands: whatever act, every way leads somewhere and nothing is lost that one keeps."""

from __future__ import annotations

import random

import pytest

from rapport.campaigns import steps as kept_steps
from rapport.console import branches, editing
from rapport.rules.sequences import Sequence, StepKind

START: list[dict] = []


def built(*acts: str) -> list[dict]:
    steps = START
    for act in acts:
        steps, _ = editing.change([dict(each) for each in steps], act)
    return steps


BRANCHED = (
    "add::then:invite",
    "add:invite:then:wait_for",
    "add:accepted:then:message",
    "add:accepted:otherwise:visit",
    "add:visit:then:inmail",
)


def ways(steps: list[dict]) -> dict[str, tuple[str | None, str | None]]:
    return {each["key"]: (each["then"], each["otherwise"]) for each in steps}


def drawn(line: branches.Line) -> list[str]:
    found = []
    for place in line:
        if place.step is not None:
            found.append(place.step["key"])
        for way in (place.yes, place.no):
            found += drawn(way) if way is not None else []
    return found


def test_acts_build_a_line_that_parts_where_a_step_waits():
    steps = built(*BRANCHED)

    assert ways(steps) == {
        "invite": ("accepted", None),
        "accepted": ("message", "visit"),
        "message": (None, None),
        "visit": ("inmail", None),
        "inmail": (None, None),
    }
    assert sorted(drawn(branches.draw(steps))) == sorted(ways(steps))


def test_a_step_that_is_taken_out_is_bridged_and_a_branch_goes_with_the_step_that_made_it():
    assert ways(built(*BRANCHED, "remove:visit"))["accepted"] == ("message", "inmail")
    assert ways(built(*BRANCHED, "remove:accepted")) == {"invite": ("message", None), "message": (None, None)}
    assert next(iter(ways(built(*BRANCHED, "remove:invite")))) == "accepted"


def test_steps_change_places_within_their_line_and_not_across_a_branch():
    swapped = built(*BRANCHED, "up:inmail")
    assert ways(swapped)["accepted"] == ("message", "inmail")
    assert ways(swapped)["inmail"] == ("visit", None)
    assert ways(built(*BRANCHED, "down:visit")) == ways(swapped)
    assert built(*BRANCHED, "up:message") == built(*BRANCHED)
    assert editing.movable(built(*BRANCHED), "invite") == (False, False)


def test_a_new_variant_begins_as_the_first_and_the_last_one_stays():
    steps = built("add::then:message", "variant:message", "drop:message:a", "drop:message:b")

    assert [each["key"] for each in steps[0]["variants"]] == ["b"]


@pytest.mark.parametrize(
    "act", ["", "add", "add:x:then:message", "add::sideways:message", "remove:x", "up:x", "fly:invite"]
)
def test_an_act_that_makes_no_sense_changes_nothing(act):
    assert built(*BRANCHED, act) == built(*BRANCHED)


def test_whatever_is_done_every_step_is_reached_and_is_what_the_rules_take(seed):
    drawing = random.Random(seed)
    steps: list[dict] = []
    for _ in range(400):
        keys = [each["key"] for each in steps] or [""]
        key, kind = drawing.choice(keys), drawing.choice([*StepKind, *[StepKind.WAIT_FOR] * 6]).value
        act = drawing.choice(
            [f"add:{key}:then:{kind}", f"add:{key}:otherwise:{kind}", f"remove:{key}", f"up:{key}", f"down:{key}"]
        )
        if "otherwise" in act and (not steps or not branches.parts(next(each for each in steps if each["key"] == key))):
            continue
        steps, _ = editing.change([dict(each) for each in steps], act)
        assert branches.unreached(steps) == [], act
        assert sorted(drawn(branches.draw(steps))) == sorted(each["key"] for each in steps), act
        assert Sequence("a", 1, kept_steps.given(steps)).start == (steps[0]["key"] if steps else None)
