"""Exactly one webhook for each source, at the right address, with the right events and headers.

Unipile's list is judged, and what is ours and not right is replaced: the right one is made first and the others go
when it is there, so that nothing is missed in between. Ours is what points at us or bears our name; others' webhooks
under the same key are shown and left alone. Who repairs at the same moment comes to the same end, for of several
right ones both keep the first by its id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from rapport.kernel.crypto import Keys
from rapport.kernel.errors import WEBHOOKS_UNSET, RapportError
from rapport.kernel.settings import Settings
from rapport.ports.outcomes import Accepted, Outcome
from rapport.ports.unipile import Unipile, pages
from rapport.ports.unipile_records import NewWebhook, Webhook, WebhookHeader
from rapport.webhooks.unipile import ACCOUNTS, MESSAGING, USERS

PATH = "/api/v1/webhooks/"
_PAGE = 100
_ROUNDS = 4
_MESSAGE_EVENTS = (
    "message_received",
    "message_read",
    "message_reaction",
    "message_edited",
    "message_deleted",
    "message_delivered",
)
_NEEDED_KEYS = frozenset({"account_id", "chat_id", "message_id", "message", "sender", "timestamp", "attendees"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One webhook as it must be."""

    source: str
    """In Unipile's word."""
    url: str
    name: str
    events: tuple[str, ...]
    headers: tuple[WebhookHeader, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ours:
    """What this installation wants, and how it knows its own."""

    wanted: tuple[Wanted, ...]
    origin: tuple[str, str]
    mark: str
    """Ends the names of our webhooks; another installation under the same key has another."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A webhook as it is listed, and what is wrong with it."""

    webhook: Webhook
    source: str | None
    is_ours: bool
    problems: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        return self.is_ours and not self.problems


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be done: which sources have no right webhook, and which webhooks have to go."""

    make: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.make or self.remove)


@dataclass(frozen=True, slots=True)
class Repair:
    """How it was, what was to be done, what came of it, and how it is."""

    before: tuple[Judged, ...]
    plan: Plan
    done: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    after: tuple[Judged, ...] | None = None
    """None where nothing was done."""
    left: Plan = field(default_factory=Plan)


def ours(settings: Settings, keys: Keys) -> Ours | None:
    """What the settings want; None when nobody said where we are reached."""
    base = settings.webhook_base
    if not base:
        return None
    mark = hashlib.sha256(keys.key("webhooks")).hexdigest()[:8]
    secret = settings.unipile_webhook_secret
    headers = (WebhookHeader(settings.unipile_webhook_header, secret),) if secret else ()
    wanted = tuple(
        Wanted(word, f"{base}{PATH}{source}", f"rapport {source.rpartition('/')[2]} {mark}", events, headers)
        for word, source, events in (
            ("messaging", MESSAGING, _MESSAGE_EVENTS),
            ("users", USERS, ("new_relation",)),
            ("account_status", ACCOUNTS, ()),
        )
    )
    return Ours(wanted, _origin(base), mark)


@dataclass(frozen=True, slots=True)
class Hygiene:
    """Looking and repairing, one at a time whoever asks; with no transaction open, for Unipile is asked in between."""

    unipile: Unipile
    own: Ours | None
    turn: Callable[[], AbstractContextManager[None]]

    def look(self) -> tuple[tuple[Judged, ...], Plan]:
        own = self._own()
        judged = look(self.unipile, own)
        return judged, plan(judged, own)

    def repair(self) -> Repair:
        with self.turn():
            return repair(self.unipile, self._own())

    def register(self, source: str) -> Outcome:
        return register(self.unipile, self._own(), source)

    def _own(self) -> Ours:
        if self.own is None:
            raise RapportError(WEBHOOKS_UNSET)
        return self.own


def look(unipile: Unipile, own: Ours) -> tuple[Judged, ...]:
    """Every webhook under our key, judged."""
    read = pages(lambda cursor: unipile.webhooks(limit=_PAGE, cursor=cursor), cursor=None)
    listed = [webhook for page in read for webhook in page.items]
    return judge(listed, own)


def judge(listed: Sequence[Webhook], own: Ours) -> tuple[Judged, ...]:
    """What is wrong with each. Of several right ones of a source all but the first are duplicates."""
    wanted = {each.source: each for each in own.wanted}
    found: list[Judged] = []
    right: set[str] = set()
    for webhook in sorted(listed, key=lambda each: each.id):
        source = source_of(webhook)
        is_ours = source in wanted and _is_ours(webhook, own)
        problems = _problems(webhook, wanted[source]) if is_ours and source is not None else ()
        if is_ours and not problems and source is not None:
            problems = ("duplicate",) if source in right else ()
            right.add(source)
        found.append(Judged(webhook, source, is_ours, problems))
    return tuple(found)


def plan(judged: Sequence[Judged], own: Ours) -> Plan:
    """What has to be done. What is wrong stays until the right one of its source is there."""
    right = {each.source for each in judged if each.is_right}
    return Plan(
        make=tuple(each.source for each in own.wanted if each.source not in right),
        remove=tuple(each.webhook.id for each in judged if each.is_ours and each.problems),
    )


def repair(unipile: Unipile, own: Ours) -> Repair:
    """Put it right, and look again until there is nothing left to do or nothing more can be done."""
    before = judged = look(unipile, own)
    first = left = plan(judged, own)
    done: list[str] = []
    refused: list[str] = []
    made: set[str] = set()
    for _ in range(_ROUNDS):
        if not left:
            break
        for source in left.make:
            if source not in made:  # a list that lags must not make a second one
                outcome = register(unipile, own, source)
                made |= {source} if _note(outcome, f"made {source}", done, refused) else set()
        ready = {each.source for each in judged if each.is_right} | made
        gone = {each.webhook.id: each.source for each in judged}
        for webhook_id in left.remove:
            if gone[webhook_id] in ready:
                _note(unipile.delete_webhook(webhook_id), f"removed {webhook_id}", done, refused)
        judged = look(unipile, own)
        left = plan(judged, own)
    return Repair(before, first, tuple(done), tuple(refused), judged if first else None, left)


def register(unipile: Unipile, own: Ours, source: str) -> Outcome:
    """Make the right webhook of a source."""
    wanted = next(each for each in own.wanted if each.source == source)
    return unipile.create_webhook(
        NewWebhook(
            source=wanted.source,
            request_url=wanted.url,
            name=wanted.name,
            events=wanted.events,
            headers=wanted.headers,
        )
    )


def source_of(webhook: Webhook) -> str | None:
    """The source of a webhook. The list does not always name it: then events and fields tell, and at last the name."""
    if webhook.source is not None:
        return webhook.source
    for event in webhook.events:
        if event.startswith("message_"):
            return "messaging"
        if event == "new_relation":
            return "users"
        if event.startswith("mail_"):
            return "email"
    if "chat_id" in webhook.data_keys:
        return "messaging"
    return None if webhook.data_keys else "account_status"


def _note(outcome: Outcome, what: str, done: list[str], refused: list[str]) -> bool:
    (done if isinstance(outcome, Accepted) else refused).append(what)
    return isinstance(outcome, Accepted)


def _is_ours(webhook: Webhook, own: Ours) -> bool:
    return _origin(webhook.request_url or "") == own.origin or (webhook.name or "").endswith(f" {own.mark}")


def _problems(webhook: Webhook, wanted: Wanted) -> tuple[str, ...]:
    shown = {header.key.lower(): header.value for header in webhook.headers}
    found = {
        "wrong_url": webhook.request_url != wanted.url,
        "disabled": webhook.is_enabled is False,
        "wrong_format": webhook.format not in (None, "json"),
        "wrong_events": not set(wanted.events) <= set(webhook.events),
        "wrong_headers": any(shown.get(header.key.lower()) != header.value for header in wanted.headers),
        "some_accounts_only": bool(webhook.account_ids),
        "fields_renamed": webhook.renames,
        "fields_missing": wanted.source == "messaging"
        and bool(webhook.data_keys)
        and not set(webhook.data_keys) >= _NEEDED_KEYS,
    }
    return tuple(name for name, is_so in found.items() if is_so)


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.netloc.lower()
    except ValueError:
        return "", ""
