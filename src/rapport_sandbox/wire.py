"""What a request and an answer are inside the sandbox, apart from any web framework.

Every service of the sandbox is an `App`: it takes a `Request` and gives an `Answer`. The server reads
sockets, the apps never do; so a test may call an app directly and a story may run without a port.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Request:
    """One arrived request. Header names are lower case; `path` has no query and is percent-decoded."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def arg(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def args(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer misbehaves on its way out: what a fault asks of the socket."""

    act: Literal["hang", "reset", "drip", "truncate", "wrong_length"]
    seconds: float = 0.0
    """Real seconds to hang, or to take over the whole body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `effect` says whether the request changed the world: the ledger keeps it."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    effect: bool = False
    facts: dict[str, object] = field(default_factory=dict)
    """What the ledger should say of it beside the bytes: account, person, kind."""
    hang: Literal["before", "after"] | None = None
    """Say nothing at all. The server writes the ledger line as ever, then holds the connection open until
    the caller gives up, and sends no byte. `before`: nothing happened. `after`: the effect happened, and
    `status` and `body` are what the caller would have heard."""
    manner: Manner | None = None
    """How the bytes leave, when a fault wants them to leave badly."""

    @classmethod
    def json(
        cls,
        status: int,
        payload: object,
        *,
        effect: bool = False,
        facts: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        body = orjson.dumps(payload)
        return cls(
            status,
            body,
            {"content-type": "application/json", **(headers or {})},
            effect=effect,
            facts=facts or {},
        )


class App(Protocol):
    """One fake service. `name` is its ledger's name and the first segment of its mount: `/resend/…`."""

    name: str

    def handle(self, request: Request, now: float) -> Answer:
        """Answer one request at the sandbox's instant `now` (unix seconds on its own clock)."""
        ...


class Pumped(Protocol):
    """An app that posts to others by itself. The sandbox asks when, and hands over the way out."""

    def next_due_at(self) -> float | None: ...

    def pump(self, now: float, transport: Callable[..., int | None]) -> int: ...


class Turned(Protocol):
    """An app with switches that a control address may use by name."""

    def turn(self, switch: str, arguments: dict[str, object]) -> object: ...
