"""One call to a CRM, and what of its answer means the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import requests

from rapport.outside.posting import excerpt_of
from rapport.outside.retry_after import retry_at
from rapport.outside.web import Answer, Fault, NoAnswerError, fetch
from rapport.ports.crm import AwayError, ParkedError

UNTIL_A_PERSON_LOOKED = timedelta(minutes=15)
_MOST_ANSWER = 1 << 20
_NOT_LEFT = frozenset({Fault.CONNECTION_REFUSED, Fault.NAME_NOT_RESOLVED, Fault.CONNECT_TIMED_OUT, Fault.UNSENDABLE})


@dataclass(frozen=True, slots=True)
class Wire:
    """How calls are carried: one session, one time for a whole call."""

    session: requests.Session
    seconds: float
    monotonic: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls one CRM. `asked_at` is the instant by which it reads when to come back."""

    wire: Wire
    base_url: str
    headers: Mapping[str, str]
    asked_at: datetime

    def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        reads: bool = False,
    ) -> Answer:
        """The whole answer, whatever it says. That none came is uncertain, unless the call only `reads`."""
        headers = dict(self.headers)
        data: Any = form
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = orjson.dumps(body)
        request = requests.Request(method, f"{self.base_url}{path}", headers=headers, data=data, params=query)
        try:
            answer = fetch(
                self.wire.session,
                request,
                seconds=self.wire.seconds,
                max_bytes=_MOST_ANSWER,
                monotonic=self.wire.monotonic,
            )
        except NoAnswerError as none:
            fault = none.fault
        else:
            if answer.status >= 500:
                raise AwayError(f"http_{answer.status}", said(answer), uncertain=not (reads or method == "GET"))
            return answer
        raise AwayError(fault.value, uncertain=not (reads or method == "GET" or fault in _NOT_LEFT))

    def come_back(self, answer: Answer, otherwise: timedelta) -> datetime:
        """When the CRM asked us to come back."""
        return retry_at(answer.headers.get("Retry-After"), now=self.asked_at) or self.asked_at + otherwise

    def locked_out(self, answer: Answer) -> ParkedError:
        """Our key is not taken: nothing more is asked until a person has looked."""
        until = self.asked_at + UNTIL_A_PERSON_LOOKED
        return ParkedError("not_let_in", said(answer), until=until, alarming=True)

    def midnight(self) -> datetime:
        """When a day's budget begins anew."""
        return (self.asked_at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def said(answer: Answer) -> str:
    """An answer in short, for people."""
    return excerpt_of(answer)[:160]


def read(answer: Answer, *, wrote: bool = False) -> Any:
    """The answer's JSON. An answer that cannot be read says nothing of what happened."""
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        pass
    raise AwayError("answer_garbled", said(answer), uncertain=wrote)


def text(value: object) -> str | None:
    """A value as text, None for what is empty or no value."""
    return str(value) if isinstance(value, str | int) and str(value) else None


def named(values: Mapping[str, object], names: Mapping[str, str]) -> dict[str, str]:
    """What stands there by our names; `names` says what the CRM calls them."""
    found = {ours: text(values.get(theirs)) for ours, theirs in names.items()}
    return {ours: value for ours, value in found.items() if value is not None}
