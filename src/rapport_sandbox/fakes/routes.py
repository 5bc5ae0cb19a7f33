"""Which handler answers a request: method and path pattern, with a name for the ledger.

A pattern is a path in which `{}` stands for one segment: `/emails/{}/cancel`. The `kind` is what the
ledger calls the request, also when it is refused or never answered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rapport_sandbox.wire import Answer, Request

Handler = Callable[..., "Answer"]
"""`handler(request, now, *segments)`, where the segments are what stood at each `{}`."""


@dataclass(frozen=True, slots=True)
class Route:
    """One line of a service's API."""

    method: str
    pattern: str
    kind: str
    handler: Handler
    regex: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        segments = "([^/]+)".join(re.escape(part) for part in self.pattern.split("{}"))
        object.__setattr__(self, "regex", re.compile(segments))


def find(routes: tuple[Route, ...], request: Request) -> tuple[Route, tuple[str, ...]] | None:
    """The first route that fits, with the segments it captured."""
    for route in routes:
        if route.method == request.method and (match := route.regex.fullmatch(request.path)):
            return route, match.groups()
    return None
