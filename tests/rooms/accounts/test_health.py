"""What the provider says of our accounts reaches us, and only a change is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rapport.kernel.settings import Settings
from rapport_sandbox.server import SandboxServer
from tests.sandboxes import sandbox_server, settings_for
from tests.stage import Person, Stage


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with sandbox_server(people=20) as server:
        yield server


@pytest.fixture
def connected(make_stage: Callable[..., Stage], sandbox: SandboxServer) -> Stage:
    """Acme's two senders are the sandbox's two accounts."""
    stage = make_stage(settings=settings_for(sandbox))
    for seen in stage.service.unipile.accounts(limit=10).items:
        stage.account(str(seen.name), unipile_account_id=seen.id)
    return stage


def sync(stage: Stage) -> None:
    answer = stage.root.post("/jobs", {"type": "accounts.sync"})
    assert answer.status_code == 202, answer.json
    stage.run_due_jobs()
    assert stage.job(answer.json["id"]).status == "completed"


def statuses(person: Person) -> list[str]:
    return [row["status"] for row in person.get("/linkedin-accounts").json["items"]]


def told(stage: Stage) -> list[str]:
    events = stage.alice.get("/events/timeline?filter[type]=account.status_changed").json["items"]
    return [f"{event['data']['before']} -> {event['data']['after']}" for event in events]


def test_a_sender_is_connecting_until_the_provider_has_spoken_of_it(connected):
    assert statuses(connected.alice) == ["connecting", "connecting"]

    sync(connected)

    assert statuses(connected.alice) == ["ok", "ok"]
    assert told(connected) == ["connecting -> ok", "connecting -> ok"]


def test_what_has_not_changed_is_not_told_again(connected):
    sync(connected)
    connected.wait(minutes=5)
    sync(connected)

    assert len(told(connected)) == 2


def test_an_owner_signing_out_is_seen_and_so_is_the_return(connected, sandbox):
    sync(connected)
    sandbox.sandbox.world.disconnects(0)
    sync(connected)
    assert sorted(statuses(connected.alice)) == ["credentials", "ok"]

    sandbox.sandbox.world.reconnects(0)
    sync(connected)
    assert statuses(connected.alice) == ["ok", "ok"]
    assert told(connected)[:2] == ["credentials -> ok", "ok -> credentials"]


def test_an_account_that_unipile_no_longer_has_is_disconnected(connected):
    stranger = connected.account("Stranger", unipile_account_id="nobody-knows-me")

    sync(connected)

    row = connected.alice.get(f"/linkedin-accounts/{stranger.id}").json
    assert (row["status"], row["status_detail"]) == ("disconnected", "Unipile does not know this account.")


def test_when_unipile_is_away_the_job_fails_and_the_status_stays(connected, sandbox):
    sync(connected)
    sandbox.stop()

    answer = connected.root.post("/jobs", {"type": "accounts.sync"})
    connected.run_due_jobs(1)

    assert connected.job(answer.json["id"]).status == "pending"
    assert statuses(connected.alice) == ["ok", "ok"]


def test_production_does_not_start_on_the_sandbox(database):
    from rapport.kernel.settings import SettingsError

    with pytest.raises(SettingsError) as refused:
        database.settings(RAPPORT_ENV="production")

    assert "UNIPILE_API_KEY" in str(refused.value)
    ready: Settings = database.settings(
        RAPPORT_ENV="production",
        UNIPILE_BASE_URL="https://api1.unipile.example",
        UNIPILE_API_KEY="k3y",
        UNIPILE_WEBHOOK_SECRET="a-word-between-two",
    )
    assert not ready.on_sandbox
