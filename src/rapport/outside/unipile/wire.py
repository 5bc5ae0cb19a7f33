"""The wire: an address, a request on it, and one fetch within the limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

from rapport.outside.web import Answer, Fault, NoAnswerError, fetch, new_session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rapport.outside.unipile.options import Timekeeping, UnipileOptions

Parameter = str | int | bool | datetime | None
FormField = tuple[str, tuple[str | None, str | bytes] | tuple[str, bytes, str]]
"""A field of a multipart form, as requests takes it: name, then file name or None, then content."""


class BadIdentifierError(ValueError):
    """An identifier that would make another address of the path. Nothing was sent."""


class Wire:
    """Makes requests to the provider and fetches their answers. `keep_alive`: over kept connections."""

    def __init__(self, options: UnipileOptions, *, timekeeping: Timekeeping, keep_alive: bool) -> None:
        self._options = options
        self._time = timekeeping
        self._session = new_session(
            connect_seconds=options.connect_seconds,
            read_seconds=options.read_seconds,
            keep_alive=keep_alive,
        )
        self._session.headers["X-API-KEY"] = options.api_key
        self._session.headers["User-Agent"] = "rapport"

    def close(self) -> None:
        """Give the pooled connections back."""
        self._session.close()

    def request(
        self,
        method: str,
        segments: Sequence[str],
        *,
        query: Mapping[str, Parameter] | None = None,
        json: dict[str, Any] | None = None,
        form: Sequence[FormField] | None = None,
        accept: str = "application/json",
    ) -> requests.Request:
        """A request for the path made of `segments`, each of them one segment whatever is in it."""
        path = "/".join(_segment(segment) for segment in segments)
        return requests.Request(
            method,
            f"{self._options.base_url}/{path}",
            params=[(name, _spelt(value)) for name, value in (query or {}).items() if value is not None],
            json=json,
            files=form,
            headers={"Accept": accept},
        )

    def fetch(self, request: requests.Request, *, max_bytes: int) -> Answer | Fault:
        """The whole answer, or why there is none."""
        try:
            return fetch(
                self._session,
                request,
                seconds=self._options.total_seconds,
                max_bytes=max_bytes,
                monotonic=self._time.stopwatch,
            )
        except NoAnswerError as nothing:
            return nothing.fault


def spelt_instant(at: datetime) -> str:
    """As the provider's schema wants it: `2026-11-21T09:30:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _segment(value: str) -> str:
    if not value.strip("."):
        # Nothing, and dots, are how one writes another path: DELETE /accounts/.. must not become DELETE /.
        raise BadIdentifierError("An identifier may not be empty or dots.")
    return quote(value, safe="")


def _spelt(value: Parameter) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return spelt_instant(value)
    return str(value)
