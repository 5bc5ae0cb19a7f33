"""Where a page's streams begin: at the newest event it shows, so that nothing falls between the page and its stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rapport.console.visits import Visit
from rapport.events.api import list_timeline

MOST_STREAMS = 3
"""Browsers hold few connections to one host. A page about more clients than this asks now and then instead."""


def streams(visit: Visit, also: str | None = None) -> list[dict[str, Any]]:
    """Each client that the page is about, and `also` whose conversation is open, with the number it is shown up to."""
    about = [visit.client] if visit.client is not None else visit.clients
    ids = [each["id"] for each in about] if len(about) <= MOST_STREAMS else []
    if also is not None and also not in ids:
        ids.append(also)
    return streams_of(visit, ids)


def streams_of(visit: Visit, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Some clients, each with the number it is shown up to."""
    return [{"client": each, "after": _newest(visit, each)} for each in ids]


def asks(visit: Visit) -> bool:
    """Whether the page is about more clients than it listens to."""
    return visit.client is None and len(visit.clients) > MOST_STREAMS


def _newest(visit: Visit, client_id: str) -> int:
    found = visit.ask.read(list_timeline, {"filter[client_id]": client_id, "limit": "1"})["items"]
    return int(found[0]["seq"]) if found else 0
