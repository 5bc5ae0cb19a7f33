"""Each alert is raised once and cleared once, with an event and a mail, and does not flap."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.jobs.enqueue import enqueue
from rapport.kernel.ids import AGENCY
from rapport.rules.alerting import Change, Standing, after, p95, share
from tests.rooms.outbox.world import outside


def looks(world, number=1):
    """The look that is taken every five minutes, so often; what became of which alert."""
    found = []
    for _ in range(number):
        with world.stage.tx() as tx:
            job, _ = enqueue(tx, world.stage.service.job_types.get("alerts.look"), client_id=AGENCY)
        world.stage.run_due_jobs()
        found.append(world.stage.job(job.id).result["changed"])
        world.stage.clock.advance(timedelta(minutes=5))
    return found


@pytest.fixture
def world(make_stage):
    with outside(make_stage) as made:
        made.stage.service.consumers = tuple(
            each for each in made.stage.service.consumers if each.name == "outbox.webhooks"
        )
        yield made


def test_webhooks_that_fail_raise_an_alert_once_and_clear_it_once(world):
    assert world.stage.root.id
    world.connect()
    world.endpoint.answer = lambda _called: (500, {})
    told = []
    for _ in range(3):
        world.tell(12)
        world.run()
        told += looks(world)
    assert [each.get("webhook_failures") for each in told] == [None, "raised", None]
    (shown,) = (each for each in world.stage.root.get("/alerts").json["items"] if each["key"] == "webhook_failures")
    assert (shown["is_raised"], shown["value"] > 0.05) == (True, True)

    world.endpoint.answer = lambda _called: (200, {})
    world.until_settled()
    world.stage.clock.advance(timedelta(minutes=10))
    told = []
    for _ in range(3):
        world.tell(12)
        world.run()
        told += looks(world)
    assert [each.get("webhook_failures") for each in told] == [None, "cleared", None]

    log = world.stage.root.get("/events/timeline", query_string={"limit": "200"}).json["items"]
    about = [each["type"] for each in log if each["data"].get("key") == "webhook_failures"]
    assert sorted(about) == ["alert.cleared", "alert.raised"]
    mails = [each for each in world.deliveries(channel="email") if "webhooks that failed" in each["title"]]
    assert [each["event_type"] for each in mails] == ["alert.raised", "alert.cleared"]
    assert {each["recipient"] for each in mails} == {"root@agency.example"}


def test_queues_and_outside_parties_are_watched_and_shown(world):
    assert world.stage.root.id
    task = world.stage.service.job_types.get("custom.task")
    with world.stage.tx() as tx:
        for _ in range(101):
            enqueue(tx, task, client_id=world.stage.acme.id)
    world.fakes["resend"].fail_next(20, 500)
    for _ in range(12):
        world.mail()
    world.run(timedelta(seconds=10))
    told = looks(world, 1)
    for _ in range(12):
        world.mail()
    world.run(timedelta(seconds=10))
    told += looks(world, 1)
    assert told[0] == {}, "one look is not enough"
    assert told[1] == {"queue": "raised", "outside_errors:email": "raised"}

    world.fakes["resend"].fail_next(1, 429, reason="daily_quota_exceeded")
    world.mail()
    world.run(timedelta(seconds=10))
    shown = world.stage.root.get("/outside").json
    assert ("email", "daily_quota_exceeded") in {(each["what"], each["reason"]) for each in shown["held_back"]}
    assert {each["name"] for each in shown["parties"]} >= {"unipile", "crm", "email", "slack", "telegram"}
    assert world.stage.alice.get("/outside").status_code == 403


def test_two_looks_in_a_row_are_needed_either_way():
    standing, changes = Standing(), []
    for value in (0.2, 0.01, 0.2, 0.2, 0.2, 0.01, 0.2, 0.01, None, 0.01):
        standing, change = after(standing, value, 0.1)
        changes.append(change)
    raised, cleared = Change.RAISED, Change.CLEARED
    assert changes == [None, None, None, raised, None, None, None, None, cleared, None]
    assert (share(1, 9, least=10), share(1, 10, least=10)) == (None, 0.1)
    assert (p95([1.0] * 9, least=10), p95([1.0] * 95 + [9.0] * 5, least=10)) == (None, 9.0)
