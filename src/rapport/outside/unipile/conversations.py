"""The older names of the chat routes, for clusters that do not have the newer ones.

`/chats` is asked first, always. Only when the route is missing (404) or broken (5xx) is `/conversations`
asked, and only by reads: a write that met a 5xx may have happened, and a second route is a second send.

A list's cursor belongs to the route that gave it. One from the older route is marked, so that the next page
is asked of that route and no cursor ever reaches a route that does not know it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from rapport.outside.unipile import records
from rapport.ports.unipile import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from rapport.outside.unipile.reads import Reads
    from rapport.outside.unipile.wire import Parameter
    from rapport.ports.unipile_records import Page

T = TypeVar("T")

_MARK = "conversations:"
_NAMES = {"chats": "conversations", "attendees": "participants"}


def get(reads: Reads, route: str, segments: Sequence[str], *, make: Callable[[dict[str, Any]], T | None]) -> T:
    """A read of the route under `/chats`, or under its older name."""
    return _either(
        lambda: reads.get(route, segments, make=make),
        lambda: reads.get(_older(route), _older_segments(segments), make=make),
    )


def get_page(
    reads: Reads,
    route: str,
    segments: Sequence[str],
    *,
    make: Callable[[dict[str, Any]], T | None],
    query: Mapping[str, Parameter],
    cursor: str | None,
) -> Page[T]:
    """A page of the list under `/chats`, or under its older name."""

    def newer() -> Page[T]:
        return reads.get(route, segments, make=records.page_of(make), query={**query, "cursor": cursor})

    def older() -> Page[T]:
        page = reads.get(
            _older(route),
            _older_segments(segments),
            make=records.page_of(make),
            query={**query, "cursor": cursor.removeprefix(_MARK) if cursor is not None else None},
        )
        return page if page.cursor is None else replace(page, cursor=f"{_MARK}{page.cursor}")

    if cursor is None:
        return _either(newer, older)
    return older() if cursor.startswith(_MARK) else newer()


def _either(newer: Callable[[], T], older: Callable[[], T]) -> T:
    try:
        return newer()
    except ReadError as failure:
        if failure.status is None or (failure.status != 404 and failure.status < 500):
            raise
        first = failure
    try:
        return older()
    except ReadError:
        # Both failed: what today's route says is what an operator can act on.
        raise first from None


def _older(route: str) -> str:
    for newer, older in _NAMES.items():
        route = route.replace(newer, older)
    return route


def _older_segments(segments: Sequence[str]) -> list[str]:
    """Names and ids take turns in a path: only the names are renamed."""
    return [_NAMES.get(segment, segment) if place % 2 == 0 else segment for place, segment in enumerate(segments)]
