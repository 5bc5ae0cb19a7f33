"""Calling a fake the way its server does, without a socket."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import orjson

from rapport_sandbox.wire import Answer, App, Request

NOON = 1_772_452_800.0
"""2026-03-02 12:00 UTC, a Monday: stories begin here unless they say otherwise."""


class Caller:
    """One client of one fake, with its credentials."""

    def __init__(self, app: App, **headers: str) -> None:
        self.app = app
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def __call__(
        self,
        method: str,
        url: str,
        payload: object = None,
        *,
        at: float = NOON,
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """Send one request; a header given as "" is left out."""
        parts = urlsplit(url)
        given = {"content-type": "application/json", **self.headers}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = body if body is not None else b"" if payload is None else orjson.dumps(payload)
        request = Request(
            method,
            parts.path,
            tuple(parse_qsl(parts.query)),
            {name: value for name, value in given.items() if value},
            sent,
        )
        return self.app.handle(request, at)


def said(answer: Answer) -> object:
    """The answer's JSON."""
    return orjson.loads(answer.body)
