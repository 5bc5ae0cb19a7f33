"""Answers as charts: what each shows, in which words. Drawn from the answer itself, so picture and numbers agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.analytics.charts import Bar, Series, bars, heat, lines
from rapport.rules.windows import WEEKDAYS

Answer = Mapping[str, Any]


def timeseries(answer: Answer) -> str:
    """Sends, acceptances and replies over the days."""
    shown = (("Sent", "sent"), ("Accepted", "accepted"), ("Replied", "replied"))
    days = answer["days"]
    return lines(
        f"{answer.get('name') or 'All clients'}: day by day",
        f"{_of_days(answer)}: " + ", ".join(f"{name} {sum(day[key] for day in days)}" for name, key in shown) + ".",
        _days(answer),
        [Series(name, [day[key] for day in days]) for name, key in shown],
    )


def _days(answer: Answer) -> list[str]:
    return [f"{day['day']:%d %b}" for day in answer["days"]]


def _of_days(answer: Answer) -> str:
    return f"{answer['from']} to {answer['to']}"


def funnel(answer: Answer) -> str:
    """The stages, one below the other."""
    stages = answer["stages"]
    return bars(
        f"{answer['name']}: how far people came",
        ", ".join(f"{each['stage']} {each['people']}" for each in stages) + ".",
        [
            Bar(each["stage"].capitalize(), each["people"], f"{each['people']}  {_percent(each['of_first'])}".strip())
            for each in stages
        ],
    )


def replies(answer: Answer) -> str:
    """The reply rate of the week before each day."""
    whole = answer["reply"]
    return lines(
        f"{answer['name']}: reply rate, % of the people written to in the week before",
        f"{_of_days(answer)}: {_share(whole)}. Trend: {answer['trend']['verdict'].replace('_', ' ')}.",
        _days(answer),
        [Series("Reply rate", [_hundred(day["week"]["rate"]) for day in answer["days"]])],
    )


def time_to_reply(answer: Answer) -> str:
    """How many replied within how long."""
    median = answer["median_hours"]
    return bars(
        f"{answer['name']}: time to the first reply",
        f"{answer['replied']} replied; half of them within {median} hours." if median is not None else "Nobody yet.",
        [Bar(_stretch(each), each["replied"], str(each["replied"])) for each in answer["buckets"]],
    )


def _stretch(bucket: Answer) -> str:
    if bucket["up_to_hours"] is None:
        return f"Over {_long(bucket['above_hours'])}"
    return f"{_long(bucket['above_hours'])} to {_long(bucket['up_to_hours'])}"


def _long(hours: int) -> str:
    return f"{hours // 24} d" if hours >= 48 else f"{hours} h"


def steps(answer: Answer) -> str:
    """The reply rate of each step."""
    return _rates(f"{answer['name']}: replies by step", [(each["step"], each["reply"]) for each in answer["steps"]])


def variants(answer: Answer) -> str:
    """The reply rate of each variant."""
    found = [(f"{each['step']} · {each['variant']}", each["reply"]) for each in answer["variants"]]
    return _rates(f"{answer['name']}: replies by variant", found)


def accounts(answer: Answer) -> str:
    """The reply rate of each account."""
    found = [(each["account"] or "An account that is gone", each["reply"]) for each in answer["accounts"]]
    return _rates(f"{answer['name']}: replies by account", found)


def campaigns(answer: Answer) -> str:
    """The reply rate of each campaign."""
    found = [(each["campaign"], each["reply"]) for each in answer["campaigns"]]
    return _rates(f"{answer['name']}: replies by campaign", found)


def clients(answer: Answer) -> str:
    """The reply rate of each client."""
    return _rates("Replies by client", [(each["client"], each["reply"]) for each in answer["clients"]])


def _rates(title: str, found: list[tuple[str, Answer]]) -> str:
    items = [Bar(label, each["rate"], _brief(each), each["low"], each["high"]) for label, each in found]
    return bars(title, "; ".join(f"{label}: {_share(each)}" for label, each in found) or "Nothing yet.", items)


def verdicts(answer: Answer) -> str:
    """How far two variants of a step are apart."""
    found = answer["verdicts"]
    return bars(
        f"{answer['name']}: variants against each other",
        " ".join(f"{each['step']}: {each['sentence']}" for each in found) or "No step has two variants.",
        [
            Bar(
                f"{each['step']}: {each[side]}",
                each[f"of_{side}"]["rate"],
                _brief(each[f"of_{side}"]),
                each[f"of_{side}"]["low"],
                each[f"of_{side}"]["high"],
            )
            for each in found
            for side in ("first", "second")
        ],
    )


def best_hours(answer: Answer) -> str:
    """The week as a field of hours: how much of what went out is replied to, as far as that is sure."""
    hours, best = answer["hours"], answer["best"]
    said = f"Best: {best['weekday']} at {best['hour']}." if best["weekday"] else "Nobody has replied yet."
    cells = [[_cell(hours[day * 24 + hour]) for hour in range(24)] for day in range(7)]
    title = f"{answer['name']}: which hours are replied to ({answer['timezone']})"
    return heat(
        title, f"{said} Shown is what the reply rate surely is.", [day[:3].capitalize() for day in WEEKDAYS], cells
    )


def _cell(hour: Answer) -> tuple[float | None, str]:
    return hour["reply"]["low"], f"{hour['weekday']} {hour['hour']}:00, {_share(hour['reply'])}"


def usage(answer: Answer) -> str:
    """What each account has used of its invitations and messages today."""
    items = [
        Bar(f"{each['account']}: {kind}", each[kind]["share"], f"{each[kind]['used']} of {each[kind]['limit']}")
        for each in answer["accounts"]
        for kind in ("invites", "messages")
    ]
    about = "; ".join(f"{item.label} {item.said}" for item in items) or "No account."
    return bars(f"{answer['name']}: used of today's limits", about, items, most=1.0)


def forecast(answer: Answer) -> str:
    """Acceptances and replies to be expected, with their interval."""
    items = [
        Bar(name.capitalize(), each["middle"], f"{each['low']:g} to {each['high']:g}", each["low"], each["high"])
        for name, each in (("accepted", answer["accepted"]), ("replied", answer["replied"]))
    ]
    middle = answer["ends_at"]["middle"]
    ends = f"Done about {middle:%d %B %Y}." if middle is not None else "Not done within a year."
    about = f"{ends} In four of five cases " + ", ".join(f"{item.label.lower()} {item.said}" for item in items) + "."
    return bars(f"{answer['name']}: what is to be expected", about, items)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _hundred(value: float | None) -> float | None:
    return None if value is None else value * 100


def _brief(share: Answer) -> str:
    return f"{_percent(share['rate']) or 'none yet'}  {share['hits']} of {share['of']}"


def _share(share: Answer) -> str:
    if share["rate"] is None:
        return "nothing to count yet"
    interval = f"{share['low']:.0%} to {share['high']:.0%}"
    return f"{share['rate']:.0%} ({share['hits']} of {share['of']}, surely {interval})"
