"""A world in which much is due at once: clients with senders that are ready, and leads who are to be invited.

Rows are made by the product's verbs. The provider answers at once, in this process; the clock is the system's, moved on
a day at a time, so that each day every sender has its next turn and no pause between two sends binds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus
from rapport.app import create_app
from rapport.assembly import Service, assemble
from rapport.campaigns.queries import kept
from rapport.enrollments.enroll import enroll
from rapport.enrollments.models import Enrollment
from rapport.kernel.clock import SystemClock
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.kernel.tx import Reading
from rapport.leads import arriving
from rapport.leads.models import Lead, LeadSource
from rapport.ports.outcomes import Accepted, Ids
from rapport.ports.unipile_records import Account, AccountSource, Page
from rapport.rules import lead_fields
from rapport.rules.windows import WEEKDAYS
from rapport.runtime import loops
from scripts.bench.places import Place, agent_of, client, token_of

ALWAYS = {"timezone": "UTC", "week": {day: [{"opens": "00:00", "closes": "24:00"}] for day in WEEKDAYS}, "weekend": []}
INVITE = {"key": "invite", "kind": "invite", "variants": [{"body": "Hi {{ first_name | clean | default: 'there' }}"}]}
_ACCEPTED = {
    "key": "accepted",
    "kind": "wait_for",
    "condition": {"asked": "connected"},
    "within": {"amount": 14, "unit": "days"},
    "otherwise": "visit",
}
_HELLO = {"key": "hello", "kind": "message", "variants": [{"body": "Hi {{ first_name | clean | default: 'there' }}"}]}
_VISIT = {"key": "visit", "kind": "visit"}
_AT_ONCE = 500


class Days(SystemClock):
    """The system's clock, moved to noon, and on from there a day at a time: whatever a day may bring, it is over."""

    def __init__(self) -> None:
        now = super().now()
        self.moved = now.replace(hour=12, minute=0, second=0, microsecond=0) - now

    def now(self) -> datetime:
        return super().now() + self.moved

    def tomorrow(self) -> None:
        self.moved += timedelta(days=1)


class AtOnce:
    """A provider that takes no time: every invitation is accepted for sending, and nobody ever does anything."""

    base_url = "in this process"

    def __init__(self) -> None:
        self.connected: list[str] = []
        """The accounts that are well."""

    def accounts(self, *, limit: int, cursor: str | None = None) -> Page[Account]:
        rest = [each for each in self.connected if cursor is None or each > cursor]
        page = tuple(_connected(each) for each in rest[:limit])
        return Page(page, page[-1].id if len(rest) > limit else None, {})

    def invite(self, provider_id: str, *, account_id: str, note: str | None) -> Accepted:  # noqa: ARG002 - the port's form
        return Accepted(Ids(invitation_id=f"invitation-of-{provider_id}"))

    def nothing(self, *_: object, **__: object) -> Page[Any]:
        """A list of whatever is asked for."""
        return Page((), None, {})

    relations = sent_invitations = messages = webhooks = nothing

    def create_webhook(self, webhook: object) -> Accepted:  # noqa: ARG002 - the port's form
        return Accepted(Ids())

    def close(self) -> None:
        """There is nothing to close."""


def _connected(account_id: str) -> Account:
    return Account(account_id, None, "LINKEDIN", None, None, (), (AccountSource(account_id, "OK"),), None, {})


@dataclass
class World:
    """The product on a place, and what was made there."""

    service: Service
    clock: Days
    provider: AtOnce
    accounts: list[str] = field(default_factory=list)
    campaigns: list[str] = field(default_factory=list)
    """One of each client; the first ones run, the last ones are drafts."""


