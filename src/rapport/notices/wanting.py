"""Who wants to hear of an event: the client's rules, and its preferences, which are a rule for replies by mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from rapport.events.models import Event
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Reading
from rapport.notices.facts import temperature_of
from rapport.notices.models import NoticeRule
from rapport.outbox.endpoints import wants
from rapport.outbox.models import Connection
from rapport.outbox.words import Channel
from rapport.people.models import Client
from rapport.replies.events import REPLIED
from rapport.rules.noticing import Manner, parsed
from rapport.rules.temperatures import Temperature, at_least

REPLY_NOTICES = "replies"
"""What stands for the preferences where rules have their ids."""
_BATCH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One rule as it is applied."""

    rule_id: str | None
    event_types: tuple[str, ...]
    min_temperature: Temperature
    urgent_types: tuple[str, ...]
    manner: Manner
    channel: Channel
    connection: Connection | None
    emails: tuple[str, ...]

    @property
    def receivers(self) -> tuple[str, ...]:
        """Where it goes to: mail addresses, or the one channel or chat."""
        return self.emails if self.connection is None else (self.connection.address,)

    def digest_key(self, receiver: str) -> str:
        """What is told together: of one rule, to one receiver."""
        place = receiver if self.connection is None else self.connection.id
        return f"{self.rule_id or REPLY_NOTICES}:{place}"[:120]

    def is_about(self, event: Event) -> bool:
        """Whether the rule names such an event about somebody as warm as that."""
        return wants(self.event_types, event.type) and at_least(temperature_of(event), self.min_temperature)

    def is_urgent(self, event: Event) -> bool:
        """Whether quiet hours do not hold it."""
        named = bool(self.urgent_types) and wants(self.urgent_types, event.type)
        return named or temperature_of(event) is Temperature.HOT


def rules_of(reading: Reading, client_id: str) -> list[Wanted]:
    """Everything a client wants to be told of."""
    client = reading.session.get(Client, client_id) if client_id != AGENCY else None
    if client is None or client.archived_at is not None:
        return []
    rows = reading.session.execute(
        select(NoticeRule)
        .where(NoticeRule.client_id == client_id, NoticeRule.enabled.is_(True))
        .order_by(NoticeRule.created_at, NoticeRule.id)
    ).scalars()
    return [*_from_preferences(client), *(of_rule(reading, each, client) for each in rows)]


def of_rule(reading: Reading, rule: NoticeRule, client: Client) -> Wanted:
    """One rule as it is applied: its mails go to the client's addresses where it names none."""
    connection = reading.session.get(Connection, rule.connection_id) if rule.connection_id else None
    return Wanted(
        rule_id=rule.id,
        event_types=tuple(rule.event_types),
        min_temperature=Temperature(rule.min_temperature),
        urgent_types=tuple(rule.urgent_types),
        manner=Manner(
            client.timezone,
            parsed(rule.quiet_from),
            parsed(rule.quiet_to),
            timedelta(seconds=rule.batch_s),
            rule.max_per_hour,
        ),
        channel=Channel(rule.channel),
        connection=connection,
        emails=_each_once(rule.emails or client.notice_preferences["emails"]),
    )


def _from_preferences(client: Client) -> list[Wanted]:
    wishes: dict[str, Any] = client.notice_preferences
    if not wishes["reply_notices"] or not wishes["emails"]:
        return []
    manner = Manner(
        client.timezone, parsed(wishes["quiet_from"]), parsed(wishes["quiet_to"]), _BATCH, wishes["max_per_hour"]
    )
    return [
        Wanted(
            rule_id=None,
            event_types=(REPLIED,),
            min_temperature=Temperature(wishes["min_temperature"]),
            urgent_types=(),
            manner=manner,
            channel=Channel.EMAIL,
            connection=None,
            emails=_each_once(wishes["emails"]),
        )
    ]


def _each_once(emails: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.lower() for each in emails))
