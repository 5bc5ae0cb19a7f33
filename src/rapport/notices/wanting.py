"""Who wants to hear of an event: the client's rules, and its preferences, which are a rule for replies by mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from rapport.conversations.words import Temperature
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Reading
from rapport.notices.models import NoticeRule
from rapport.outbox.queries import address_of
from rapport.outbox.words import Channel
from rapport.people import queries as people
from rapport.replies.events import REPLIED
from rapport.rules.event_types import wants
from rapport.rules.noticing import Manner, parsed

REPLY_NOTICES = "replies"
"""What stands for the preferences where rules have their ids."""
_BATCH = timedelta(minutes=5)
_COLD_TO_HOT = (Temperature.COLD, Temperature.WARM, Temperature.HOT)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One rule as it is applied."""

    rule_id: str | None
    event_types: tuple[str, ...]
    min_temperature: Temperature
    urgent_types: tuple[str, ...]
    manner: Manner
    channel: Channel
    connection_id: str | None
    places: tuple[str, ...]
    """Where it goes to: mail addresses, or the one channel or chat."""

    def digest_key(self, place: str) -> str:
        """What is told together: of one rule, to one receiver."""
        return f"{self.rule_id or REPLY_NOTICES}:{self.connection_id or place}"[:120]

    def is_about(self, event_type: str, temperature: Temperature) -> bool:
        """Whether the rule names such an event about somebody as warm as that."""
        is_warm_enough = _COLD_TO_HOT.index(temperature) >= _COLD_TO_HOT.index(self.min_temperature)
        return is_warm_enough and wants(self.event_types, event_type)

    def is_urgent(self, event_type: str, temperature: Temperature) -> bool:
        """Whether quiet hours do not hold it."""
        named = bool(self.urgent_types) and wants(self.urgent_types, event_type)
        return named or temperature is Temperature.HOT


def rules_of(reading: Reading, client_id: str) -> list[Wanted]:
    """Everything a client wants to be told of."""
    if client_id == AGENCY:
        return []
    client = people.client(reading, client_id)
    if client["archived_at"] is not None:
        return []
    rows = reading.session.execute(
        select(NoticeRule)
        .where(NoticeRule.client_id == client_id, NoticeRule.enabled.is_(True))
        .order_by(NoticeRule.created_at, NoticeRule.id)
    ).scalars()
    return [*_from_preferences(client), *(of_rule(reading, each, client) for each in rows)]


def of_rule(reading: Reading, rule: NoticeRule, client: Mapping[str, Any]) -> Wanted:
    """One rule as it is applied: its mails go to the client's addresses where it names none."""
    if rule.connection_id is not None:
        places: tuple[str, ...] = (address_of(reading, rule.connection_id),)
    else:
        places = _each_once(rule.emails or client["notice_preferences"]["emails"])
    return Wanted(
        rule_id=rule.id,
        event_types=tuple(rule.event_types),
        min_temperature=Temperature(rule.min_temperature),
        urgent_types=tuple(rule.urgent_types),
        manner=Manner(
            client["timezone"],
            parsed(rule.quiet_from),
            parsed(rule.quiet_to),
            timedelta(seconds=rule.batch_s),
            rule.max_per_hour,
        ),
        channel=Channel(rule.channel),
        connection_id=rule.connection_id,
        places=places,
    )


def _from_preferences(client: Mapping[str, Any]) -> list[Wanted]:
    wishes: dict[str, Any] = client["notice_preferences"]
    if not wishes["reply_notices"] or not wishes["emails"]:
        return []
    manner = Manner(
        client["timezone"], parsed(wishes["quiet_from"]), parsed(wishes["quiet_to"]), _BATCH, wishes["max_per_hour"]
    )
    return [
        Wanted(
            rule_id=None,
            event_types=(REPLIED,),
            min_temperature=Temperature(wishes["min_temperature"]),
            urgent_types=(),
            manner=manner,
            channel=Channel.EMAIL,
            connection_id=None,
            places=_each_once(wishes["emails"]),
        )
    ]


def _each_once(emails: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.lower() for each in emails))
