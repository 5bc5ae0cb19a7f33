"""Whether a campaign was open at an instant, from nothing but the wall clock.

The instant is turned into local wall time and looked up: the weekday's windows, the weekend, the dates off.
Two hours of the year need a word. A wall time that clocks skip never occurs, so no instant leads to it. A
wall time that occurs twice counts the first time only: 01:30 in the repeated hour is closed.
"""

from __future__ import annotations

from datetime import datetime

from .history import zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def closed_because(campaign: dict[str, object], at: float) -> str | None:
    """Why the campaign was closed at an instant; None when it was open."""
    wall = datetime.fromtimestamp(at, zone(campaign["timezone"]))
    day = DAYS[wall.weekday()]
    said = wall.isoformat(sep=" ", timespec="seconds")
    if wall.date().isoformat() in campaign.get("dates_off", []):
        return f"{said} is a date off"
    if day in {"sat", "sun"} and not campaign.get("sends_on_weekend"):
        return f"{said} is on a weekend"
    if wall.fold:
        return f"{said} is in an hour that occurs a second time"
    windows = campaign["windows"].get(day, [])
    # Compared as text, to the microsecond: `09:00:00.000000` comes after `09:00`, `16:59:59.999999` before
    # `17:00`, and `24:00` after every time there is.
    clock = wall.strftime("%H:%M:%S.%f")
    if not any(start <= clock < end for start, end in windows):
        return f"{said} is outside {windows or 'every window'}"
    return None
