"""One POST to a receiver, and what its answer means as far as that is the same for every channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from rapport.outside.retry_after import retry_at
from rapport.outside.web import Answer, Fault, NoAnswerError, fetch
from rapport.ports.carriers import Failed, Refused

EXCERPT = 500
_MOST_ANSWER = 64 * 1024
_NOT_LEFT = frozenset(
    {Fault.CONNECTION_REFUSED, Fault.NAME_NOT_RESOLVED, Fault.CONNECT_TIMED_OUT, Fault.FORBIDDEN_ADDRESS}
)
"""With these no byte left us."""
_HOPELESS = frozenset({Fault.UNSENDABLE})


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts with one session, within one time."""

    session: requests.Session
    seconds: float
    monotonic: Callable[[], float]

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer | Failed | Refused:
        """The whole answer, or what it means that there is none."""
        request = requests.Request("POST", url, data=body, headers=dict(headers))
        try:
            return fetch(self.session, request, seconds=self.seconds, max_bytes=_MOST_ANSWER, monotonic=self.monotonic)
        except NoAnswerError as none:
            fault = none.fault
        if fault in _HOPELESS:
            return Refused(fault.value)
        return Failed(fault.value, uncertain=fault not in _NOT_LEFT)


def excerpt_of(answer: Answer) -> str:
    """The beginning of an answer, for people."""
    return answer.body[: EXCERPT * 4].decode("utf-8", "replace").replace("\x00", "")[:EXCERPT]


def asked_by(answer: Answer, now: datetime) -> timedelta | None:
    """How long the receiver asked us to stay away."""
    until = retry_at(answer.headers.get("Retry-After"), now=now)
    return until - now if until is not None else None
