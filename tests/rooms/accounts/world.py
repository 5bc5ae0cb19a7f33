"""What the stories of accounts begin with, and what their tests look at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rapport.accounts import facts, health, senders
from rapport.accounts.models import Account, AccountStatus
from rapport.ports.outcomes import AccountEffect
from rapport.rules.facts import SenderFacts
from rapport.rules.limits import Budget
from tests.stage import Person, Stage


def ready(stage: Stage, name: str = "Mira", *, warmup: bool = False, **more: Any) -> Account:
    """An account that the provider says is well, and that is past its warm-up unless told otherwise."""
    account = stage.account(name, unipile_account_id=name.lower(), warmup=warmup, **more)
    with stage.tx() as tx:
        health.set_status(tx, senders.get(tx, account.id), AccountStatus.OK, detail=None)
    return account


def known(stage: Stage, account: Account, *, pending: int = 0) -> SenderFacts:
    with stage.reading() as reading:
        return facts.senders(reading, [account.id], pending={account.id: pending})[account.id]


def suffers(stage: Stage, account: Account, effect: AccountEffect, *, budget: Budget | None = Budget.INVITES) -> None:
    with stage.tx() as tx:
        health.suffer(tx, account.id, effect, budget_kind=budget)


def titles(person: Person, event_type: str) -> list[str]:
    found = person.get(f"/events/timeline?filter[type]={event_type}").json["items"]
    return [event["title"] for event in found]


def syncs_asked(stage: Stage) -> int:
    """How often the accounts' status is about to be read from the provider."""
    stage.run_consumers()
    return len(stage.root.get("/jobs?filter[type]=accounts.sync").json["items"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
