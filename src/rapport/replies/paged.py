"""What the readings of the provider's lists have in common: a page or a fault, and going on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from rapport.accounts import usage
from rapport.accounts.queries import Listening, listening
from rapport.jobs.registry import Again, CannotHealError, Work
from rapport.kernel.tx import Reading, Tx
from rapport.ports.unipile import CursorExpiredError, ReadError
from rapport.ports.unipile_records import Page
from rapport.rules.limits import Budget

T = TypeVar("T")
LOOK_AGAIN = timedelta(minutes=1)
_WHILE_IT_IS_NOT_WELL = timedelta(minutes=30)
_MOST_BEGINNINGS = 5
Went = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """A page, and where the next begins."""

    items: tuple[T, ...]
    cursor: str | None


NO_ACCOUNT = "There is no connected account of this id."


def account_of(reading: Reading, account_id: str | None) -> Listening | None:
    """The account of a job, if it is still connected."""
    found = listening(reading, id=account_id) if account_id else []
    return found[0] if found else None


def attempt(read: Callable[[], T]) -> T | ReadError:
    """What a read brings, or its fault as a value: a handler has to hear of it."""
    try:
        return read()
    except ReadError as failure:
        return failure


def page_of(read: Callable[[], Page[T]]) -> Fetched[T] | ReadError:
    """A page, or its fault."""
    found = attempt(read)
    return found if isinstance(found, ReadError) else Fetched(found.items, found.cursor)


def stopped(tx: Tx, job: Work, went: Went, failure: ReadError, *, shown: Mapping[str, Any]) -> Again:
    """Go on at the page that failed; at the beginning when the provider forgot where that was."""
    if isinstance(failure, CursorExpiredError):
        if went["beginnings"] == _MOST_BEGINNINGS:
            raise CannotHealError("The provider keeps forgetting where the list was read to.")
        job.payload = {**job.payload, "went": {**went, "cursor": None, "beginnings": went["beginnings"] + 1}}
        return Again(dict(shown))
    if not failure.retryable:
        raise CannotHealError(f"The provider refused: {failure.code}.")
    job.payload = {**job.payload, "went": went}
    at = failure.retry_at or tx.now + LOOK_AGAIN
    return Again({**shown, "waiting_for": failure.code, "until": at.isoformat()}, at=at)


def reserved(tx: Tx, job: Work, went: Went, account_id: str, budget: Budget, *, shown: Mapping[str, Any]) -> Again:
    """Count a read against the account's day, in the commit before it is asked for; or wait for the next day.

    A worker that died may have asked already, so whoever goes on reserves anew: one too many is counted rather than one
    too few.
    """
    match usage.reserve(tx, account_id, budget):
        case usage.Exhausted() as none:
            job.payload = {**job.payload, "went": {**went, "reserved": None}}
            until = none.until or tx.now + _WHILE_IT_IS_NOT_WELL
            return Again({**shown, "waiting_for": none.sentence, "until": until.isoformat()}, at=until)
        case usage.Reserved() as counted:
            job.payload = {**job.payload, "went": {**went, "reserved": counted.usage_id}}
            return Again(dict(shown))


def may_ask(job: Work) -> bool:
    """Whether the read that comes next is counted, and nobody has asked yet."""
    went = job.payload.get("went")
    return bool(went and went.get("reserved")) and job.attempts == 1
