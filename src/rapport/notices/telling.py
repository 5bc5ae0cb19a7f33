"""Telling: each event that a rule names becomes a delivery for each receiver, to leave now or in a digest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from rapport.conversations.words import Temperature
from rapport.events.queries import Happened
from rapport.flags.names import Feature
from rapport.flags.queries import is_on
from rapport.kernel.tx import Tx
from rapport.notices.facts import Item, Whose, item_of, temperature_of, whose
from rapport.notices.wanting import Wanted, rules_of
from rapport.notices.wording import chat_body_of, mail_of
from rapport.outbox.events import OURS
from rapport.outbox.mails import write_mail
from rapport.outbox.queries import told_lately
from rapport.outbox.write import Draft, write
from rapport.rules.noticing import leaves_at

_LATELY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings say of notices."""

    sender: str
    public_url: str
    off: Collection[str]
    """The features that the environment turns off."""


def tell(tx: Tx, event: Happened, terms: Terms) -> None:
    """Write down whatever is to be told of an event."""
    if event.type.startswith(OURS):
        return
    rules = _rules(tx, event.client_id)
    temperature = temperature_of(tx, event) if rules else Temperature.COLD
    wanted = [each for each in rules if each.is_about(event.type, temperature)]
    if not wanted:
        return
    on = is_on(tx, Feature.NOTICES, event.client_id, off=terms.off)
    item, client = item_of(tx, event, public_url=terms.public_url), whose(tx, event.client_id)
    for rule in wanted:
        for receiver in rule.places:
            key = rule.digest_key(receiver)
            at = _leaves_at(tx, rule, key, urgent=rule.is_urgent(event.type, temperature)) if on else None
            draft = Draft(
                client_id=event.client_id,
                channel=rule.channel,
                recipient=receiver,
                event_type=event.type,
                title=item.headline,
                dedupe_key=f"notice:{key}:{event.id}",
                body=b"",
                connection_id=rule.connection_id,
                event_id=event.id,
                rule_id=rule.rule_id,
                conversation_id=event.conversation_id,
                digest_key=key,
                digest_at=at,
                skipped=None if on else f"flag {Feature.NOTICES.value}",
            )
            write_notice(tx, draft, [item], client, terms)


def write_notice(tx: Tx, draft: Draft, items: Sequence[Item], client: Whose, terms: Terms) -> str | None:
    """Write a notice down in the form of its channel."""
    if draft.connection_id is None:
        return write_mail(tx, draft, mail_of(items, client), sender=terms.sender)
    return write(tx, replace(draft, body=chat_body_of(draft.channel, items, client)))


def _leaves_at(tx: Tx, rule: Wanted, key: str, *, urgent: bool) -> datetime | None:
    told, waiting = told_lately(tx, key, tx.now - _LATELY)
    return leaves_at(tx.now, rule.manner, told=told, waiting=waiting, urgent=urgent)


def _rules(tx: Tx, client_id: str) -> list[Wanted]:
    """The rules of a client, read once for all events of a batch."""
    read: dict[str, Any] = tx.session.info.setdefault("notices.rules", {})
    if client_id not in read:
        read[client_id] = rules_of(tx, client_id)
    return list(read[client_id])
