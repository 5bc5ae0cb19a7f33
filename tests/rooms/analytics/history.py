"""A made-up month of a client, written into the log as the rooms write it: late, out of order, and with a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rapport.people.models import Client
from tests.rooms.campaigns.world import invite, message, visit
from tests.stage import MONDAY, Stage

STEPS = [
    visit("look"),
    {**invite("invite"), "variants": [{"key": "a", "body": "Hello"}, {"key": "b", "body": "Hi"}]},
    {**message("hello"), "variants": [{"key": "a", "body": "Hello"}, {"key": "b", "body": "Hi"}]},
    message("bump"),
]
KINDS = {"look": "visit", "invite": "invite", "hello": "message", "bump": "message"}
VARIANTS: dict[str, tuple[str | None, ...]] = {
    "look": (None,),
    "invite": ("a", "b"),
    "hello": ("a", "b"),
    "bump": ("a",),
}
ZONES = ("Asia/Kathmandu", "America/New_York")
DAYS = 28


@dataclass
class Month:
    """Who was in it."""

    client: Client
    campaigns: list[str]
    accounts: list[str]
    told: list[dict[str, Any]] = field(default_factory=list)


def a_month(stage: Stage, seed: int, *, people: int, of: Client | None = None, batch: int = 40) -> Month:
    """Two campaigns in two zones, two accounts, and what happened to so many people in each campaign."""
    client = of or stage.acme
    by = stage.alice if of is None else stage.root
    accounts = [stage.account(f"Sender {number}", of=client).id for number in range(2)]
    month = Month(client, [], accounts)
    for zone in ZONES:
        body = {"client_id": client.id, "name": f"In {zone}", "steps": STEPS, "schedule": {"timezone": zone}}
        made = by.post("/campaigns", body)
        assert made.status_code == 201, made.json
        month.campaigns.append(made.json["id"])
    draw = random.Random(seed)
    for campaign in month.campaigns:
        for number in range(people):
            _Person(month, draw, campaign, f"{campaign[-8:]}-0000-7000-8000-{number:012x}").live()
    draw.shuffle(month.told)  # whatever the order in which it is told
    for start in range(0, len(month.told), batch):
        with stage.tx() as tx:
            for told in month.told[start : start + batch]:
                tx.emit(client_id=client.id, **told)
    return month


class _Person:
    """What happens to one person in one campaign, in the order in which it happens."""

    def __init__(self, month: Month, draw: random.Random, campaign: str, enrollment: str) -> None:
        self.month = month
        self.draw = draw
        self.at = MONDAY + timedelta(minutes=draw.randrange(DAYS * 24 * 60))
        self.where = {"campaign_id": campaign, "enrollment_id": enrollment, "account_id": draw.choice(month.accounts)}
        self.conversation = enrollment[:-1] + draw.choice("ef")

    def tell(self, event_type: str, when: datetime, data: dict[str, Any], **more: Any) -> None:
        self.month.told.append({"type": event_type, "occurred_at": when, "data": data, **self.where, **more})

    def tell_beside(self, event_type: str, when: datetime, data: dict[str, Any]) -> None:
        """Of no campaign."""
        self.tell(event_type, when, data, campaign_id=None, enrollment_id=None)

    def later(self, hours: float) -> datetime:
        return self.at + timedelta(hours=self.draw.random() * hours)

    def live(self) -> None:
        self.tell("enrollment.created", self.at, {"lead": "Ada", "campaign": "One", "sender": "Mira"})
        for step, kind in KINDS.items():
            if self.draw.random() < 0.15 or self.gets(step, kind):
                break
        self.beside()

    def gets(self, step: str, kind: str) -> bool:
        """A step; answers whether they replied."""
        draw = self.draw
        self.at = self.later(50)
        data = {"kind": kind, "step": step, "variant": draw.choice(VARIANTS[step]), "origin": "campaign"}
        if draw.random() < 0.05:
            self.tell("action.refused", self.at, {**data, "code": "no", "freed": True})
            return False
        self.tell("action.sent", self.at, {**data, "settled_by": "answer"})
        answers = {"step": step, "variant": data["variant"], "sent_at": self.at.isoformat()}
        if kind == "invite" and draw.random() < 0.5:
            self.tell("relation.accepted", self.later(60), {"learned": "webhook", "answers": answers})
        if kind == "visit" or draw.random() > 0.3:
            return False
        for _ in range(draw.choice((1, 1, 2, 3))):
            self.tell("reply.received", self.later(80), {"answers": answers}, conversation_id=self.conversation)
            self.tell_beside("message.received", self.later(1), {"channel": "linkedin"})
        for outcome in draw.choice(([], ["interested"], ["meeting"], ["not_now"], ["interested", "not known"])):
            said = {"outcome": outcome}
            came_of = {"conversation_id": self.conversation, "enrollment_id": None}
            self.tell("conversation.outcome_set", self.later(90), said, **came_of)
        return True

    def beside(self) -> None:
        """What is of no campaign."""
        draw = self.draw
        if draw.random() < 0.1:
            self.tell_beside("reply.received", self.at, {"answers": None})
        if draw.random() < 0.1:
            by_hand = {"kind": "message", "step": None, "variant": None, "origin": "person"}
            self.tell_beside("action.sent", self.later(9), by_hand)
            self.tell_beside("message.sent", self.at, {"channel": "linkedin"})
        if draw.random() < 0.1:
            self.tell_beside("reply.out_of_office", self.at, {"until": "2026-04-01"})