@contextmanager
def world(
    at: Place,
    *,
    clients: int,
    accounts: int,
    leads: int,
    drafts: int = 0,
    provider: Callable[[Days], AtOnce] = lambda _: AtOnce(),
) -> Iterator[World]:
    """So many clients with so many senders each, and for each sender so many leads in a campaign that runs and in a
    draft.
    """
    clock = Days()
    asked = provider(clock)
    service = assemble(at.settings(), clock=clock, unipile=asked)  # type: ignore[arg-type] - the part that is used
    try:
        made = World(service, clock, asked)
        http = create_app(service).test_client()
        for number in range(clients):
            owner = client(service, f"Client {number}").id
            headers = {"Authorization": f"Bearer {token_of(service, agent_of(service, owner, number))}"}
            mine = add_senders(service, owner, accounts)
            made.accounts += mine
            asked.connected = sorted([*asked.connected, *(_name_of(owner, number) for number in range(accounts))])
            for name, people, starts in (("Running", leads, True), ("Draft", drafts, False)):
                if not people:
                    continue
                body = {"client_id": owner, "name": name, "steps": [INVITE, _ACCEPTED, _HELLO, _VISIT]}
                campaign = posted(http, headers, "/campaigns", body | {"account_ids": mine, "schedule": ALWAYS})
                add_leads(service, campaign, accounts * people)
                if starts:
                    posted(http, headers, f"/campaigns/{campaign['id']}/start", {})
                made.campaigns.append(campaign["id"])
        settle(service)
        clock.tomorrow()
        yield made
    finally:
        service.close()


def _name_of(client_id: str, number: int) -> str:
    return f"{client_id}-{number:03}"


def add_senders(service: Service, client_id: str, count: int) -> list[str]:
    with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        made = []
        for number in range(count):
            account = senders.add(
                tx,
                client_id=client_id,
                name=f"Sender {number}",
                timezone="UTC",
                unipile_account_id=_name_of(client_id, number),
                warmup=False,
            )
            health.set_status(tx, account, AccountStatus.OK, detail=None)
            made.append(account.id)
        return made


def add_leads(service: Service, campaign: dict[str, Any], count: int) -> None:
    for start in range(0, count, _AT_ONCE):
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            people = [
                _person(f"{campaign['id'][-12:]}-{number}") for number in range(start, min(start + _AT_ONCE, count))
            ]
            arrived = arriving.arrive(
                tx, campaign["client_id"], people, source=LeadSource.IMPORT, said_by=arriving.OPERATOR
            )
            ids = [each.lead_id for each in arrived if each.lead_id is not None]
            enroll(tx, kept(tx, campaign["id"]), ids, by=None)


def _person(name: str) -> lead_fields.Person:
    given = {"first_name": "Ada", "last_name": name, "company": f"Engines {name} Ltd", "profile_url": f"ada-{name}"}
    found = lead_fields.read(given | {"provider_id": f"ACoAA{name.replace('-', '')}"}, {}, ())
    if not isinstance(found, lead_fields.Person):
        raise TypeError(str(found))
    return found


def one_of_each(reading: Reading) -> list[Any]:
    """One lead of each sender that waits to be sent something: `client_id`, `account_id`, `lead_id`, `provider_id`."""
    first = select(func.min(Enrollment.id)).where(Enrollment.line.is_not(None)).group_by(Enrollment.account_id)
    found = select(Enrollment.client_id, Enrollment.account_id, Enrollment.lead_id, Lead.provider_id)
    return list(
        reading.session.execute(found.join(Lead, Lead.id == Enrollment.lead_id).where(Enrollment.id.in_(first)))
    )


def posted(http: Any, headers: dict[str, str], path: str, body: Any) -> Any:
    answer = http.post(f"/api/v1{path}", json=body, headers=headers)
    if answer.status_code not in (200, 201):
        raise RuntimeError(f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:500]}")
    return answer.get_json()


def settle(service: Service) -> None:
    """Let consumers and jobs do what is to be done."""
    running = loops.Running()
    for _ in range(1000):
        looked = service.clock.now()
        wanted = [
            loops.consumer_turn(service),
            loops.job_turn(service, running, worker="bench", stopping=lambda: False),
        ]
        if min(wanted) > looked + timedelta(seconds=0.9):
            return
    raise RuntimeError("the jobs do not come to an end")
