"""Writes: sent once, and judged.

Nothing here repeats a write. What came back, or did not, is looked up in the outcome table; a write that may
have happened is unknown, and it is for the caller to read the provider back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapport.outside.retry_after import retry_at
from rapport.outside.unipile.acceptance import ids_in
from rapport.outside.unipile.body import decode, problem_in
from rapport.outside.unipile.outcomes import FAULTS, UNREADABLE, line_for, outcome
from rapport.outside.unipile.wire import BadIdentifierError, Wire
from rapport.outside.web import Answer, Fault
from rapport.ports.outcomes import Accepted, LeadEffect, Outcome, Refused, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rapport.outside.unipile.acceptance import Write
    from rapport.outside.unipile.options import Timekeeping, UnipileOptions
    from rapport.outside.unipile.telemetry import Telemetry
    from rapport.outside.unipile.wire import FormField, Parameter


class Writes:
    """The write half of the provider's API."""

    def __init__(self, options: UnipileOptions, *, timekeeping: Timekeeping, telemetry: Telemetry) -> None:
        self._options = options
        self._time = timekeeping
        self._telemetry = telemetry
        # A handshake for each write costs less than one write left unknown by a connection grown stale.
        self._wire = Wire(options, timekeeping=timekeeping, keep_alive=False)

    def close(self) -> None:
        """Give the pooled connections back."""
        self._wire.close()

    def send(
        self,
        write: Write,
        segments: Sequence[str],
        *,
        query: Mapping[str, Parameter] | None = None,
        json: dict[str, Any] | None = None,
        form: Sequence[FormField] | None = None,
    ) -> Outcome:
        """Send once. Whatever happens is an outcome; nothing is raised."""
        began = self._time.stopwatch()
        try:
            request = self._wire.request(write.method, segments, query=query, json=json, form=form)
        except BadIdentifierError:
            result: Outcome = Refused("invalid_identifier", LeadEffect.FAILS)
        else:
            got = self._wire.fetch(request, max_bytes=self._options.max_answer_bytes)
            result = self._judge(write, got)
        word, code, status = _named(result)
        self._telemetry.record(
            f"{write.method} {write.route}",
            word,
            seconds=self._time.stopwatch() - began,
            status=status,
            code=code,
            attempt=1,
        )
        return result

    def _judge(self, write: Write, got: Answer | Fault) -> Outcome:
        if isinstance(got, Fault):
            return outcome(FAULTS[got], kind=write.kind)
        if 200 <= got.status < 300:
            said = decode(got.body)
            ids = ids_in(write, said)
            if ids is None:
                return outcome(UNREADABLE, kind=write.kind, status=got.status)
            return Accepted(ids, raw=said or {})
        problem = problem_in(got.body)
        return outcome(
            line_for(got.status, problem.type),
            kind=write.kind,
            status=got.status,
            said=problem.type,
            detail=problem.detail,
            retry_at=retry_at(got.headers.get("Retry-After"), now=self._time.clock.now()),
        )


def _named(result: Outcome) -> tuple[str, str | None, int | None]:
    """An outcome in the words of logs and counters."""
    match result:
        case Accepted():
            return "accepted", None, None
        case Refused(code=code, status=status):
            return "refused", code, status
        case Unknown(reason=reason, status=status):
            return "unknown", reason, status
