"""Who waits for an answer: due by how warm they are, warned of once, told of once when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rooms.inbox.world import by_hand, do, shown, told, wrote
from tests.stage import MONDAY


@pytest.fixture
def world(stage):
    stage.mira = stage.account("Mira").id
    stage.ada = stage.lead("Ada Lovelace")
    return stage


def warm(stage, conversation, temperature):
    answer = stage.alice.put(f"/inbox/conversations/{conversation}/temperature", json={"temperature": temperature})
    assert answer.status_code == 200, answer.json
    stage.run_consumers()


def look(stage, **later):
    stage.wait(**later)
    stage.run_consumers()
    stage.run_inbox()
    return [each.type for each in told(stage, "sla.warning", "sla.breach")]


def waits(stage, **filters):
    query = "&".join(f"filter[{name}]={value}" for name, value in filters.items())
    return stage.bob.get(f"/inbox/sla?{query}").json["items"]


def test_a_hot_lead_is_warned_of_after_seven_and_a_half_minutes_and_breached_after_fifteen(world):
    conversation = wrote(world, lead=world.ada)
    warm(world, conversation, "hot")

    assert look(world, minutes=7, seconds=29) == []
    assert look(world, seconds=1) == ["sla.warning"]
    assert [each["state"] for each in waits(world, near="true")] == ["near"]
    assert look(world, minutes=7, seconds=29) == ["sla.warning"]
    assert look(world, seconds=1) == ["sla.warning", "sla.breach"]
    assert [each["lead"] for each in waits(world, past="true")] == ["Ada Lovelace"]
    assert look(world, hours=5) == ["sla.warning", "sla.breach"]
    seen = shown(world, conversation)
    assert (seen["sla_due_at"], seen["sla_breached_at"]) == ("2026-03-02T09:15:00Z", "2026-03-02T09:15:00Z")
    assert world.carol.get("/inbox/sla").json["items"] == []


def test_more_words_do_not_move_the_wait_and_an_answer_ends_it(world):
    conversation = wrote(world)
    world.wait(minutes=20)
    wrote(world)
    world.run_consumers()
    assert [each["since"] for each in waits(world)] == ["2026-03-02T09:00:00Z"]
    by_hand(world, at=world.clock.now())
    assert look(world, hours=3) == []
    assert waits(world) == []
    wrote(world)
    assert look(world, minutes=31) == ["sla.warning"], "another wait has a warning of its own"
    assert look(world, minutes=31) == ["sla.warning", "sla.breach"]
    assert shown(world, conversation)["waiting_since"] == "2026-03-02T12:20:00Z"


def test_what_a_campaign_sends_answers_nobody_and_neither_does_snoozing(world):
    conversation = wrote(world)
    by_hand(world, at=world.clock.now() + timedelta(seconds=1), is_automatic=True)
    do(world, conversation, "snooze", {"until": None})
    assert look(world, hours=2) == ["sla.warning", "sla.breach"]


def test_closing_ends_the_wait_before_anybody_is_warned(world):
    conversation = wrote(world)
    do(world, conversation, "close", {})
    assert look(world, days=2) == []


def test_who_turns_warmer_is_due_sooner_and_what_was_breached_stays_so(world):
    conversation = wrote(world)
    warm(world, conversation, "cold")
    assert look(world, minutes=20) == []
    warm(world, conversation, "hot")
    assert look(world) == ["sla.warning", "sla.breach"], "it was due five minutes ago"
    warm(world, conversation, "cold")
    assert [(each["state"], each["target_s"]) for each in waits(world)] == [("past", 86400)]
    assert look(world, days=2) == ["sla.warning", "sla.breach"]


def test_a_client_promises_what_it_likes_and_counts_its_business_hours(world):
    terms = world.alice.get(f"/inbox/sla/terms?client_id={world.acme.id}").json
    assert (terms["hot_s"], terms["warm_s"], terms["cold_s"], terms["hours"]) == (900, 3600, 86400, None)
    wrote(world)  # Monday, 10:00 in Berlin
    world.run_consumers()
    body = {"client_id": world.acme.id, "unscored_s": 2 * 3600, "hours": {"monday": [OFFICE], "tuesday": [OFFICE]}}
    assert world.bob.put("/inbox/sla/terms", json=body).status_code == 403
    assert world.alice.put("/inbox/sla/terms", json=body).status_code == 200
    assert [each["due_at"] for each in waits(world)] == ["2026-03-03T08:30:00Z"], "half an hour on Tuesday"
    assert [each["warn_at"] for each in waits(world)] == ["2026-03-02T10:30:00Z"]


OFFICE = {"opens": "09:00", "closes": "11:30"}


def test_follow_up_tasks_are_overdue_once_for_each_date(world):
    conversation = wrote(world)
    body = {"client_id": world.acme.id, "title": "Send the offer", "due_at": (MONDAY + timedelta(hours=1)).isoformat()}
    task = world.alice.post("/tasks", body | {"conversation_id": conversation, "assignee_id": world.alice.id}).json

    def overdue(**later):
        world.wait(**later)
        world.run_inbox()
        return len(told(world, "task.overdue"))

    assert overdue(minutes=59) == 0
    assert overdue(minutes=1) == 1
    assert overdue(hours=1) == 1
    listed = world.bob.get("/tasks?filter[overdue]=true").json["items"]
    assert [(each["id"], each["is_overdue"]) for each in listed] == [(task["id"], True)]

    later = {"due_at": (MONDAY + timedelta(hours=5)).isoformat()}
    assert world.alice.patch(f"/tasks/{task['id']}", json=later, headers={"If-Match": '"old"'}).status_code == 412
    assert world.alice.patch(f"/tasks/{task['id']}", json=later).json["is_overdue"] is False
    assert overdue(hours=2, minutes=30) == 1
    assert overdue(minutes=30) == 2

    refused = world.alice.post(f"/inbox/conversations/{conversation}/close", {})
    assert (refused.status_code, refused.json["code"]) == (409, "TASKS_OPEN")
    assert [each["title"] for each in refused.json["details"]] == ["Send the offer"]
    assert do(world, conversation, "close", {"confirm": True})["status"] == "closed"
    done = world.alice.post(f"/tasks/{task['id']}/complete").json
    assert (done["status"], done["is_overdue"]) == ("completed", False)
    assert world.alice.delete(f"/tasks/{task['id']}").status_code == 409
    assert overdue(days=9) == 2


def test_a_task_names_only_what_is_the_clients_own(world):
    stranger = wrote(world, "c9", of=world.globex)
    body = {"client_id": world.acme.id, "title": "Call", "due_at": MONDAY.isoformat()}
    for more in (
        {"conversation_id": stranger},
        {"assignee_id": world.carol.id},
        {"lead_id": world.lead("X Y", of=world.globex)},
    ):
        assert world.alice.post("/tasks", body | more).status_code == 422
