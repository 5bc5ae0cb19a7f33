"""Cached answers that are never stale: the key carries the version of the data they were made from.

Every write of a client's rows moves that client's version in its own transaction (`events/log.py`). The
version is read before the answer is made, so an answer can be newer than its key but never older. Nobody
has to remember to invalidate anything.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapport.http.context import Service
from rapport.http.declaration import Operation
from rapport.kernel.principal import Principal

_ETAG_LENGTH = 26
_QUARTER = 15 * 60


@dataclass(frozen=True, slots=True)
class Cached:
    etag: str
    body: bytes


def key_of(service: Service, principal: Principal, environ: dict[str, Any]) -> str:
    """Caller, route, arguments, the version of all that the caller may see, and the day, for answers speak of today.

    Whosever day it is, it begins at a quarter of an hour.
    """
    version = service.versions.current(principal.scope.client_ids)
    whole = "\0".join(
        (
            _caller(principal),
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
            version,
            str(int(service.clock.now().timestamp()) // _QUARTER),
        )
    )
    return hashlib.blake2b(whole.encode("utf-8", "surrogateescape"), digest_size=18).hexdigest()


@lru_cache(maxsize=1024)
def _caller(principal: Principal) -> str:
    clients = principal.scope.client_ids
    return "\0".join(
        (
            principal.actor.type,
            principal.actor.id or "",
            ",".join(sorted(principal.permissions)),
            ",".join(sorted(clients)) if clients is not None else "*",
        )
    )


def find(service: Service, key: str) -> Cached | None:
    kept = service.cache.get(key)
    return Cached(kept[:_ETAG_LENGTH].decode(), kept[_ETAG_LENGTH:]) if kept is not None else None


def keep(service: Service, key: str, answer: Cached) -> None:
    service.cache.put(key, answer.etag.encode() + answer.body, seconds=service.settings.cache_seconds)


def bypassed(environ: dict[str, Any]) -> bool:
    """A caller may ask for an answer made anew."""
    return "no-cache" in environ.get("HTTP_CACHE_CONTROL", "")


def headers(etag: str, hit: str | None, operation: Operation) -> list[tuple[str, str]]:
    """What goes with an answer that has an ETag; `hit` says whether it was kept, when that was looked at."""
    found = [("ETag", etag), ("Cache-Control", "private, no-cache")]
    if operation.table is not None:
        found.append(("Vary", "Accept"))
    if hit is not None:
        found.append(("X-Cache", hit))
    return found
