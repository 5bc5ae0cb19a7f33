"""A client with a sender, people who write to it, and the inbox that shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from rapport.conversations import counters, record
from rapport.conversations.models import Message
from rapport.conversations.told import Match, Somebody, Told
from rapport.conversations.words import Via
from rapport.events.models import Event
from rapport.people.models import Client
from rapport.rules.direction import Direction
from tests.stage import Person, Stage


def wrote(
    stage: Stage,
    chat: str = "c1",
    *,
    lead: str | None = None,
    of: Client | None = None,
    account: str | None = None,
    **more: Any,
) -> str:
    """Somebody wrote, or with `direction` we did; answers the conversation."""
    number = stage.number()
    given: dict[str, Any] = {
        "client_id": (of or stage.acme).id,
        "account_id": account,
        "message_id": f"m{number}",
        "chat_id": chat,
        "at": stage.clock.now(),
        "via": Via.WEBHOOK,
        "direction": Direction.INBOUND,
        "author": Somebody(f"AC{chat}", f"Writer of {chat}"),
        "match": Match(lead, "provider_id", {}),
        "text": f"Words {number}",
    }
    with stage.tx() as tx:
        return record.heard(tx, Told(**given | more)).conversation_id


def by_hand(stage: Stage, chat: str = "c1", **more: Any) -> str:
    """The account's owner wrote, in LinkedIn itself."""
    return wrote(stage, chat, **{"direction": Direction.OUTBOUND, "author": None} | more)


def shown(stage: Stage, conversation: str, by: Person | None = None) -> dict[str, Any]:
    answer = (by or stage.alice).get(f"/inbox/conversations/{conversation}")
    assert answer.status_code == 200, answer.json
    return answer.json


def do(stage: Stage, conversation: str, what: str, body: Any = None, *, by: Person | None = None) -> dict[str, Any]:
    """Do something with a conversation over the API."""
    answer = (by or stage.alice).post(f"/inbox/conversations/{conversation}/{what}", body)
    assert answer.status_code < 300, answer.json
    return answer.json


def listed(stage: Stage, *, by: Person | None = None, **filters: str) -> list[str]:
    """The ids of the listed conversations."""
    query = "&".join(f"filter[{name}]={value}" for name, value in filters.items())
    answer = (by or stage.alice).get(f"/inbox/conversations?limit=200&{query}")
    assert answer.status_code == 200, answer.json
    return [each["id"] for each in answer.json["items"]]


def total(stage: Stage, by: Person | None = None) -> dict[str, int]:
    return (by or stage.alice).get("/inbox/counters").json["total"]


def differences(stage: Stage) -> list[dict[str, Any]]:
    """What a recount of Acme's conversations finds other than what is kept."""
    with stage.tx() as tx:
        return counters.check(tx, stage.acme.id)


def last_message(stage: Stage, conversation: str) -> str:
    with stage.reading() as reading:
        mine = select(Message.id).where(Message.conversation_id == conversation)
        return reading.session.execute(mine.order_by(Message.number.desc())).scalars().first()


def told(stage: Stage, *types: str) -> list[Event]:
    with stage.reading() as reading:
        found = reading.session.execute(select(Event).where(Event.type.in_(types)).order_by(Event.seq))
        return list(found.scalars())


def at(shown_instant: str) -> datetime:
    return datetime.fromisoformat(shown_instant)
