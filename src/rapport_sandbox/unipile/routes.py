"""Which call goes to which endpoint: by method and path, without a regular expression a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rapport_sandbox.unipile.call import Call
from rapport_sandbox.wire import Answer

Endpoint = Callable[[Call], Answer]
_ANY = "*"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the API. `name` is what faults and the ledger call it."""

    method: str
    path: str
    name: str
    endpoint: Endpoint


class Routes:
    """All routes, found by their number of segments first."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.all = routes
        self._by_length: dict[int, list[tuple[tuple[str, ...], Route]]] = {}
        for route in routes:
            segments = tuple(route.path.strip("/").split("/"))
            self._by_length.setdefault(len(segments), []).append((segments, route))

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
        """The route and the ids in the path. A literal segment wins by standing earlier in the table."""
        segments = path.strip("/").split("/")
        for pattern, route in self._by_length.get(len(segments), ()):
            if route.method == method and _fits(pattern, segments):
                ids = tuple(segment for part, segment in zip(pattern, segments, strict=True) if part == _ANY)
                return route, ids
        return None

    def methods(self, path: str) -> list[str]:
        """Which methods the path knows."""
        return sorted({route.method for route in self.all if self.find(route.method, path)})


def _fits(pattern: tuple[str, ...], segments: list[str]) -> bool:
    return all(part in (_ANY, segment) for part, segment in zip(pattern, segments, strict=True)) and all(segments)
