"""Talks for the world: people answer the campaign, and each conversation stands another way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rapport.inbox.turn import look
from rapport_sandbox.faults import Fault
from tests.outreach import Outreach

ANSWERS = (
    "Thank you for writing. We look at exactly this for the spring. How does it work with three warehouses?",
    "You want my colleague Jan for this, he runs sales operations.",
    "Interesting, but not before the autumn. Would you write again in September?",
    "I am out of the office until Monday and will read this when I am back.",
    "Let us talk. Tuesday or Wednesday after two would suit me.",
)


def hear(it: Outreach, enrollment: dict[str, Any], text: str) -> None:
    """The person answers in the chat, the provider tells us by webhook, and it is understood."""
    it.sandbox.world.replies(provider_of(it, enrollment), timedelta(seconds=1), text)
    it.clock.advance(timedelta(seconds=3))
    it.settle()


def provider_of(it: Outreach, enrollment: dict[str, Any]) -> str:
    return str(it.stage.alice.get(f"/leads/{enrollment['lead_id']}").json["provider_id"])


def fill_inbox(it: Outreach, campaign: dict[str, Any]) -> dict[str, str]:
    """Five people answer; answers the conversations that pages are about."""
    stage = it.stage
    acme = stage.acme.id
    stage.alice.post("/inbox/queues", {"client_id": acme, "name": "Sales desk"})
    greeting = 'Hi {{ first_name | clean | default: "there" }}, thank you for your answer.'
    stage.alice.post("/inbox/canned-replies", {"client_id": acme, "name": "Say thank you", "body": greeting})
    messaged = [each for each in it.enrollments(campaign) if each["status"] == "messaged"]
    talking = sorted(messaged, key=lambda each: not each["lead"].isascii())  # not every machine has every letter
    for enrollment, text in zip(talking, ANSWERS, strict=False):
        hear(it, enrollment, text)
        it.clock.advance(timedelta(minutes=11))
    found = {each["lead_id"]: each["id"] for each in stage.alice.get("/inbox/conversations?limit=50").json["items"]}
    asks, other, later, away, _ = (found[each["lead_id"]] for each in talking[: len(ANSWERS)])
    act(it, later, "snooze", {"until": (it.now + timedelta(days=3)).isoformat()})
    act(it, away, "tags", {"add": ["away"]})
    act(it, other, "assign", {"assignee_id": stage.alice.id})
    it.sandbox.faults.arm(Fault("status", on="message", status=422, type="user_unreachable"))
    act(it, other, "reply", {"text": "Thank you, I will write to Jan.", "seen_message_id": newest(it, other)})
    it.turn()
    stage.alice.put(f"/inbox/conversations/{asks}/temperature", {"temperature": "hot"})
    act(it, asks, "tags", {"add": ["spring"]})
    act(it, asks, "notes", {"text": "Three warehouses: Augsburg, Linz, Brno. Ask for volumes first."})
    due = (it.now + timedelta(hours=4)).isoformat()
    stage.alice.post("/tasks", {"client_id": acme, "conversation_id": asks, "title": "Send two lines", "due_at": due})
    with stage.tx() as tx:
        look(tx)
    return {"asks": asks, "failed": other}


def act(it: Outreach, conversation: str, what: str, body: dict[str, Any]) -> None:
    answer = it.stage.alice.post(f"/inbox/conversations/{conversation}/{what}", body)
    assert answer.status_code < 300, answer.json


def newest(it: Outreach, conversation: str) -> str:
    return str(it.stage.alice.get(f"/inbox/conversations/{conversation}/messages?limit=1").json["items"][0]["id"])
