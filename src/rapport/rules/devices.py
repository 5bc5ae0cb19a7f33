"""What somebody came with, by the word their browser sends: a phone, a tablet, a computer, or a program.

It is for counting, not for deciding: whoever says nothing that is known came with nothing known.
Example: "Mozilla/5.0 (iPhone; …)" is a phone, "python-requests/2.32" a program.
"""

from __future__ import annotations

from enum import StrEnum


class Device(StrEnum):
    MOBILE = "mobile"
    TABLET = "tablet"
    DESKTOP = "desktop"
    PROGRAM = "program"


_SIGNS: tuple[tuple[Device, tuple[str, ...]], ...] = (
    (Device.PROGRAM, ("bot", "crawl", "spider", "curl/", "python-", "wget/", "n8n", "go-http-client", "axios/")),
    (Device.TABLET, ("ipad", "tablet", "kindle", "silk/")),
    (Device.MOBILE, ("iphone", "ipod", "android", "mobile")),
    (Device.DESKTOP, ("windows", "macintosh", "x11", "cros", "linux")),
)
"""The first that fits holds: an Android tablet says both."""
_LONGEST = 400


def device(user_agent: str | None) -> Device | None:
    """The kind of device that a User-Agent speaks of."""
    said = (user_agent or "")[:_LONGEST].lower()
    if "android" in said and "mobile" not in said:
        return Device.TABLET
    return next((kind for kind, signs in _SIGNS if any(sign in said for sign in signs)), None)
