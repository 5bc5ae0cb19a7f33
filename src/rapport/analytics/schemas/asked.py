"""What is asked of figures: days, campaigns, and the form of the answer."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from rapport.kernel.schema import EXAMPLE_ID, Body, Pattern, id_field

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


def _day(about: str, **more: Any) -> fields.Date:
    return fields.Date(**more, validate=validate.Range(*_DAYS), metadata={"description": about})


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


_DAYS_BY_A_CLOCK = {
    "from": _day("The first day; the last thirty days unless told."),
    "to": _day("The last day."),
    "clock": fields.String(
        validate=validate.OneOf(["local", "utc"]),
        metadata={"description": "Days of the campaign's or the client's timezone, or of UTC; local unless told."},
    ),
}
_SeriesBase = Body.from_dict({**_DAYS_BY_A_CLOCK, "format": _form("svg")}, name="AnalyticsDays")
_DaysBase = Body.from_dict({**_DAYS_BY_A_CLOCK, "format": _form()}, name="AnalyticsDaysTable")


class SeriesQuery(_SeriesBase):  # type: ignore[misc, valid-type]
    """Which days, by whose clock."""

    @validates_schema
    def _whole(self, data: dict[str, Any], **_: Any) -> None:
        _in_order(data)


class DaysQuery(_DaysBase):  # type: ignore[misc, valid-type]
    """Which days, by whose clock, of what is no picture."""

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


_LocalBase = Body.from_dict(
    {
        "from": _day("The first day; the last thirty days unless told."),
        "to": _day("The last day."),
        "format": _form(),
    },
    name="ExternalDays",
)


class ExternalQuery(_LocalBase):  # type: ignore[misc, valid-type]
    """Which days, as they were told."""

    @validates_schema
    def _whole(self, data: dict[str, Any], **_: Any) -> None:
        _in_order(data)


class ExternalValueIn(Body):
    """One figure of a day that is counted elsewhere."""

    metric = fields.String(
        required=True,
        validate=Pattern(r"^external\.[a-z][a-z0-9_]{0,39}$", error="No figure that is counted elsewhere: {input}."),
        metadata={
            "description": "external.meetings_held, external.deals, external.spend, external.revenue, or another."
        },
    )
    day = _day("The day it belongs to, by the client's calendar.", required=True)
    dim_id = id_field(
        load_default=None, allow_none=True, metadata={"description": "The campaign; null for the client as a whole."}
    )
    value = fields.Float(required=True, validate=validate.Range(-1e12, 1e12))
    example: ClassVar = {"metric": "external.revenue", "day": _DAY, "dim_id": None, "value": 2400}


class ExternalIn(Body):
    """Figures of a client that are counted elsewhere; each is of the client or of a campaign, never of both."""

    client_id = id_field(required=True)
    values = fields.List(fields.Nested(ExternalValueIn), required=True, validate=validate.Length(1, 1000))
    example: ClassVar = {"client_id": EXAMPLE_ID, "values": [ExternalValueIn.example]}


class SnapshotQuery(Body):
    """Whose."""

    client_id = id_field(required=True)
