"""A client with people to write to, and Resend on the product's own clock, which tells of every mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from rapport.broadcasts.tasks import FOLLOWER
from rapport.kernel import signatures
from rapport.leads import arriving
from rapport.leads.models import LeadSource
from rapport.rules import lead_fields
from rapport_sandbox.fakes import all_fakes
from rapport_sandbox.options import Options
from rapport_sandbox.server import SandboxServer
from tests.sandboxes import WorldClock, settings_for
from tests.stage import MONDAY, Stage

BATCH = "POST /emails/batch"
WORDS = {"subject": "News for {{ first_name }}", "body": "Hi {{ first_name }},\n\nlook at https://engines.example/new"}
SECRET = signatures.new_secret()


class Broadcasts:
    """One service, its leads, and the mailboxes of the world."""

    def __init__(self, stage: Stage, server: SandboxServer) -> None:
        self.stage, self.server = stage, server
        self.resend: Any = server.sandbox.apps["resend"]
        stage.service.consumers = (FOLLOWER,)  # whoever else reads the log has no part in these stories
        self.resend.subscribe("https://rapport.example/hook", SECRET)
        server.sandbox.courier.deliver = self._carry  # type: ignore[method-assign]

    def _carry(self, _url: str, headers: Any, body: bytes) -> int:
        return self.stage.nobody.call("POST", "/webhooks/resend", data=body, headers=headers).status_code

    def people(self, number: int, domain: str = "people.example") -> list[str]:
        """So many leads with addresses; the ids of them."""
        found = [
            lead_fields.read({"first_name": f"P{place}", "email": f"p{place}@{domain}"}) for place in range(number)
        ]
        with self.stage.tx() as tx:
            arrived = arriving.arrive(
                tx, self.stage.acme.id, found, source=LeadSource.MANUAL, said_by=arriving.OPERATOR
            )
        return [each.lead_id for each in arrived]

    def write(self, **more: Any) -> str:
        """A broadcast of Acme's."""
        body = {"client_id": self.stage.acme.id, "name": f"News {self.stage.number()}", "variants": [WORDS], **more}
        answer = self.stage.alice.post("/broadcasts", body)
        assert answer.status_code == 201, answer.json
        return str(answer.json["id"])

    def send_off(self, broadcast_id: str) -> None:
        answer = self.stage.alice.post(f"/campaigns/{broadcast_id}/dispatch")
        assert answer.status_code == 202, answer.json

    def work(self, most: timedelta = timedelta(hours=2)) -> None:
        """Let a worker do what is due, and what becomes due within this time."""
        end = self.stage.clock.now() + most
        while True:
            self.stage.run_due_jobs()
            self.stage.run_consumers()
            query = {"filter[status]": "pending", "limit": "50"}
            waiting = [each["run_at"] for each in self.stage.root.get("/jobs", query_string=query).json["items"]]
            if not waiting or min(waiting) > end.isoformat():
                return
            wait = (datetime.fromisoformat(min(waiting)) - self.stage.clock.now()).total_seconds()
            self.stage.clock.advance(timedelta(seconds=max(0.0, wait)))

    def hear(self) -> None:
        """Let Resend tell what it has to tell."""
        self.stage.clock.advance(timedelta(seconds=30))
        self.work(timedelta(0))

    def shown(self, broadcast_id: str) -> dict[str, Any]:
        return dict(self.stage.alice.get(f"/broadcasts/{broadcast_id}").json)

    def mail_of(self, broadcast_id: str, email: str) -> dict[str, Any]:
        query = {"filter[email]": email}
        (found,) = self.stage.alice.get(f"/broadcasts/{broadcast_id}/mails", query_string=query).json["items"]
        return dict(found)

    def arrived(self) -> Counter[str]:
        """Address → how many mails it got."""
        return Counter(str(each["to"][0]) for each in self.resend.sent.values())

    def lines(self) -> list[dict[str, Any]]:
        return [line for line in self.server.sandbox.ledger.read() if line.get("kind") == "email_batch"]


@contextmanager
def broadcasts(make_stage: Callable[..., Stage], **settings: str) -> Iterator[Broadcasts]:
    """A service whose mails all arrive here."""
    options = Options(people=5, accounts=1, relations=0, spontaneous=False, start=MONDAY.timestamp())
    with SandboxServer(options, apps=lambda url: all_fakes(public_url=url)) as server:
        given = {
            **settings_for(server),
            "RESEND_API_URL": f"{server.url}/resend",
            "RESEND_API_KEY": "re_sandbox",
            "RESEND_WEBHOOK_SECRET": SECRET,
            "PUBLIC_URL": "https://rapport.example",
            "DELIVERY_CALL_SECONDS": "0.5",
            **settings,
        }
        yield Broadcasts(make_stage(settings=given, clock=WorldClock(server.sandbox)), server)
