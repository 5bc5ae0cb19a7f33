"""What is asked of figures: days, campaigns, and the form of the answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from rapport.kernel.schema import Body, id_field

MOST_DAYS = 366
_DAY = "2026-03-02"
_DAYS = (date(2020, 1, 1), date(2099, 12, 31))


def _form(*more: str) -> fields.String:
    return fields.String(
        validate=validate.OneOf(["json", "csv", "xlsx", *more]),
        metadata={"description": "In which form, for whoever cannot send an Accept header."},
    )


class TableQuery(Body):
    """In which form."""

    format = _form()


class PictureQuery(Body):
    """In which form."""

    format = _form("svg")


def _day(about: str) -> fields.Date:
    return fields.Date(validate=validate.Range(*_DAYS), metadata={"description": about})


_Period = Body.from_dict(
    {
        "from": _day("The first local day; without it, all time."),
        "to": _day("The last local day."),
        "format": _form("svg"),
    },
    name="AnalyticsPeriod",
)


class PeriodQuery(_Period):  # type: ignore[misc, valid-type]
    """Which days; both ends or neither."""

    @validates_schema
    def _whole(self, data: dict[str, date], **_: Any) -> None:
        _in_order(data)


def _in_order(data: dict[str, Any]) -> None:
    first, last = data.get("from"), data.get("to")
    if (first is None) != (last is None):
        raise ValidationError({"to": ["Give the first day and the last, or neither."]})
    if first is not None and last is not None and not 0 <= (last - first).days < MOST_DAYS:
        raise ValidationError({"from": [f"Must lie before `to`, by less than {MOST_DAYS} days."]})


_SeriesBase = Body.from_dict(
    {
        "from": _day("The first day; the last thirty days unless told."),
        "to": _day("The last day."),
        "clock": fields.String(
            validate=validate.OneOf(["local", "utc"]),
            metadata={"description": "Days of the campaign's or the client's timezone, or of UTC; local unless told."},
        ),
        "format": _form("svg"),
    },
    name="AnalyticsDays",
)


class SeriesQuery(_SeriesBase):  # type: ignore[misc, valid-type]
    """Which days, by whose clock."""

    @validates_schema
    def _whole(self, data: dict[str, Any], **_: Any) -> None:
        _in_order(data)


_OfOne = Body.from_dict(
    {
        "client_id": id_field(metadata={"description": "Of one client; of all the caller sees unless told."}),
        "from": _day("The first day; the last thirty days unless told."),
        "to": _day("The last day."),
        "format": _form("svg"),
    },
    name="DashboardDays",
)


class DashboardSeriesQuery(_OfOne):  # type: ignore[misc, valid-type]
    """Whose days, and which."""

    @validates_schema
    def _whole(self, data: dict[str, Any], **_: Any) -> None:
        _in_order(data)


class DashboardQuery(Body):
    """Whose."""

    client_id = id_field(metadata={"description": "Of one client; of all the caller sees unless told."})


class SnapshotQuery(Body):
    """Whose."""

    client_id = id_field(required=True)
