"""Reads: asked with patience.

A read changes nothing, so it is asked again while the provider only needs a moment: on 429, 502, 503, 504
and on a reset. The wait doubles, is drawn from its upper half so that clients do not come back in step, and
is never shorter than the provider asked for. When it asked for more than a read should wait, the read fails
at once and says until when, so that a job can be put off and a worker is free meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from rapport.outside.retry_after import retry_at
from rapport.outside.unipile.body import decode, problem_in
from rapport.outside.unipile.outcomes import account_effect, line_for
from rapport.outside.unipile.wire import BadIdentifierError, Wire
from rapport.outside.web import Answer, Fault
from rapport.ports.unipile import CursorExpiredError, ReadError
from rapport.ports.unipile_records import Download

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    import requests

    from rapport.kernel.clock import Stop
    from rapport.outside.unipile.options import Timekeeping, UnipileOptions
    from rapport.outside.unipile.telemetry import Telemetry
    from rapport.outside.unipile.wire import Parameter

T = TypeVar("T")

_WORTH_ASKING_AGAIN = frozenset({429, 502, 503, 504})
_HOPELESS = frozenset({Fault.UNSENDABLE, Fault.TOO_LARGE})
_CURSOR_REFUSED = frozenset({400, 410})
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 20.0


class Reads:
    """The read half of the provider's API."""

    def __init__(self, options: UnipileOptions, *, timekeeping: Timekeeping, telemetry: Telemetry, stop: Stop) -> None:
        self._options = options
        self._time = timekeeping
        self._telemetry = telemetry
        self._stop = stop
        self._wire = Wire(options, timekeeping=timekeeping, keep_alive=True)

    def close(self) -> None:
        """Give the pooled connections back."""
        self._wire.close()

    def get(
        self,
        route: str,
        segments: Sequence[str],
        *,
        make: Callable[[dict[str, Any]], T | None],
        query: Mapping[str, Parameter] | None = None,
    ) -> T:
        """What `make` finds in the JSON object that a GET answers; None is a body that does not say it.

        `route` is what logs and counters call it.
        """
        request = self._request("GET", segments, query=query)
        return self._patiently(f"GET {route}", request, understand=_in_json(make), has_cursor=_has_cursor(query))

    def ask(
        self,
        route: str,
        segments: Sequence[str],
        *,
        make: Callable[[dict[str, Any]], T | None],
        json: dict[str, Any],
        query: Mapping[str, Parameter] | None = None,
    ) -> T:
        """As `get`, by a POST that only looks something up and may so be repeated."""
        request = self._request("POST", segments, query=query, json=json)
        return self._patiently(f"POST {route}", request, understand=_in_json(make), has_cursor=_has_cursor(query))

    def download(self, route: str, segments: Sequence[str]) -> Download:
        """The bytes that a GET answers, up to the size of an attachment."""
        request = self._request("GET", segments, accept="*/*")
        return self._patiently(
            f"GET {route}",
            request,
            understand=_download,
            has_cursor=False,
            max_bytes=self._options.max_attachment_bytes,
        )

    def _request(self, method: str, segments: Sequence[str], **given: Any) -> requests.Request:
        try:
            return self._wire.request(method, segments, **given)
        except BadIdentifierError:
            raise ReadError("invalid_identifier", retryable=False) from None

    def _patiently(
        self,
        endpoint: str,
        request: requests.Request,
        *,
        understand: Callable[[Answer], T | None],
        has_cursor: bool,
        max_bytes: int | None = None,
    ) -> T:
        attempt = 0
        while True:
            attempt += 1
            began = self._time.stopwatch()
            got = self._wire.fetch(request, max_bytes=max_bytes or self._options.max_answer_bytes)
            result = self._read(got, understand=understand, has_cursor=has_cursor)
            failed = result if isinstance(result, ReadError) else None
            again_at = self._again_at(endpoint, got, failed, attempt=attempt) if failed is not None else None
            self._telemetry.record(
                endpoint,
                "answered" if failed is None else "failed" if again_at is None else "asked_again",
                seconds=self._time.stopwatch() - began,
                status=got.status if isinstance(got, Answer) else None,
                code=failed.code if failed is not None else None,
                attempt=attempt,
            )
            if not isinstance(result, ReadError):
                return result
            if again_at is None or self._time.clock.wait_until(again_at, self._stop):
                raise result

    def _read(
        self, got: Answer | Fault, *, understand: Callable[[Answer], T | None], has_cursor: bool
    ) -> T | ReadError:
        """What the answer says, or what to raise if it is the last."""
        if isinstance(got, Fault):
            return ReadError(got.value, retryable=got not in _HOPELESS)
        if 200 <= got.status < 300:
            understood = understand(got)
            if understood is None:
                return ReadError("unreadable_answer", retryable=True, status=got.status)
            return understood
        problem = problem_in(got.body)
        line = line_for(got.status, problem.type)
        code = problem.type or line.code or f"http_{got.status}"
        if has_cursor and (got.status in _CURSOR_REFUSED or "cursor" in code):
            # The provider has no word of its own for it: a list refused with a cursor and taken without.
            return CursorExpiredError(code, retryable=False, status=got.status)
        until = retry_at(got.headers.get("Retry-After"), now=self._time.clock.now())
        return ReadError(
            code,
            retryable=got.status == 429 or (got.status >= 500 and got.status != 501),
            retry_at=until,
            account_effect=account_effect(line, kind=None, code=code, retry_at=until),
            status=got.status,
        )

    def _again_at(self, endpoint: str, got: Answer | Fault, failure: ReadError, *, attempt: int) -> datetime | None:
        """When to ask again; None when it is not worth it, or later than a read should wait for."""
        passing = got.status in _WORTH_ASKING_AGAIN if isinstance(got, Answer) else got is Fault.RESET
        if not passing or attempt >= self._options.read_attempts:
            return None
        now = self._time.clock.now()
        grown = min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT)
        # The instant is among the names: two processes of one seed must not draw the same wait.
        drawn = self._time.chance.stream("unipile", endpoint, attempt, now).random()
        again_at = now + timedelta(seconds=grown * (1 + drawn) / 2)
        if failure.retry_at is not None:
            again_at = max(again_at, failure.retry_at)
        return again_at if (again_at - now).total_seconds() <= self._options.patience_seconds else None


def _has_cursor(query: Mapping[str, Parameter] | None) -> bool:
    return query is not None and query.get("cursor") is not None


def _in_json(make: Callable[[dict[str, Any]], T | None]) -> Callable[[Answer], T | None]:
    def understand(answer: Answer) -> T | None:
        said = decode(answer.body)
        return make(said) if said is not None else None

    return understand


def _download(answer: Answer) -> Download:
    return Download(content=answer.body, content_type=answer.headers.get("Content-Type"))
