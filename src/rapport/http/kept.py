"""Answers from the cache, given before the application is asked.

A caller who is known asks for what was kept for them: routing, schema and view have nothing to add, and they
are most of the cost. Whatever is not exactly that goes on to the application, which answers as if this were
not here. Limits, permissions and the version of the data are looked at here as there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from rapport.http import cache, formats
from rapport.http.context import Service
from rapport.http.declaration import Operation
from rapport.http.etags import matches
from rapport.kernel.errors import RapportError

_OK, _UNCHANGED = (f"{status.value} {status.phrase}" for status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED))


class Kept:
    """Wraps the application."""

    def __init__(
        self, app: Callable[..., Iterable[bytes]], service: Service, cached: list[tuple[str, Operation]]
    ) -> None:
        """`cached` are the operations whose answers are kept, each with its route."""
        self._app = app
        self._service = service
        self._cached = cached
        self._paths = re.compile("|".join(f"({_pattern(route)})" for route, _ in cached))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        found = self._find(environ)
        if found is None:
            return self._app(environ, start_response)
        kept, operation = found
        headers = cache.headers(kept.etag, "hit", operation)
        given = environ.get("HTTP_IF_NONE_MATCH")
        if given is not None and matches(given, kept.etag):
            start_response(_UNCHANGED, headers)
            return [b""]
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(kept.body)))]
        start_response(_OK, headers)
        return [kept.body]

    def _find(self, environ: dict[str, Any]) -> tuple[cache.Cached, Operation] | None:
        asked = self._asked(environ)
        if asked is None:
            return None
        route, operation = asked
        service = self._service
        try:
            principal = service.door.remembered(environ)
        except RapportError:
            return None
        if principal is None or principal.permissions.isdisjoint(operation.may):
            return None
        allowance = service.counters.hit("api", principal.actor.id or "-", limit=service.settings.rate_limit_per_minute)
        environ["rapport.allowance"] = allowance
        if not allowance.allowed:
            return None
        environ["rapport.route"] = route
        environ["rapport.principal"] = principal
        try:
            key = environ["rapport.cache_key"] = cache.key_of(service, principal, environ)
        except SQLAlchemyError:
            return None
        kept = cache.find(service, key)
        return None if kept is None else (kept, operation)

    def _asked(self, environ: dict[str, Any]) -> tuple[str, Operation] | None:
        match = self._paths.fullmatch(environ["PATH_INFO"])
        if match is None or environ["REQUEST_METHOD"] != "GET" or cache.bypassed(environ):
            return None
        route, operation = self._cached[(match.lastindex or 1) - 1]
        return (route, operation) if formats.wants_json(environ, operation) else None


def _pattern(route: str) -> str:
    """What paths of a route look like. It may be too wide: nothing is kept for what is no path of the route."""
    return "[^/]+".join(re.escape(part) for part in re.split(r"<[^>]+>", route))
