"""What a notice would look like, and one sent to be looked at: made of an event that was, or of one made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from rapport.events.queries import happened
from rapport.kernel.errors import NOT_FOUND, RapportError, field_error
from rapport.kernel.tx import Reading, Tx
from rapport.notices import rules
from rapport.notices.facts import Item, item_of, whose
from rapport.notices.telling import Terms, write_notice
from rapport.notices.wanting import REPLY_NOTICES, of_rule
from rapport.notices.wording import chat_body_of, mail_of
from rapport.outbox.words import Channel
from rapport.outbox.write import Draft
from rapport.people import queries as people

TYPE = "notice.test"
_SAID = (
    "Thanks for reaching out. We are looking at exactly this for the next quarter: "
    "could you send me two times for a call?"
)


def preview(reading: Reading, client_id: str, *, event_id: str | None, count: int, terms: Terms) -> dict[str, Any]:
    """Every form of a notice: of an event of this client, or of so many made-up replies."""
    items = _items(reading, client_id, event_id, count, terms)
    client = whose(reading, client_id)
    mail = mail_of(items, client)
    return {
        "subject": mail.subject,
        "html": mail.html,
        "text": mail.text,
        "slack": orjson.loads(chat_body_of(Channel.SLACK, items, client)),
        "telegram": orjson.loads(chat_body_of(Channel.TELEGRAM, items, client)),
    }


def send_test(tx: Tx, client_id: str, *, rule_id: str | None, terms: Terms) -> list[str]:
    """Send a made-up notice to whoever a rule tells, or whom the preferences name; answers the deliveries."""
    client = people.client(tx, client_id)
    items = _items(tx, client_id, None, 1, terms)
    if rule_id is None:
        channel, connection_id, receivers = Channel.EMAIL, None, tuple(client["notice_preferences"]["emails"])
    else:
        rule = rules.get(tx, rule_id)
        if rule.client_id != client_id:
            raise RapportError(NOT_FOUND)
        wanted = of_rule(tx, rule, client)
        channel, connection_id, receivers = wanted.channel, wanted.connection_id, wanted.places
    if not receivers:
        raise field_error("rule_id", "Nobody is named whom a notice could go to.")
    made = []
    for receiver in receivers:
        draft = Draft(
            client_id=client_id,
            channel=channel,
            recipient=receiver,
            event_type=TYPE,
            title=f"A test: {items[0].headline}",
            dedupe_key=f"test:{tx.new_id()}",
            body=b"",
            connection_id=connection_id,
            rule_id=rule_id,
            digest_key=f"{TYPE}:{rule_id or REPLY_NOTICES}",
        )
        made.append(write_notice(tx, draft, items, whose(tx, client_id), terms))
    return [each for each in made if each is not None]


def _items(reading: Reading, client_id: str, event_id: str | None, count: int, terms: Terms) -> Sequence[Item]:
    if event_id is None:
        return [_made_up(reading.now, terms, number) for number in range(count)]
    found = happened(reading, client_id, [event_id])
    if not found:
        raise RapportError(NOT_FOUND)
    return [item_of(reading, each, public_url=terms.public_url) for each in found]


def _made_up(now: datetime, terms: Terms, number: int) -> Item:
    names = ("Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Mary Jackson")
    return Item(
        event_id=f"made-up-{number + 1}",
        at=now,
        headline=f"{names[number % len(names)]} replied",
        text=_SAID,
        link=f"{terms.public_url.rstrip('/')}/inbox" if terms.public_url else None,
    )
