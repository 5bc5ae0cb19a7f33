"""Resend's webhooks: who subscribed, what an event looks like, and when an endpoint is switched off.

At least once and unordered, signed by Svix's scheme. An event carries tags as an object, though a sender
gives them as a list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from rapport_sandbox.fakes import svix
from rapport_sandbox.fakes.courier import Courier, Letter
from rapport_sandbox.fakes.fake import iso

if TYPE_CHECKING:
    from random import Random

    from rapport_sandbox.fakes.courier import Post, Transport

ROTATION_SECONDS = 24 * 3600.0


@dataclass(slots=True)
class Endpoint:
    """One subscriber. `failing_since` is the first failure after the last success."""

    url: str
    secret: str
    types: frozenset[str] | None
    enabled: bool = True
    failing_since: float | None = None
    previous: list[tuple[str, float]] = field(default_factory=list)

    def secrets(self, now: float) -> tuple[str, ...]:
        """The secret and any rotated one that still signs."""
        return (self.secret, *(old for old, until in self.previous if now < until))


class Hooks:
    """The endpoints and their courier."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.endpoints: dict[str, Endpoint] = {}
        self.courier = Courier(
            waits=svix.WAITS,
            stamp=self._stamp,
            accepts=lambda status: 200 <= status < 300,
            gives_up=lambda _status: False,
            random=random,
        )

    def subscribe(self, url: str, secret: str, types: list[str] | None = None) -> None:
        self.endpoints[url] = Endpoint(url, secret, frozenset(types) if types else None)

    def rotate(self, url: str, secret: str, now: float) -> None:
        """Sign with a new secret; for a day the old one signs too."""
        endpoint = self.endpoints[url]
        endpoint.previous.append((endpoint.secret, now + ROTATION_SECONDS))
        endpoint.secret = secret

    def tell(self, kind: str, data: dict[str, object], *, at: float) -> None:
        """Queue one event for every endpoint that wants it."""
        letter_id = f"msg_{self._random.getrandbits(96):024x}"
        body = orjson.dumps({"type": kind, "created_at": iso(at), "data": data})
        for endpoint in self.endpoints.values():
            if endpoint.enabled and (endpoint.types is None or kind in endpoint.types):
                self.courier.submit(letter_id, url=endpoint.url, body=body, at=at)

    def pump(self, now: float, transport: Transport) -> int:
        """Deliver what is due and keep watch over each endpoint's health."""

        def watched(post: Post) -> int | None:
            endpoint = self.endpoints[post.url]
            if not endpoint.enabled:
                return None
            status = transport(post)
            if status is not None and 200 <= status < 300:
                endpoint.failing_since = None
            else:
                endpoint.failing_since = endpoint.failing_since or now
                endpoint.enabled = now - endpoint.failing_since < svix.DISABLED_AFTER
            return status

        return self.courier.pump(now, watched)

    def _stamp(self, letter: Letter, now: float) -> dict[str, str]:
        secrets = self.endpoints[letter.url].secrets(now)
        return svix.headers(letter.id, at=now, body=letter.body, secrets=secrets)
