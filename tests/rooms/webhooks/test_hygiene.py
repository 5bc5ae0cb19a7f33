"""Exactly one right webhook for each source at Unipile, whatever was there before and whoever repairs at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from rapport.kernel.settings import read_settings
from rapport.ports.outcomes import Accepted
from rapport.ports.unipile_records import NewWebhook, WebhookHeader
from rapport.webhooks import hearing
from rapport.webhooks.hygiene import source_of
from rapport_sandbox.server import SandboxServer
from tests.rooms.webhooks.posting import UNIPILE_ACCOUNT, body, post
from tests.sandboxes import sandbox_server, settings_for
from tests.stage import Stage

HERE = "https://rapport.example"
SECRET = "a-word-between-the-two"
TOLD = {"PUBLIC_URL": HERE, "UNIPILE_WEBHOOK_SECRET": SECRET}
AT = f"{HERE}/api/v1/webhooks/unipile"
MESSAGE_EVENTS = (
    "message_received",
    "message_read",
    "message_reaction",
    "message_edited",
    "message_deleted",
    "message_delivered",
)


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with sandbox_server(people=5) as server:
        yield server


@pytest.fixture
def reached(make_stage: Callable[..., Stage], sandbox: SandboxServer) -> Stage:
    return make_stage(settings=settings_for(sandbox) | TOLD)


def have(stage: Stage, source: str, url: str, **more: Any) -> str:
    """A webhook that somebody made."""
    given = {"name": "by hand", "headers": (WebhookHeader("Unipile-Auth", SECRET),)} | more
    made = stage.service.unipile.create_webhook(NewWebhook(source=source, request_url=url, **given))
    assert isinstance(made, Accepted)
    return str(made.ids.webhook_id)


def disable(sandbox: SandboxServer, webhook_id: str) -> None:
    from dataclasses import replace

    subscriptions = sandbox.sandbox.subscriptions
    one = next(each for each in subscriptions if each.id == webhook_id)
    subscriptions.add(replace(one, enabled=False))


def at_unipile(stage: Stage) -> list[tuple[str | None, str | None]]:
    return sorted((source_of(each), each.request_url) for each in stage.service.unipile.webhooks(limit=100).items)


RIGHT = sorted([("messaging", f"{AT}/messaging"), ("users", f"{AT}/users"), ("account_status", f"{AT}/accounts")])


def repair(stage: Stage, **body: Any) -> dict[str, Any]:
    answer = stage.root.post("/webhooks/unipile/repair", body)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_where_nothing_is_each_source_gets_one_with_its_events_and_the_secret(reached):
    shown = repair(reached, dry_run=False)

    assert (shown["before"], shown["is_right"]) == ([], True)
    assert at_unipile(reached) == RIGHT
    for each in reached.service.unipile.webhooks(limit=100).items:
        assert ("Unipile-Auth", SECRET) in [(header.key, header.value) for header in each.headers]
        assert each.account_ids == ()
    messaging = next(each for each in shown["after"] if each["source"] == "messaging")
    assert sorted(messaging["events"]) == sorted(MESSAGE_EVENTS)


def test_a_wrong_address_two_duplicates_and_a_disabled_one_are_found_and_repaired(reached, sandbox, record_property):
    wrong = have(reached, "messaging", f"{AT}/users", events=MESSAGE_EVENTS)
    twins = [have(reached, "users", f"{AT}/users", events=("new_relation",)) for _ in range(3)]
    off = have(reached, "account_status", f"{AT}/accounts")
    disable(sandbox, off)

    looked = repair(reached)
    assert at_unipile(reached) != RIGHT, "to look changes nothing"
    problems = {each["id"]: each["problems"] for each in looked["before"]}
    kept = min(twins)
    assert problems == {
        wrong: ["wrong_url"],
        off: ["disabled"],
        **{each: [] if each == kept else ["duplicate"] for each in twins},
    }
    assert sorted(looked["make"]) == ["account_status", "messaging"]
    assert (looked["dry_run"], looked["after"], looked["is_right"]) == (True, None, False)

    done = repair(reached, dry_run=False)

    record_property(
        "says",
        f"webhooks before {[(e['source'], e['problems']) for e in done['before']]}, "
        f"after {[(e['source'], e['problems']) for e in done['after']]}",
    )
    assert at_unipile(reached) == RIGHT
    assert kept in [each["id"] for each in done["after"]], "what is right stays"
    assert [each["problems"] for each in done["after"]] == [[], [], []]
    assert repair(reached, dry_run=False)["done"] == [], "there is nothing more to do"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"events": ("message_received",)}, "wrong_events"),
        ({"headers": ()}, "wrong_headers"),
        ({"headers": (WebhookHeader("Unipile-Auth", "the-secret-before-this"),)}, "wrong_headers"),
    ],
)
def test_what_is_not_as_it_must_be_is_named_and_replaced(reached, more, problem):
    have(reached, "messaging", f"{AT}/messaging", **({"events": MESSAGE_EVENTS} | more))

    assert repair(reached)["before"][0]["problems"] == [problem]
    repair(reached, dry_run=False)

    assert at_unipile(reached) == RIGHT


def test_a_webhook_for_some_accounts_only_is_replaced(reached, sandbox):
    account = sandbox.sandbox.world.account(0).id
    have(reached, "users", f"{AT}/users", events=("new_relation",), account_ids=(account,))

    assert repair(reached)["before"][0]["problems"] == ["some_accounts_only"]


def test_others_webhooks_under_the_same_key_are_shown_and_left_alone(reached):
    theirs = have(reached, "messaging", "https://crm.example/hook", events=MESSAGE_EVENTS)
    mail = have(reached, "email", f"{AT}/mail")

    shown = repair(reached, dry_run=False)

    assert {each["id"] for each in shown["after"] if not each["is_ours"]} == {theirs, mail}
    assert len(at_unipile(reached)) == 5


def test_ours_at_the_address_before_are_known_by_their_name(make_stage, sandbox):
    before = make_stage(settings=settings_for(sandbox) | TOLD | {"PUBLIC_URL": "https://old.example"})
    before.service.webhook_hygiene.repair()
    moved = make_stage(settings=settings_for(sandbox) | TOLD)

    moved.service.webhook_hygiene.repair()

    assert at_unipile(moved) == RIGHT


def test_sources_that_the_list_does_not_name_are_told_by_events_and_fields(reached, sandbox):
    sandbox.sandbox.world.state.switches.webhook_source_hidden = 1.0
    have(reached, "messaging", f"{AT}/users", events=MESSAGE_EVENTS)
    have(reached, "account_status", f"{AT}/nowhere")

    repair(reached, dry_run=False)

    assert at_unipile(reached) == RIGHT


def test_two_who_repair_at_once_end_with_one_of_each(reached):
    for _ in range(2):
        have(reached, "messaging", f"{AT}/users", events=MESSAGE_EVENTS)
    start = threading.Barrier(2)
    failures: list[BaseException] = []

    def put_right() -> None:
        start.wait(10)
        try:
            reached.service.webhook_hygiene.repair()
        except BaseException as failure:  # noqa: BLE001 - shown below
            failures.append(failure)

    threads = [threading.Thread(target=put_right) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    assert at_unipile(reached) == RIGHT


def test_two_who_repair_without_taking_turns_converge(reached):
    """Two installations of one database's secret cannot see each other's turn: the first id decides."""
    one, other = reached.service.webhook_hygiene, reached.service.webhook_hygiene
    for source in ("messaging", "users", "account_status"):
        one.register(source)
        other.register(source)

    one.repair()
    other.repair()

    assert at_unipile(reached) == RIGHT


def test_the_hourly_job_repairs_and_tells(reached):
    have(reached, "messaging", f"{AT}/users", events=MESSAGE_EVENTS)

    job = reached.root.post("/jobs", {"type": "webhooks.hygiene"}).json
    reached.run_due_jobs()

    assert reached.job(job["id"]).status == "completed"
    assert at_unipile(reached) == RIGHT
    (told,) = reached.root.get("/events/timeline?filter[type]=webhooks.repaired").json["items"]
    assert "made messaging" in told["title"]
    assert SECRET not in str(told)


def test_webhooks_are_registered_listed_and_deleted_by_hand(reached):
    made = reached.root.post("/webhooks/unipile/registered", {"source": "users"})
    assert made.status_code == 201
    listed = reached.root.get("/webhooks/unipile/registered").json
    assert [each["id"] for each in listed["webhooks"]] == [made.json["id"]]
    assert SECRET not in str(listed)

    assert reached.root.delete(f"/webhooks/unipile/registered/{made.json['id']}").status_code == 204
    again = reached.root.delete(f"/webhooks/unipile/registered/{made.json['id']}")

    assert (again.status_code, again.json["code"]) == (404, "NOT_FOUND")
    assert reached.root.get("/webhooks/unipile/registered").json["webhooks"] == []


def test_without_an_address_nothing_is_pointed_anywhere(make_stage):
    stage = make_stage(settings={"UNIPILE_BASE_URL": "https://api1.unipile.example", "UNIPILE_API_KEY": "k3y"})

    answer = stage.root.post("/webhooks/unipile/repair", {})
    job = stage.root.post("/jobs", {"type": "webhooks.hygiene"}).json
    stage.run_due_jobs()

    assert (answer.status_code, answer.json["code"]) == (409, "WEBHOOKS_UNSET")
    assert stage.job(job["id"]).status == "completed"
    assert len(stage.root.get("/events/timeline?filter[type]=webhooks.unset").json["items"]) == 1


def test_a_provider_that_is_away_is_said_to_be(make_stage):
    stage = make_stage(settings=TOLD | {"SANDBOX_PORT": "9", "UNIPILE_CONNECT_SECONDS": "0.2"})

    answer = stage.root.get("/webhooks/unipile/status")

    assert (answer.status_code, answer.json["code"]) == (409, "PROVIDER_AWAY")


def test_the_sandbox_finds_us_where_we_listen():
    assert read_settings({"PORT": "8123"}, None).webhook_base == "http://127.0.0.1:8123"
    assert read_settings({"HOST": "0.0.0.0"}, None).webhook_base == "http://127.0.0.1:8000"
    assert read_settings({"PUBLIC_URL": f"{HERE}/"}, None).webhook_base == HERE


def test_status_tells_what_came_how_late_and_of_what_use(reached):
    reached.account(unipile_account_id=UNIPILE_ACCOUNT)
    sent = (reached.clock.now() - timedelta(seconds=90)).isoformat()
    for source, each in (
        ("messaging", body("message_received", timestamp=sent)),
        ("messaging", body("message_received", timestamp=sent)),
        ("messaging", b"<html>"),
        ("users", body("message_received", message_id="astray", timestamp=sent)),
    ):
        post(reached, source, each, Unipile_Auth=SECRET)
    reached.wait(seconds=2)
    reached.run_due_jobs()
    post(reached, "accounts", body("account_status__ok"), Unipile_Auth=SECRET)

    heard = reached.root.get("/webhooks/unipile/status").json["heard"]

    assert heard["waiting"] == 1
    by_source = {each["source"]: each for each in heard["sources"]}
    messaging = by_source["unipile/messaging"]
    assert (messaging["deliveries"], messaging["unreadable"], messaging["duplicates"]) == (3, 1, 1)
    assert (messaging["error_rate"], messaging["came_after_seconds"]) == (pytest.approx(1 / 3, abs=1e-3), 90)
    assert messaging["decided_after_seconds"] == 2
    assert by_source["unipile/users"]["astray"] == 1
    assert {(each["source"], each["external_account_id"]) for each in heard["accounts"]} == {
        ("unipile/messaging", UNIPILE_ACCOUNT),
        ("unipile/users", UNIPILE_ACCOUNT),
    }


def test_silence_is_an_alarm_when_asking_finds_what_nobody_told(stage):
    account = stage.account(unipile_account_id=UNIPILE_ACCOUNT)

    def found(**ago: float) -> bool:
        with stage.tx() as tx:
            return hearing.polling_found(
                tx,
                client_id=stage.acme.id,
                account_id=account.id,
                external_account_id=UNIPILE_ACCOUNT,
                sent_at=[tx.now - timedelta(**ago)],
                patience=timedelta(minutes=15),
            )

    assert not found(minutes=5), "its webhook may still come"
    assert found(minutes=20)
    assert found(minutes=30), "told again, and kept once an hour"
    post(stage, "messaging", body("message_received"))
    stage.run_due_jobs()
    assert not found(minutes=20), "a webhook came since"

    told = stage.alice.get("/events/timeline?filter[type]=webhooks.silent").json["items"]
    assert [each["account_id"] for each in told] == [account.id]
