"""A world worth looking at: a client whose campaign has run for days, and everything that may need somebody.

It is served from this process on the sandbox's clock, so that every run shows the same instants and the same people.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus
from rapport.conversations import record
from rapport.conversations.told import Somebody, Told
from rapport.conversations.words import Via
from rapport.jobs import claim
from rapport.jobs import settle as job_settle
from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Executor
from rapport.outbox.ending import dead
from rapport.outbox.models import Delivery
from rapport.rules.direction import Direction
from rapport.rules.permissions import Role
from rapport.rules.sequences import StepKind
from rapport.sending import outside_turns, settle
from rapport.sending.states import Origin, State
from scripts.servers import free_port
from tests.browser.serving import served_here
from tests.browser.talks import fill_inbox
from tests.databases import Database
from tests.http.routes import written
from tests.outreach import Outreach
from tests.rooms.leads.importing import imported
from tests.sandboxes import WorldClock, sandbox_server, settings_for
from tests.stage import Stage

STEPS: list[dict[str, Any]] = [
    {
        "key": "invite",
        "kind": "invite",
        "then": "accepted",
        "variants": [
            {"key": "a", "body": 'Hello {{ first_name | clean | default: "there" }}, may we connect?'},
            {"key": "b", "body": "Your work on supply chains caught my eye, and I would like to stay in touch."},
        ],
    },
    {
        "key": "accepted",
        "kind": "wait_for",
        "condition": {"asked": "connected"},
        "within": {"amount": 7, "unit": "days"},
        "then": "hello",
        "otherwise": "visit",
    },
    {
        "key": "hello",
        "kind": "message",
        "delay": {"amount": 2, "unit": "hours"},
        "then": "again",
        "variants": [
            {
                "key": "a",
                "body": 'Hi {{ first_name | clean | default: "there" }}, thank you for connecting. '
                "What are you working on this spring?",
            }
        ],
    },
    {
        "key": "again",
        "kind": "message",
        "delay": {"amount": 3, "unit": "working_days"},
        "then": None,
        "variants": [{"key": "a", "body": "I know how full a week is. Shall I send you two lines on it?"}],
    },
    {"key": "visit", "kind": "visit", "delay": {"amount": 1, "unit": "days"}, "then": "withdraw"},
    {"key": "withdraw", "kind": "withdraw", "delay": {"amount": 7, "unit": "days"}, "then": None},
]
LIST = (
    "First name,Last name,Email,Company,Job title,Segment\n"
    "Ingrid,Solberg,ingrid@fjordline.example,Fjordline,Head of Sales,Nordics\n"
    "Tomasz,Zieliński,tomasz at wisla,Wisła Logistics,CEO,Poland\n"
    "Amara,Okafor,amara@lagosgrid.example,Lagos Grid,COO,Africa\n"
    "Nobody,Known,,Somewhere,CTO,\n"
    "Lucía,Fernández,lucia@olivar.example,Olivar,Head of Sales,Iberia\n"
)


@dataclass
class Shown:
    """A served world, and what is in it."""

    address: str
    it: Outreach
    ids: dict[str, str]

    @property
    def stage(self) -> Stage:
        return self.it.stage


@contextlib.contextmanager
def shown(database: Database) -> Iterator[Shown]:
    """The world, served until the story ends."""
    with sandbox_server(people=80, accounts=3) as server:
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        settings = {"BACKGROUND": "false", "RATE_LIMIT_PER_MINUTE": "1000000", "PUBLIC_URL": address}
        stage = Stage(database, settings=settings_for(server) | settings, clock=WorldClock(server.sandbox))
        it = Outreach(stage, server)
        try:
            with served_here(stage, port):
                yield Shown(address, it, fill(it))
        finally:
            stage.close()


def fill(it: Outreach) -> dict[str, str]:
    """Everything there is to look at; answers the ids by which pages are found."""
    stage = it.stage
    stage.globex  # noqa: B018 - the other client is made by being asked for
    accounts = [it.sender(invites_per_day=12), it.sender(invites_per_day=8, messages_per_day=20)]
    for account, name in zip(accounts, ("Mira Lindqvist", "Daan de Vries"), strict=True):
        stage.alice.patch(f"/linkedin-accounts/{account.id}", {"name": name})
    third = stage.account("Jonas Weber", warmup=True)
    with stage.tx() as tx:
        health.set_status(tx, senders.get(tx, third.id), AccountStatus.CREDENTIALS, detail="The session has ended.")
    week = {day: [{"opens": "09:00", "closes": "12:00"}, {"opens": "13:00", "closes": "17:00"}] for day in _WORKDAYS}
    schedule = {"timezone": "Europe/Berlin", "week": week, "holidays_country": "DE", "holidays_region": "BY"}
    running = it.campaign(steps=STEPS, leads=28, accounts=accounts, name="Heads of sales in Bavaria", schedule=schedule)
    it.run(days=1.2)
    for enrollment in [each for each in it.enrollments(running) if each["status"] == "invite_sent"][:6]:
        it.accept(enrollment)
    it.run(days=1.4)
    registered = stage.root.post("/webhooks/unipile/repair", {"dry_run": False})
    assert registered.json["is_right"], registered.json
    talks = fill_inbox(it, running)
    uncertain = _uncertain(stage, accounts[0].id)
    a_list = imported(stage, LIST, tags=["fair 2026"])
    (held,) = [each for each in it.enrollments(running) if each["status"] == "invite_sent"][:1]
    with stage.tx() as tx:
        made, _ = enqueue(
            tx,
            stage.service.job_types.get("custom.task"),
            client_id=stage.acme.id,
            payload={"do": "look up the company"},
            entity=("lead", held["lead_id"]),
            entity_label=held["lead"],
        )
        tx.session.flush()  # the claim must find it
        claim.claim(tx, executor=Executor.N8N, types=None, limit=5, lease=timedelta(hours=1), by="n8n")
        job = job_settle.hold(tx, made.id, made.lease_token or "", past_term=False)
        message = "The company register answered with 503."
        job_settle.fail(tx, job, code="register_away", message=message, retryable=False, waits=())
        job_id = made.id
    unmatched = _unmatched(stage, accounts[0].id)
    stage.alice.post(f"/leads/{held['lead_id']}/notes", {"text": "Met at the fair in Munich; likes short messages."})
    stage.alice.post(f"/leads/{held['lead_id']}/tags", {"add": ["vip", "fair 2026"]})
    stage.alice.post("/do-not-contact", {"client_id": stage.acme.id, "kind": "domain", "value": "rival.example"})
    stage.alice.post(f"/campaigns/{running['id']}/simulate", {"days": 60, "runs": 5})
    outgoing = _told(stage, asks=talks["asks"])
    arranged = _arranged(stage)
    stage.user("Vera", Role.VIEWER, stage.acme)
    for person in (stage.root, stage.alice, stage.bob):
        assert person.get("/auth/me").status_code == 200
    return {
        "campaign": running["id"],
        "lead": held["lead_id"],
        "enrollment": held["id"],
        "account": accounts[0].id,
        "import": a_list["id"],
        "job": job_id,
        "action": uncertain,
        "message": unmatched,
        "client": stage.acme.id,
        "outgoing": outgoing,
        **arranged,
        **talks,
    }


def _told(stage: Stage, *, asks: str) -> str:
    """Endpoints, notice rules, and a mail about a conversation that could not be delivered."""
    acme = stage.acme.id
    hook = {"kind": "webhook", "name": "Our n8n", "url": "https://hooks.acme.example/rapport"}
    assert stage.alice.post("/connections", {"client_id": acme, "event_types": ["reply.*"], **hook}).status_code == 201
    rule = {"name": "Replies to the desk", "event_types": ["reply.received"], "channel": "email"}
    rule |= {"emails": ["desk@acme.example"], "quiet_from": "20:00", "quiet_to": "07:30"}
    assert stage.alice.post("/notices/rules", {"client_id": acme, **rule}).status_code == 201
    with stage.tx() as tx:
        made = written(tx, stage.acme, "desk", conversation_id=asks, event_type="reply.received")
        row = tx.session.get_one(Delivery, made)
        row.title = "A reply came"
        dead(tx, row, None, "no_such_mailbox")
    return made


def _arranged(stage: Stage) -> dict[str, str]:
    """Something that is offered, a form through which somebody came, a way to look at leads, and a slow statement."""
    acme, alice = stage.acme.id, stage.alice
    offered = {
        "name": "Returns desk",
        "code": "RD-7",
        "aliases": ["Return logistics"],
        "description": "Returns, sorted.",
    }
    offering = alice.post("/offerings", {"client_id": acme, "urls": ["https://acme.example/returns"], **offered}).json[
        "id"
    ]
    asks = {"name": "Contact page", "kind": "form", "offering_id": offering, "consent_text": "You may answer me."}
    form = alice.post("/capture-forms", {"client_id": acme, **asks}).json
    sent = {"full_name": "Pia Nowak", "email": "pia@nowak.example", "message": "What does RD-7 cost?", "consent": True}
    assert stage.nobody.post(f"/capture/{form['key']}", {**sent, "utm": {"source": "newsletter"}}).status_code == 201
    filters = {"name": "From the fair", "filter": {"tag": "fair 2026"}, "columns": ["company", "score", "tags"]}
    view = stage.root.post("/leads/views", {"client_id": acme, "is_shared": True, **filters}).json["id"]
    watch = stage.service.watch
    watch.took("SELECT count(*) FROM event WHERE client_id = :client AND seq > :after", watch.stopwatch() - 0.4)
    return {"offering": offering, "form": form["id"], "view": view}


def _uncertain(stage: Stage, account_id: str) -> str:
    """An InMail whose call ended without a clear answer."""
    lead_id = stage.lead("Henrike Vogel", company="Isar Logistik", title="Head of Sales")
    with stage.tx() as tx:
        action_id = outside_turns.want(
            tx,
            client_id=stage.acme.id,
            account_id=account_id,
            lead_id=lead_id,
            kind=StepKind.INMAIL,
            origin=Origin.PERSON,
            due_at=tx.now,
            subject="Two lines",
            body="You wrote about returns last week. Shall I send you two lines on it?",
        )
    with stage.tx() as tx:
        row = settle.hold(tx, action_id, State.READY)
        assert row is not None
        settle.uncertain(tx, row, code="timed_out", detail="The answer did not come in time.")
    return action_id


def _unmatched(stage: Stage, account_id: str) -> str:
    """A message from somebody who is no lead."""
    with stage.tx() as tx:
        told = Told(
            client_id=stage.acme.id,
            account_id=account_id,
            message_id="from-grace",
            at=tx.now,
            via=Via.WEBHOOK,
            direction=Direction.INBOUND,
            chat_id="grace",
            author=Somebody("grace", "Grace Hopper"),
            text="Somebody told me you help with returns. Do you?",
        )
        return record.heard(tx, told).message_id


_WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
