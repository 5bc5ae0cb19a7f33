"""Pages made of templates: everything that is filled in is escaped, and a name that is missing is a defect."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from rapport.console import assets, words

_FOLDER = Path(__file__).parent / "templates"
_NOTHING = "\N{EN DASH}"
_SOON = timedelta(seconds=45)
_LONGEST_RELATIVE = timedelta(days=7)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {
        "asset": assets.address,
        "status_of": words.status,
        "KINDS": words.KINDS,
        "ASKED": words.ASKED,
        "BUDGETS": words.BUDGETS,
        "FIELDS": words.FIELDS,
        "query": query,
    }
    made.filters |= {
        "when": when,
        "at": exact,
        "day": day,
        "clock": clock,
        "plain": words.plain,
        "count": count,
        "delay": delay,
        "initials": initials,
        "whole": whole,
        "size": size,
        "seconds": seconds,
    }
    return made


def render(template: str, **what: Any) -> str:
    """A page or a part of one."""
    return _environment().get_template(template).render(**what)


def query(**parameters: Any) -> str:
    """A query string of what is not empty."""
    given = {name: value for name, value in parameters.items() if value not in (None, "")}
    return f"?{urlencode(given)}" if given else ""


def _instant(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


@pass_context
def when(context: Context, value: Any) -> Markup | str:
    """An instant beside now, with the exact one on hover; the browser shows both in the viewer's zone."""
    if value is None:
        return _NOTHING
    instant = _instant(value)
    return _time(instant, relative(instant, context["now"]), "relative")


def exact(value: Any) -> Markup | str:
    """An instant in full; the browser shows it in the viewer's zone."""
    if value is None:
        return _NOTHING
    instant = _instant(value)
    return _time(instant, f"{instant.astimezone(UTC):%a %d %b %H:%M} UTC", "exact")


def _time(instant: datetime, text: str, form: str) -> Markup:
    known = instant.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}" data-form="{}">{}</time>').format(
        known.isoformat().replace("+00:00", "Z"), f"{known:%a %d %b %Y, %H:%M} UTC", form, text
    )


def relative(instant: datetime, now: datetime) -> str:
    """An instant as people say it."""
    apart = abs(instant - now)
    if apart < _SOON:
        return "now"
    if apart > _LONGEST_RELATIVE:
        return f"{instant.astimezone(UTC):%d %b %Y}"
    minutes = round(apart.total_seconds() / 60)
    if minutes < 60:
        text = f"{minutes} min"
    elif minutes < 48 * 60:
        text = f"{round(minutes / 60)} h"
    else:
        text = f"{round(minutes / 1440)} days"
    return f"in {text}" if instant > now else f"{text} ago"


def day(value: Any) -> str:
    """A day without a year."""
    return f"{datetime.fromisoformat(value) if isinstance(value, str) else value:%a %d %b}"


def clock(value: Any, zone: str) -> str:
    """The time of day in a zone."""
    return f"{_instant(value).astimezone(ZoneInfo(zone)):%H:%M}"


def count(number: int, one: str, many: str | None = None) -> str:
    """So many of something."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def delay(value: dict[str, Any]) -> str:
    """A delay as people say it."""
    unit = value["unit"].replace("_", " ")
    return f"{value['amount']} {unit.removesuffix('s') if value['amount'] == 1 else unit}"


def initials(name: str) -> str:
    """Up to two letters for a name."""
    return "".join(part[0] for part in name.split()[:2]).upper()


def whole(number: float) -> str:
    """A number without a fraction that says nothing."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"


def size(number: int | None) -> str:
    """So many bytes."""
    if number is None:
        return _NOTHING
    for unit, worth in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if number >= worth:
            return f"{number / worth:,.1f} {unit}"
    return f"{number} B"


def seconds(number: float) -> str:
    """So long."""
    return f"{number * 1000:,.0f} ms" if number < 1 else f"{number:,.1f} s"
