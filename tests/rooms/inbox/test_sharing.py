"""Whose conversations are: dealt out in turn to who has room, put into queues, counted; and texts written often."""

from __future__ import annotations

import pytest

from rapport.rules.dealing import Hand, next_hand
from rapport.rules.permissions import Role
from tests.rooms.inbox.world import differences, do, listed, shown, told, wrote


@pytest.fixture
def world(stage):
    stage.people = {name: stage.person(name, Role.AGENT, stage.acme) for name in ("Bo", "Cy", "Di")}
    return stage


def arrange(stage, *takers, **more):
    body = {"client_id": stage.acme.id, "in_turn": True, "takers": list(takers), **more}
    answer = stage.alice.put("/inbox/sharing", json=body)
    assert answer.status_code == 200, answer.json
    return answer.json


def taker(stage, name, **more):
    return {"user_id": stage.people[name].id, **more}


def owners(stage):
    stage.run_consumers()
    page = stage.alice.get("/inbox/conversations?sort=last_message_at&order=asc").json["items"]
    return [each["assignee"] for each in page]


def test_conversations_are_dealt_in_turn_to_those_who_have_room_and_are_there(world):
    arrange(world, taker(world, "Bo"), taker(world, "Cy", capacity=1), taker(world, "Di", is_away=True))
    chats = []
    for number in range(4):
        chats.append(wrote(world, f"c{number}"))
        world.wait(minutes=1)
        owners(world)
    assert owners(world) == ["Bo", "Cy", "Bo", "Bo"], "Cy takes one and Di is away"
    counted = world.bob.get(f"/inbox/sharing?client_id={world.acme.id}").json["takers"]
    assert {each["name"]: each["open"] for each in counted} == {"Bo": 3, "Cy": 1, "Di": 0}
    assert differences(world) == []


def test_what_nobody_has_room_for_waits_until_somebody_has(world):
    arrange(world, taker(world, "Bo"), capacity=1)
    first, second = wrote(world, "c1"), wrote(world, "c2")
    assert sorted(owners(world), key=str) == ["Bo", None]
    do(world, first, "close", {}, by=world.root)
    world.run_consumers()
    assert shown(world, second)["assignee"] == "Bo"


def test_nothing_is_dealt_where_nobody_said_so_and_never_to_a_stranger(world):
    wrote(world)
    assert owners(world) == [None]
    body = {"client_id": world.acme.id, "in_turn": True, "takers": [{"user_id": world.carol.id}]}
    assert world.alice.put("/inbox/sharing", json=body).status_code == 422
    stale = world.alice.put("/inbox/sharing", json=body | {"takers": []}, headers={"If-Match": '"other"'})
    assert stale.status_code == 412


def test_who_is_next_was_dealt_one_longest_ago():
    hands = [Hand("bo", 3, 30, 30), Hand("cy", 2, 3, 10), Hand("di", 4, 0, 30)]
    assert next_hand(hands) == "cy"
    assert next_hand([Hand("bo", 0, 1, 1)]) is None


def test_a_queue_is_counted_and_goes_only_when_it_is_empty(world):
    queue = world.alice.post("/inbox/queues", {"client_id": world.acme.id, "name": "Sales"}).json["id"]
    again = world.alice.post("/inbox/queues", {"client_id": world.acme.id, "name": " sales "})
    assert (again.status_code, again.json["code"]) == (409, "QUEUE_ALREADY_EXISTS")
    conversation = wrote(world)
    do(world, conversation, "queue", {"queue_id": queue})
    do(world, conversation, "assign", {"assignee_id": world.alice.id})
    assert listed(world, queue_id=queue) == [conversation]
    counters = world.alice.get("/inbox/counters").json
    assert [(each["queue_id"], each["assignee_id"], each["open"]) for each in counters["items"]] == [
        (queue, world.alice.id, 1)
    ]
    assert counters["mine"] == {"open": 1, "snoozed": 0, "closed": 0, "unread": 1, "waiting": 1}
    assert world.alice.delete(f"/inbox/queues/{queue}").json["code"] == "QUEUE_IN_USE"
    do(world, conversation, "queue", {"queue_id": None})
    assert world.alice.delete(f"/inbox/queues/{queue}").status_code == 204
    strangers = world.root.post("/inbox/queues", {"client_id": world.globex.id, "name": "Sales"}).json["id"]
    assert world.root.post(f"/inbox/conversations/{conversation}/queue", {"queue_id": strangers}).status_code == 422


def test_a_canned_reply_is_a_template_and_reads_as_it_would_be_written(world):
    ada = world.lead("Ada Lovelace")
    body = {"client_id": world.acme.id, "name": "A call", "body": "Hi {{ first_name }}, at {{ company }}?"}
    made = world.alice.post("/inbox/canned-replies", body)
    assert made.status_code == 201, made.json
    path = f"/inbox/canned-replies/{made.json['id']}"
    lacking = world.bob.post(f"{path}/preview", {"lead_id": ada}).json
    assert lacking == {"text": None, "missing": ["company"], "problem": "The lead lacks: company."}
    world.alice.patch(f"/leads/{ada}", json={"company": "Engines"})
    assert world.bob.post(f"{path}/preview", {"lead_id": ada}).json["text"] == "Hi Ada, at Engines?"

    broken = world.alice.patch(path, json={"body": "Hi {{ first_name"})
    assert (broken.status_code, list(broken.json["details"])) == (422, ["body"])
    etag = world.alice.get(path).headers["ETag"]
    assert world.alice.patch(path, json={"name": "Two"}, headers={"If-Match": etag}).json["version"] == 2
    assert world.alice.patch(path, json={"name": "Three"}, headers={"If-Match": etag}).status_code == 412
    assert world.alice.post("/inbox/canned-replies", body | {"name": "TWO"}).status_code == 409
    assert world.alice.delete(path).status_code == 204
    types = [each.type for each in told(world, "canned_reply.created", "canned_reply.changed", "canned_reply.removed")]
    assert types == ["canned_reply.created", "canned_reply.changed", "canned_reply.removed"]
