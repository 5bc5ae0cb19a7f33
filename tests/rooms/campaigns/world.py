"""Campaigns, senders and leads with sensible defaults, made by the real verbs and over the API."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from rapport.accounts import health, senders
from rapport.accounts.models import Account, AccountStatus
from rapport.campaigns import queries
from rapport.enrollments import enroll as enrolling
from rapport.leads import arriving
from rapport.leads.models import LeadSource
from rapport.people.models import Client
from rapport.rules import lead_fields
from tests.stage import Person, Stage

HELLO = 'Hi {{ first_name | clean | default: "there" }}, thank you for connecting.'


def invite(key: str = "invite", note: str = "") -> dict[str, Any]:
    return {"key": key, "kind": "invite", "variants": [{"body": note}] if note else []}


def accepted(key: str = "accepted", **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": "wait_for", "condition": {"asked": "connected"}, **more}


def message(key: str = "hello", body: str = HELLO, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "message",
        "delay": {"amount": 1, "unit": "working_days"},
        "variants": [{"body": body}],
        **more,
    }


def visit(key: str = "visit", **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": "visit", **more}


STEPS = [invite(), accepted(), message()]


def a_campaign(stage: Stage, by: Person | None = None, **more: Any) -> dict[str, Any]:
    """A draft of Acme with three steps."""
    body = {"client_id": stage.acme.id, "name": f"Campaign {stage.number()}", "steps": STEPS} | more
    answer = (by or stage.alice).post("/campaigns", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def a_sender(stage: Stage, name: str = "Mira", *, of: Client | None = None, status: str = "ok") -> Account:
    """An account that the provider says is ready, with a mailbox."""
    account = stage.account(name, of=of, mailbox_id=f"mailbox{stage.number()}")
    with stage.tx() as tx:
        health.set_status(tx, senders.get(tx, account.id), AccountStatus(status), detail=None)
    return account


def a_ready_campaign(stage: Stage, **more: Any) -> dict[str, Any]:
    """A draft with which nothing is wrong."""
    return a_campaign(stage, **{"account_ids": [a_sender(stage).id]} | more)


def a_running_campaign(stage: Stage, **more: Any) -> dict[str, Any]:
    campaign = a_ready_campaign(stage, **more)
    answer = act(stage, campaign, "start")
    assert answer.status_code == 200, answer.json
    return answer.json


def act(stage: Stage, campaign: dict[str, Any], what: str, body: Any = None) -> TestResponse:
    return stage.alice.post(f"/campaigns/{campaign['id']}/{what}", body)


def a_lead(stage: Stage, name: str = "Ada Lovelace", *, of: Client | None = None, tag: str = "", **more: Any) -> str:
    """A lead of a client, known by an email address made for it; `custom` as for a form."""
    first, _, last = name.partition(" ")
    custom = more.pop("custom", {})
    given = {"first_name": first, "last_name": last, "email": f"lead{stage.number()}@people.example"} | more
    person = lead_fields.read(given, custom, (tag,) if tag else ())
    assert isinstance(person, lead_fields.Person), person
    with stage.tx() as tx:
        client_id = (of or stage.acme).id
        arrived = arriving.arrive(tx, client_id, [person], source=LeadSource.MANUAL, said_by=arriving.OPERATOR)
    assert arrived[0].lead_id is not None
    return arrived[0].lead_id


def enroll(stage: Stage, campaign: dict[str, Any], *lead_ids: str) -> None:
    """Put leads into a campaign."""
    with stage.tx() as tx:
        refused = enrolling.enroll(tx, queries.kept(tx, campaign["id"]), lead_ids, by=None).refused
    assert not refused, refused


def told(stage: Stage, campaign: dict[str, Any]) -> list[str]:
    """The types of what was told of a campaign, in order."""
    answer = stage.root.get(f"/events/timeline?filter[campaign_id]={campaign['id']}&limit=200")
    assert answer.status_code == 200, answer.json
    return [each["type"] for each in reversed(answer.json["items"])]


def codes(answer: TestResponse) -> list[str]:
    """The codes of the problems an answer lists."""
    found = answer.json["details"] if "details" in answer.json else answer.json["problems"]
    return sorted(each["code"] for each in found)
