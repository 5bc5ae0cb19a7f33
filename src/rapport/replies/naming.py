"""Learning the names of threads: the provider need not say in which chat a message of ours began.

The chats of the account are listed, and each that is with somebody with whom there is a thread without a name is read:
what we sent is found in it by its words and its instant, and so the thread has its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rapport.accounts.queries import Listening
from rapport.conversations.queries import unnamed
from rapport.jobs.registry import Again, CannotHealError, Work
from rapport.kernel.tx import Reading, Tx
from rapport.leads.arriving import owners_of
from rapport.ports.unipile import ReadError, Unipile
from rapport.ports.unipile_records import Chat
from rapport.replies import asking, names
from rapport.replies.paged import NO_ACCOUNT, Fetched, Went, account_of, page_of, stopped

PAGE = 100
_BEFORE = timedelta(days=1)
"""So much older than a thread a chat may seem: clocks differ, and so do the instants that a list goes by."""
_COUNTS = ("unnamed", "listed", "found")


def fetch(reading: Reading, job: Work, unipile: Unipile) -> Fetched[Chat] | ReadError | None:
    """The next page of the account's chats, as far back as there are threads without a name."""
    account = account_of(reading, job.payload.get("account_id"))
    if account is None:
        return None
    went = _went(reading, job, account)
    if went["since"] is None:
        return None
    since = datetime.fromisoformat(went["since"])
    return page_of(lambda: unipile.chats(account.unipile_account_id, limit=PAGE, after=since, cursor=went["cursor"]))


def step(tx: Tx, job: Work, fetched: Fetched[Chat] | ReadError | None) -> Again | Mapping[str, Any]:
    """Have the chats read that may be the threads without a name."""
    account = account_of(tx, job.payload.get("account_id"))
    if account is None:
        raise CannotHealError(NO_ACCOUNT)
    went = _went(tx, job, account)
    if isinstance(fetched, ReadError):
        return stopped(tx, job, went, fetched, shown=_shown(went))
    if fetched is None:
        return _shown(went)
    wanted = {lead_id for lead_id, _ in unnamed(tx, account.id)}
    for chat in fetched.items:
        if not chat.is_group and _lead_of(tx, account, chat) in wanted:
            asking.read_chat(tx, account, chat.id)
            went["found"] += 1
    went |= {"cursor": fetched.cursor, "listed": went["listed"] + len(fetched.items)}
    if fetched.cursor is None:
        return _shown(went)
    job.payload = {**job.payload, "went": went}
    return Again(_shown(went))


def _went(reading: Reading, job: Work, account: Listening) -> Went:
    if "went" in job.payload:
        return dict(job.payload["went"])
    begun = [at for _, at in unnamed(reading, account.id)]
    since = (min(begun) - _BEFORE).isoformat() if begun else None
    return {"cursor": None, "beginnings": 1, "since": since, "unnamed": len(begun), "listed": 0, "found": 0}


def _lead_of(tx: Tx, account: Listening, chat: Chat) -> str | None:
    ids = names.of_id(chat.attendee_provider_id)
    return next(iter(owners_of(tx, account.client_id, ids).values()), None) if ids else None


def _shown(went: Mapping[str, Any]) -> dict[str, Any]:
    return {name: went[name] for name in _COUNTS}
