"""What runs by itself for replies: looking into messages, reading accounts that nobody tells of, nightly readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from rapport.accounts.queries import listening
from rapport.conversations.queries import has_unmatched, unnamed
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.tx import Reading, Tx
from rapport.leads import events as lead_events
from rapport.leads.queries.known import pending_invitations
from rapport.ports.unipile import Unipile
from rapport.replies import asking, invitations, looking, naming, polling, relating, syncing, watching
from rapport.replies.types import INVITATIONS, LOOK, MATCH, POLL, READ_CHAT, RELATIONS, THREADS
from rapport.rules.occurrences import Every

_BUCKET = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Terms:
    """How often accounts are read that nobody tells of, how far back the first time, and when silence is an alarm."""

    silent: timedelta
    every: timedelta
    lookback: timedelta
    patience: timedelta


def types(unipile: Unipile, terms: Terms) -> list[JobType]:
    """All that looks for replies."""

    def fetch_messages(reading: Reading, job: Job) -> Any:
        return polling.fetch(reading, job, unipile, lookback=terms.lookback)

    def take_messages(tx: Tx, job: Job, fetched: Any) -> Any:
        return polling.step(tx, job, fetched, lookback=terms.lookback, patience=terms.patience)

    def watch(tx: Tx, _job: Job) -> Mapping[str, Any]:
        due = watching.due(tx, listening(tx), silent=terms.silent, every=terms.every)
        for account, why in due:
            asking.poll(tx, account, why=why)
        return {"accounts": len(due)}

    def nightly(tx: Tx, _job: Job) -> Mapping[str, Any]:
        accounts = listening(tx)
        for account in accounts:
            asking.poll(tx, account, why="nightly")
            asking.sync(tx, account.client_id, [account.id], everything=False)
            if unnamed(tx, account.id):
                asking.threads(tx, account)
        return {"accounts": len(accounts)}

    def invite_lists(tx: Tx, _job: Job) -> Mapping[str, Any]:
        accounts = [each for each in listening(tx) if each.is_ok and pending_invitations(tx, each.id)]
        for account in accounts:
            asking.invitations(tx, account)
        return {"accounts": len(accounts)}

    return [
        replace(LOOK, before=lambda reading, job: looking.ask(reading, job, unipile), handler=looking.decide),
        replace(READ_CHAT, before=lambda reading, job: looking.ask_chat(reading, job, unipile), handler=looking.read),
        replace(POLL, before=fetch_messages, handler=take_messages),
        replace(THREADS, before=lambda reading, job: naming.fetch(reading, job, unipile), handler=naming.step),
        replace(MATCH, handler=looking.match_next),
        replace(
            INVITATIONS,
            before=lambda reading, job: invitations.fetch(reading, job, unipile),
            handler=invitations.step,
        ),
        replace(RELATIONS, before=lambda reading, job: syncing.fetch(reading, job, unipile), handler=syncing.step),
        JobType(
            "replies.watch",
            "Has the messages read of accounts that are not OK, or of which no webhook told for a while.",
            handler=watch,
            agency=True,
            every=Every(timedelta(minutes=1)),
        ),
        JobType(
            "replies.nightly",
            "Has every account's messages and new connections read, and the chats found of what has none.",
            handler=nightly,
            on_request=True,
            agency=True,
            every=Every(timedelta(days=1), offset=timedelta(hours=2, minutes=20)),
        ),
        JobType(
            "replies.invitations",
            "Has the pending invitations read of every account that has some.",
            handler=invite_lists,
            on_request=True,
            agency=True,
            every=Every(timedelta(hours=3), offset=timedelta(minutes=35)),
        ),
    ]


def _on_lead(tx: Tx, event: Event) -> None:
    """A lead is new, or is known by more: somebody unmatched may be they."""
    if event.lead_id is None:
        return
    relating.known_now(tx, event.lead_id)
    if has_unmatched(tx, event.client_id):
        asking.match(tx, event.client_id, after=_BUCKET)


LEARNER = Consumer("replies.learn", frozenset({lead_events.CREATED, lead_events.CHANGED, lead_events.MERGED}), _on_lead)
