"""Resend's idempotency keys: one key, one body, one effect, for 24 hours.

Bodies are compared byte for byte. Resend may be more forgiving; a caller that re-serialises its JSON
between attempts is what this comparison is there to find.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport_sandbox.fakes.fake import Refused
from rapport_sandbox.fakes.resend.errors import error

if TYPE_CHECKING:
    from rapport_sandbox.wire import Answer, Request

KEPT_SECONDS = 24 * 3600.0
MAX_LENGTH = 256


@dataclass(frozen=True, slots=True)
class _First:
    path: str
    body: bytes
    at: float
    answer: Answer


class Keys:
    """The answers already given, by key."""

    def __init__(self) -> None:
        self._first: dict[str, _First] = {}
        self.takes_seconds = 0.0
        """How long a send is in progress: the same key meanwhile is refused as concurrent."""

    def earlier(self, request: Request, now: float) -> Answer | None:
        """The answer this key had before, if it still counts. Raises `Refused` on misuse."""
        key = request.headers.get("idempotency-key")
        if key is None:
            return None
        if not 1 <= len(key) <= MAX_LENGTH:
            raise Refused(error("invalid_idempotency_key"))
        first = self._first.get(key)
        if first is None or now >= first.at + KEPT_SECONDS:
            return None
        if (first.path, first.body) != (request.path, request.body):
            raise Refused(error("invalid_idempotent_request"))
        if now < first.at + self.takes_seconds:
            raise Refused(error("concurrent_idempotent_requests"))
        return first.answer

    def keep(self, request: Request, answer: Answer, now: float) -> None:
        """Remember a success. A refused request sent nothing, so its key stays free for a better body."""
        if key := request.headers.get("idempotency-key"):
            self._first[key] = _First(request.path, request.body, now, answer)
