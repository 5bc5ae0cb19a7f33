"""A client with a CRM of each kind: the fakes on the product's own clock, and as many workers as a story wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from rapport.crm.tasks import FOLLOWER
from rapport.runtime import loops
from rapport_sandbox.fakes import all_fakes
from rapport_sandbox.options import Options
from rapport_sandbox.server import SandboxServer
from tests.sandboxes import WorldClock, settings_for
from tests.stage import MONDAY, Stage

NATIVE = ("hubspot", "pipedrive", "salesforce")
OPENS = {
    "hubspot": {"token": "pat-sandbox"},
    "pipedrive": {"token": "pipedrive-sandbox", "domain": "acme"},
    "salesforce": {"key": "salesforce-sandbox", "key_secret": "salesforce-sandbox-secret", "domain": "acme"},
    "n8n": {},
}
MAKES = {
    "hubspot": "POST /crm/v3/objects/contacts/batch/upsert",
    "pipedrive": "POST /api/v2/persons",
    "salesforce": "PATCH /services/data/v62.0/sobjects/Contact/Outreach_Lead_Id__c",
}
"""How the call begins that makes a contact."""
NOTES = {
    "hubspot": "POST /crm/v3/objects/notes",
    "pipedrive": "POST /api/v1/notes",
    "salesforce": "POST /services/data/v62.0/sobjects/Task",
}


class Crms:
    """One service and the CRMs around it."""

    def __init__(self, stage: Stage, server: SandboxServer) -> None:
        self.stage, self.server = stage, server
        self.fakes: dict[str, Any] = server.sandbox.apps
        self.connections: dict[str, str] = {}
        stage.service.consumers = (FOLLOWER,)  # whoever else reads the log has no part in these stories

    def connect(self, kind: str, *, tried: bool = True, **more: Any) -> str:
        """A CRM of Acme's."""
        body = {"client_id": self.stage.acme.id, "kind": kind, "name": f"Acme's {kind}", **OPENS[kind], **more}
        answer = self.stage.alice.post("/crm/connections", body)
        assert answer.status_code == 201, answer.json
        self.connections[kind] = answer.json["id"]
        if tried:
            self.work()
        return answer.json["id"]

    def connect_all(self, **more: Any) -> None:
        for kind in NATIVE:
            self.connect(kind, tried=False, **more)
        self.work()

    def push(self, *lead_ids: str, **more: Any) -> list[str]:
        answer = self.stage.alice.post(
            "/crm/push", {"client_id": self.stage.acme.id, "lead_ids": list(lead_ids), **more}
        )
        assert answer.status_code == 202, answer.json
        return list(answer.json["link_ids"])

    def links(self, **like: Any) -> dict[str, dict[str, Any]]:
        """Kind of CRM → how the lead stands there."""
        kinds = {key: kind for kind, key in self.connections.items()}
        query = {f"filter[{name}]": value for name, value in like.items()} | {"limit": "200"}
        items = self.stage.alice.get("/crm/links", query_string=query).json["items"]
        return {kinds[each["connection_id"]]: each for each in items}

    def work(self, most: timedelta = timedelta(hours=2), *, workers: int = 1) -> None:
        """Let workers do what is due, and what becomes due within this time."""
        end = self.stage.clock.now() + most
        while True:
            self.stage.run_consumers()
            if workers == 1:
                self.stage.run_due_jobs()
            else:
                self._side_by_side(workers)
            self.stage.run_consumers()
            waiting = [each["run_at"] for each in self._jobs("pending")]
            if not waiting or min(waiting) > end.isoformat():
                return
            wait = max(0.0, (datetime.fromisoformat(min(waiting)) - self.stage.clock.now()).total_seconds())
            self.stage.clock.advance(timedelta(seconds=wait))

    def _side_by_side(self, workers: int) -> None:
        def worker(number: int) -> None:
            for _ in range(12):
                loops.job_turn(self.stage.service, running, worker=f"worker-{number}", stopping=lambda: False)

        running = loops.Running()
        threads = [threading.Thread(target=worker, args=(number,)) for number in range(workers)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    def _jobs(self, status: str) -> list[dict[str, Any]]:
        query = {"filter[status]": status, "filter[executor]": "worker", "limit": "200"}
        return list(self.stage.root.get("/jobs", query_string=query).json["items"])

    def told(self) -> list[dict[str, Any]]:
        """What the log says, the newest first."""
        return list(self.stage.alice.get("/events/timeline", query_string={"limit": "200"}).json["items"])

    def persons(self, kind: str) -> list[dict[str, Any]]:
        """Whom a CRM has: its id, our key, what stands there."""
        fake = self.fakes[kind]
        if kind == "hubspot":
            return [
                {"id": one.id, "key": one.properties.get("outreach_lead_id"), **one.properties} for one in fake.contacts
            ]
        if kind == "pipedrive":
            return [
                {**one.now(), "id": str(one.id), "key": next(iter(one.now()["custom_fields"].values()), None)}
                for one in fake._persons.values()
            ]
        return [{"id": one.id, "key": one.external_id, **one.fields} for one in fake._records.values()]

    def notes(self, kind: str) -> list[str]:
        """What is written to contacts there."""
        fake = self.fakes[kind]
        if kind == "hubspot":
            return [note.properties["hs_note_body"] for note in fake.notes.values()]
        if kind == "pipedrive":
            return [str(note["content"]) for note in fake.notes]
        return [f"{task['Subject']}\n{task['Description']}" for task in fake.tasks]

    def calls(self, kind: str) -> int:
        return sum(1 for line in self.server.sandbox.ledger.read() if line.get("service") == kind)


@contextmanager
def crms(make_stage: Callable[..., Stage], **assembled: Any) -> Iterator[Crms]:
    """A service whose clients' CRMs are the fakes."""
    options = Options(people=5, accounts=1, relations=0, spontaneous=False, start=MONDAY.timestamp())
    with SandboxServer(options, apps=lambda url: all_fakes(public_url=url)) as server:
        given = {
            **settings_for(server),
            "HUBSPOT_API_URL": f"{server.url}/hubspot",
            "PIPEDRIVE_API_URL": f"{server.url}/pipedrive",
            "SALESFORCE_LOGIN_URL": f"{server.url}/salesforce",
            "DELIVERY_CALL_SECONDS": "0.15",
        }
        yield Crms(make_stage(settings=given, clock=WorldClock(server.sandbox), **assembled), server)
