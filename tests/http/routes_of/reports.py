"""The routes of weekly reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport.people.models import Client
from tests.http.routes_of.row import V1, Row
from tests.stage import Stage

if TYPE_CHECKING:
    from tests.http.walking import Caller

_OF_CLIENT = {"client_id": "<client_id>"}
ROUTES: dict[str, Row] = {
    # Open to whoever has the link that stands in a report (tests/rooms/reports)
    "GET /reports/opt-out/<string:link>": Row("", 404),
    "POST /reports/opt-out/<string:link>": Row("", 404, body={}),
    f"GET {V1}/reports": Row("read"),
    f"GET {V1}/reports/<id:report_id>": Row("read"),
    **{f"GET {V1}/reports/preview{form}": Row("read", query=_OF_CLIENT) for form in ("", ".html", ".txt")},
    f"GET {V1}/reports/settings": Row("read", query=_OF_CLIENT),
    f"GET {V1}/reports/stopped": Row("read"),
    f"POST {V1}/reports/send": Row("write", 202, body={**_OF_CLIENT, "emails": ["<email>"]}),
    f"PATCH {V1}/reports/settings": Row("write", body={**_OF_CLIENT, "hour": 9}),
    f"DELETE {V1}/reports/stopped/<id:stop_id>": Row("write", 204),
}


def report_of(stage: Stage, client: Client, *, email: str | None = None) -> str:
    """A report of a client's, sent by hand to an address that gets no more: its mail is skipped, and nobody waits."""
    from rapport.reports import send

    gone = email or f"gone{stage.number()}@walked.example"
    stopped(stage, client, email=gone)
    with stage.tx() as tx:
        return send.by_hand(tx, client.id, [gone], send.composed_now(tx, client.id), stage.service.reports)


def stopped(stage: Stage, client: Client, *, email: str | None = None) -> str:
    """An address of a client's that gets no more mail."""
    from sqlalchemy import select

    from rapport.outbox import stops
    from rapport.outbox.models import MailStop
    from rapport.outbox.words import MailTopic, StopReason

    address = email or f"gone{stage.number()}@walked.example"
    with stage.tx() as tx:
        stops.stop(tx, client.id, address, topic=MailTopic.ALL, reason=StopReason.BOUNCED)
        tx.flush()
        found = select(MailStop.id).where(MailStop.client_id == client.id, MailStop.email == address)
        return str(tx.session.execute(found).scalar_one())


def _report(stage: Stage, client: Client, _caller: Caller) -> str:
    return report_of(stage, client)


def _stop(stage: Stage, client: Client, _caller: Caller) -> str:
    return stopped(stage, client)


IDS = {"report_id": _report, "stop_id": _stop}
PLAIN = {"link": lambda _stage: "walked"}
NO_CANARY = {
    "report.kind": "a word of ours",
    "report.status": "a word of ours",
    "report.reason": "a word of ours",
    "report.made_by": "an id",
    "mail_stop.topic": "a word of ours",
    "mail_stop.reason": "a word of ours",
}


def fill(stage: Stage, client: Client, mark: str) -> None:
    """A report that names the client, and the address that it did not go to."""
    report_of(stage, client, email=f"{mark}@stopped.example")
