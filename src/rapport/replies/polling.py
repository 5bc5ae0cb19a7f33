"""Reading an account's messages from a watermark on, page by page: for all that no webhook told.

The reading begins a while before the last one ended, for the provider's lists lag. It goes on at the page where a fault
stopped it. The watermark moves when the last page is in, and not past the instant at which the account was not OK any
more: what is written meanwhile is listed only once it is connected again, with instants of before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport.accounts.queries import Listening
from rapport.conversations.queries import understood_among
from rapport.jobs.registry import Again, CannotHealError, Work
from rapport.kernel.tx import Reading, Tx
from rapport.ports.unipile import ReadError, Unipile
from rapport.ports.unipile_records import Message
from rapport.replies import watching
from rapport.replies.looking import take_in_read
from rapport.replies.models import Watch
from rapport.replies.paged import NO_ACCOUNT, Fetched, Went, account_of, page_of, stopped
from rapport.webhooks import hearing

OVERLAP = timedelta(minutes=15)
"""Longer than the provider's lists lag, and than it takes us to learn that an account is not OK."""
PAGE = 100


def _went(reading: Reading, job: Work, lookback: timedelta) -> Went:
    """How far this reading came; at first, from where it reads."""
    if "went" in job.payload:
        return dict(job.payload["went"])
    since = job.payload.get("since")
    watch = reading.session.get(Watch, job.payload["account_id"])
    known = watch.read_up_to if watch is not None else None
    after = _instant(since) if since else (known or reading.now - lookback) - OVERLAP
    started = {"after": after.isoformat(), "began_at": reading.now.isoformat(), "cursor": None, "beginnings": 1}
    return {**started, "pages": 0, "messages": 0, "new": 0}


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise CannotHealError("`since` is no instant.") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def fetch(reading: Reading, job: Work, unipile: Unipile, *, lookback: timedelta) -> Fetched[Message] | ReadError | None:
    """The next page."""
    account = account_of(reading, job.payload.get("account_id"))
    if account is None:
        return None
    went = _went(reading, job, lookback)
    after = datetime.fromisoformat(went["after"])
    return page_of(lambda: unipile.messages(account.unipile_account_id, limit=PAGE, after=after, cursor=went["cursor"]))


def step(
    tx: Tx, job: Work, fetched: Fetched[Message] | ReadError | None, *, lookback: timedelta, patience: timedelta
) -> Again | Mapping[str, Any]:
    """Take a page in; after the last, move the watermark. What no webhook told in so long a `patience` is an alarm."""
    account = account_of(tx, job.payload.get("account_id"))
    if account is None or fetched is None:
        raise CannotHealError(NO_ACCOUNT)
    went = _went(tx, job, lookback)
    if isinstance(fetched, ReadError):
        return stopped(tx, job, went, fetched, shown=_shown(went))
    watching.begin(tx, account)
    known = understood_among(tx, account.client_id, [message.id for message in fetched.items])
    fresh = [message for message in fetched.items if _may_be_news(message, known.get(message.id))]
    found = [message for message in fresh if take_in_read(tx, account, message)]
    new = len(found)
    watching.missed(tx, account, new)
    if account.is_ok:  # of one that is not OK nobody tells, and that is known
        hearing.polling_found(
            tx,
            client_id=account.client_id,
            account_id=account.id,
            external_account_id=account.unipile_account_id,
            sent_at=[message.sent_at for message in found if message.sent_at is not None],
            patience=patience,
        )
    went |= {
        "cursor": fetched.cursor,
        "pages": went["pages"] + 1,
        "messages": went["messages"] + len(fetched.items),
        "new": went["new"] + new,
    }
    if fetched.cursor is None:
        _close(tx, account, went)
        return _shown(went)
    job.payload = {**job.payload, "went": went}
    return Again(_shown(went))


def _may_be_news(message: Message, known: Any) -> bool:
    """Whether a listed message is not understood yet, or something happened to it since: lists overlap, so most are
    read again, and all who send and hear wait while they are looked at.
    """
    if known is None or message.is_edited or message.is_deleted:
        return True
    is_seen = bool(message.is_seen and message.is_sender)
    return (
        known.chat_id != message.chat_id
        or len(known.reactions) != len(message.reactions)
        or (is_seen and known.seen_at is None)
    )


def _close(tx: Tx, account: Listening, went: Mapping[str, Any]) -> None:
    watch = watching.of(tx, account)
    reached = datetime.fromisoformat(went["began_at"])
    if not account.is_ok and account.status_at is not None:
        reached = min(reached, account.status_at)
    watch.read_up_to = reached if watch.read_up_to is None else max(watch.read_up_to, reached)
    watch.polled_at = tx.now


def _shown(went: Mapping[str, Any]) -> dict[str, Any]:
    """How far it came, as the job shows it."""
    return {name: went[name] for name in ("after", "pages", "messages", "new")}
