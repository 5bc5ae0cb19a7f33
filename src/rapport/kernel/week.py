"""A week of working windows as it crosses the API: for a campaign, and for a sender with hours of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from rapport.kernel.schema import Body
from rapport.rules.windows import WEEKDAYS, Window, WindowRefusedError, clock_of, minute_of

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_MOST_WINDOWS = 12


def _clock(text: str) -> None:
    if _CLOCK.fullmatch(text) is None:
        raise ValidationError("A time of day such as 09:00; the end of the day is 24:00.")


def _clock_field(about: str) -> fields.Field[Any]:
    return fields.String(required=True, validate=_clock, metadata={"description": about, "format": "clock"})


class WindowSchema(Body):
    """From when until when, on one day."""

    opens = _clock_field("Local wall time, such as 09:00.")
    closes = _clock_field("Local wall time on the same day; 24:00 is its end.")
    example: Any = {"opens": "09:00", "closes": "17:00"}

    @validates_schema
    def _is_a_window(self, data: dict[str, str], **_: Any) -> None:
        try:
            Window(minute_of(data["opens"]), minute_of(data["closes"]))
        except WindowRefusedError as refused:
            raise ValidationError(str(refused)) from None


def _week_of(**more: Any) -> type[Schema]:
    """The schema of a week; `more` is asked of every day."""
    members: dict[str, Any] = {
        day: fields.List(fields.Nested(WindowSchema), validate=validate.Length(max=_MOST_WINDOWS), **more)
        for day in WEEKDAYS
    }
    return Body.from_dict(members, name="Week" if more else "WeekChange")


Week = _week_of(required=True)
"""Every day of it."""
WeekChange = _week_of()
"""The days that are named."""


Stored = list[list[list[int]]]
"""For each weekday from Monday on, its windows as pairs of minutes."""


def stored_day(windows: Sequence[Mapping[str, str]]) -> list[list[int]]:
    """A day's windows as they are stored."""
    return sorted([minute_of(window["opens"]), minute_of(window["closes"])] for window in windows)


def shown_week(stored: Stored) -> dict[str, list[dict[str, str]]]:
    """A stored week as the API shows it."""
    return {
        day: [{"opens": clock_of(opens), "closes": clock_of(closes)} for opens, closes in windows]
        for day, windows in zip(WEEKDAYS, stored, strict=True)
    }
