"""What pages of other sites may ask from a browser, where an operation lets some of them in.

Which ones may be known only by what is asked for: a form names its own sites. The settings' origins may ask for
everything (`front.py`); these may ask for this.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import Request

from rapport.kernel.errors import ORIGIN_NOT_ALLOWED, RapportError

Origins = Callable[[Any, Mapping[str, Any]], Collection[str]]
"""The service and the path's arguments → the origins that may ask."""
CROSSED = "rapport.crossed"
_SECONDS = "600"
_HEADERS = "Content-Type, Idempotency-Key"
_SHOWN = "Retry-After, X-Request-Id, Idempotent-Replayed"


def let_in(request: Request, service: Any, origins: Origins, path: Mapping[str, Any]) -> None:
    """Refuse a page that may not ask; let the browser show the answer to one that may.

    Whoever says no origin is no page of another site, and one of ours is none either.
    """
    asking = request.headers.get("Origin")
    if asking is None or asking in service.settings.cors_origins or asking.partition("://")[2] == request.host:
        return
    if asking not in origins(service, path):
        raise RapportError(ORIGIN_NOT_ALLOWED)
    request.environ[CROSSED] = [
        ("Vary", "Origin"),
        ("Access-Control-Allow-Origin", asking),
        ("Access-Control-Allow-Methods", "GET, POST"),
        ("Access-Control-Allow-Headers", _HEADERS),
        ("Access-Control-Expose-Headers", _SHOWN),
        ("Access-Control-Max-Age", _SECONDS),
    ]
