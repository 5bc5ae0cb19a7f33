"""Faults to order: what goes wrong with the next requests, and whether they take effect all the same.

The four that matter to a client: a refusal, an error that hides an effect, a time-out before anything
happened, and a time-out after it happened. The last one is the case that finds double sends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rapport_sandbox.wire import Request

Silence = Literal["timeout_before", "timeout_after_effect"]
Outcome = int | Silence


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls one request."""

    outcome: Outcome
    reason: str | None
    after_effect: bool
    retry_after: int | None
    body: bytes | None
    on: str

    def strikes(self, request: Request) -> bool:
        return f"{request.method} {request.path}".startswith(self.on)

    def play(self, serve: Callable[[], Answer], refuse: Callable[[int, str | None], Answer]) -> Answer:
        """The answer under this fault: `serve` does the work, `refuse` words the service's own error."""
        if self.outcome == "timeout_before":
            return Answer(0, facts={"fault": "timeout_before"}, hang="before")
        if self.outcome == "timeout_after_effect":
            answer = serve()
            return replace(answer, facts={**answer.facts, "fault": "timeout_after_effect"}, hang="after")
        done = serve() if self.after_effect else Answer(0)
        said = refuse(self.outcome, self.reason)
        headers = dict(said.headers)
        if self.retry_after is not None:
            headers["retry-after"] = str(self.retry_after)
        if self.body is not None:
            headers["content-type"] = "text/html"
        return replace(
            said,
            body=said.body if self.body is None else self.body,
            headers=headers,
            effect=done.effect,
            facts={**done.facts, "fault": f"{self.outcome} {self.reason or ''}".strip()},
        )


class Faults:
    """A queue of ordered faults. A request takes the oldest one meant for it."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []

    def add(self, n: int, fault: Fault) -> None:
        self._queue.extend([fault] * n)

    def take(self, request: Request) -> Fault | None:
        for place, fault in enumerate(self._queue):
            if fault.strikes(request):
                return self._queue.pop(place)
        return None

    def __len__(self) -> int:
        return len(self._queue)

    def clear(self) -> None:
        self._queue.clear()
