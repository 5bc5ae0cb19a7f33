"""A client with a sender, leads in a campaign, and what webhooks tell of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from rapport.conversations.models import Message
from rapport.enrollments.models import Enrollment
from rapport.enrollments.placing import place
from rapport.events.models import Event
from rapport.ports.unipile_hooks import ChatMessage, Heard, MessageHeard, Named, RelationHeard
from rapport.replies.hear import hear
from rapport.replies.understand import Decided
from rapport.rules.outcomes import Sent
from tests.rooms.campaigns.world import a_campaign, act
from tests.rooms.enrollments.test_enrolling import enroll
from tests.stage import Stage

OWNER = "ACoAAowner000001"
ADA = "ACoAAada00000001"
ADA_NUMBER = "812345678"
STRANGER = "ACoAAstranger001"


def a_listener(stage: Stage, name: str = "Mira", *, unipile: str = "mira") -> str:
    """An account that is connected, and whose owner is known."""
    from rapport.accounts import health, senders
    from rapport.accounts.models import AccountStatus

    account = stage.account(name, unipile_account_id=unipile)
    with stage.tx() as tx:
        row = senders.get(tx, account.id)
        health.set_status(tx, row, AccountStatus.OK, detail=None)
        row.provider_id = OWNER
    return account.id


def a_running_campaign(stage: Stage, account_id: str, *lead_ids: str, **more: Any) -> dict[str, str]:
    """A campaign under way; answers each lead's enrollment."""
    campaign = a_campaign(stage, account_ids=[account_id], **more)
    made = enroll(stage, campaign, *lead_ids)["enrollment_ids"]
    assert act(stage, campaign, "start").status_code == 200
    settle(stage)
    return dict(zip(lead_ids, made, strict=True))


def was_sent(stage: Stage, enrollment_id: str, step: str = "invite") -> None:
    """The step reached the person."""
    with stage.tx() as tx:
        place(tx, [enrollment_id], happened=lambda _: Sent(step, None, tx.now))


def settle(stage: Stage) -> None:
    """Let consumers and jobs do what has come up."""
    for _ in range(3):
        stage.run_consumers()
        stage.run_due_jobs()


def told(message_id: str | None = "m1", **more: Any) -> MessageHeard:
    """A message as a webhook tells it: of Ada, by her provider id."""
    known: dict[str, Any] = {
        "account_id": "mira",
        "account_user_id": OWNER,
        "chat_id": "c1",
        "chat_provider_id": "2-c1",
        "message_id": message_id,
        "message_provider_id": None,
        "sender": Named(provider_id=ADA, name="Ada Lovelace"),
        "attendees": (Named(provider_id=ADA, name="Ada Lovelace"),),
        "is_sender": False,
        "is_event": False,
        "is_group": False,
        "text": "Yes, let us talk",
        "subject": None,
        "attachments": (),
        "at": None,
    }
    return MessageHeard(ChatMessage(**(known | more)))


def related(person: Named) -> RelationHeard:
    return RelationHeard(account_id="mira", person=person)


def tell(stage: Stage, *heard: Heard) -> list[Decided]:
    """Each in a transaction of its own, as a webhook brings it."""
    decided = []
    for each in heard:
        with stage.tx() as tx:
            decided.append(hear(tx, each))
    return decided


def status(stage: Stage, enrollment_id: str) -> tuple[str, str]:
    """Where an enrollment stands, and why."""
    with stage.reading() as reading:
        row = reading.session.get_one(Enrollment, enrollment_id)
        return row.status, row.reason


def messages(stage: Stage) -> list[Message]:
    with stage.reading() as reading:
        return list(reading.session.execute(select(Message).order_by(Message.id)).scalars())


def events(stage: Stage, *types: str) -> list[Event]:
    with stage.reading() as reading:
        found = reading.session.execute(select(Event).where(Event.type.in_(types)).order_by(Event.seq))
        return list(found.scalars())
