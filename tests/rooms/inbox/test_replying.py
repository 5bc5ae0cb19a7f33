"""An operator's answer: by the same door as all that is sent, never unseen, never twice."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from rapport_sandbox.faults import Fault
from tests.outreach import outreach
from tests.rooms.inbox.world import by_hand, last_message, shown, told, wrote


@pytest.fixture
def world(stage):
    stage.mira = stage.account("Mira").id
    stage.ada = stage.lead("Ada Lovelace")
    return stage


def answer(stage, conversation, text="Tomorrow at ten?", *, seen="last", by=None, **more):
    headers = more.pop("headers", None)
    body = {"text": text, "seen_message_id": last_message(stage, conversation) if seen == "last" else seen, **more}
    return (by or stage.alice).post(f"/inbox/conversations/{conversation}/reply", body, headers=headers)


def test_nobody_answers_what_they_have_not_seen(world):
    conversation = wrote(world, lead=world.ada, account=world.mira)
    seen = last_message(world, conversation)
    world.wait(minutes=1)
    wrote(world, text="Wait, not tomorrow", at=world.clock.now() - timedelta(hours=1))  # told late, and not seen

    refused = answer(world, conversation, seen=seen)

    assert (refused.status_code, refused.json["code"]) == (409, "NEWER_MESSAGE")
    assert [each["text"] for each in refused.json["details"]] == ["Wait, not tomorrow"]
    assert answer(world, conversation, seen=None).status_code == 409
    assert answer(world, conversation, seen=world.ada).status_code == 422, "no message of this conversation"
    assert shown(world, conversation)["outgoing"] == []
    assert answer(world, conversation).status_code == 202


def test_a_reply_waits_for_its_turn_and_is_shown_with_what_remains_of_the_day(world):
    conversation = wrote(world, lead=world.ada, account=world.mira)
    made = answer(world, conversation)
    assert made.json["state"] == "ready"

    seen = shown(world, conversation)
    assert [each["id"] for each in seen["outgoing"]] == [made.json["id"]]
    assert (seen["outgoing"][0]["what_to_do"], seen["outgoing"][0]["may_retry"]) == (
        "Nothing; it can be called off until then.",
        False,
    )
    sending = seen["sending"]
    assert (sending["remaining"], sending["ahead"]) == (sending["limit"] - 1, 1)
    assert sending["sentence"] == "Mira is not ready: disconnected."
    assert seen["unread_count"] == 0, "who answers has read"

    assert world.alice.post(f"/actions/{made.json['id']}/call-off").status_code == 200
    assert shown(world, conversation)["outgoing"] == []


def test_the_same_key_writes_one_reply(world):
    conversation = wrote(world, lead=world.ada, account=world.mira)
    seen = last_message(world, conversation)
    first, second = (answer(world, conversation, seen=seen, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert first.json == second.json
    assert len(shown(world, conversation)["outgoing"]) == 1


def test_a_conversation_without_anybody_to_write_to_says_so(world):
    conversation = wrote(world, lead=world.ada)
    refused = answer(world, conversation)
    assert (refused.status_code, refused.json["code"]) == (409, "NOT_ANSWERABLE")


# With the sandbox behind it


@pytest.fixture
def it(make_stage):
    with outreach(make_stage, people=40, accounts=1, relations=2) as made:
        made.mira = made.sender()
        yield made


def a_talk(it):
    """A conversation with somebody whom Mira is connected with, who has just written."""
    world = it.sandbox.world.state
    (number, *_) = it.sandbox.world.account(0).relations
    person = world.people[number]
    lead = it.stage.lead(f"{person.first_name} {person.last_name}", provider_id=person.provider_id)
    return wrote(it.stage, None, lead=lead, account=it.mira.id, author=None)


def test_a_reply_with_a_file_arrives_once_and_is_one_message_with_its_echo(it):
    stage = it.stage
    conversation = a_talk(it)
    upload = stage.alice.call(
        "POST",
        f"/inbox/files?client_id={stage.acme.id}",
        data={"file": (io.BytesIO(b"An offer"), "offer.pdf")},
        content_type="multipart/form-data",
    )
    assert (upload.status_code, upload.json["content_type"], upload.json["size"]) == (201, "application/pdf", 8)
    made = answer(stage, conversation, file_ids=[upload.json["id"]])
    assert made.json["files"] == ["offer.pdf"]
    taken = answer(stage, conversation, file_ids=[upload.json["id"]])
    assert taken.status_code == 422, "a file goes with one reply"

    it.run(minutes=5)

    (arrived,) = it.arrived("message")
    assert stage.alice.get(f"/inbox/replies/{made.json['id']}").json["state"] == "sent"
    seen = shown(stage, conversation)
    assert (seen["outgoing"], seen["waiting_since"]) == ([], None), "an answer that arrived ends the wait"
    newest = stage.alice.get(f"/inbox/conversations/{conversation}/messages").json["items"][0]
    assert (newest["text"], newest["action_id"], newest["written_by"]) == (
        "Tomorrow at ten?",
        made.json["id"],
        stage.alice.id,
    )
    assert [each["file_name"] for each in newest["attachments"]] == ["offer.pdf"]
    by_hand(stage, seen["external_id"], account=it.mira.id, message_id=arrived["message_id"])
    assert shown(stage, conversation)["message_count"] == 2


def test_a_reply_that_failed_says_why_and_is_tried_again_once(it):
    stage = it.stage
    conversation = a_talk(it)
    it.sandbox.faults.arm(Fault("status", on="message", status=422, type="user_unreachable"))
    failed = answer(stage, conversation).json
    it.run(minutes=5)

    (seen,) = shown(stage, conversation)["outgoing"]
    assert (seen["state"], seen["may_retry"]) == ("refused", True)
    assert seen["cause"]
    assert seen["what_to_do"]
    first = stage.alice.post(f"/inbox/replies/{failed['id']}/retry")
    second = stage.alice.post(f"/inbox/replies/{failed['id']}/retry")
    assert (first.status_code, first.json["id"]) == (202, second.json["id"])
    assert first.json["retry_of"] == failed["id"]

    it.run(days=1)
    assert len(it.arrived("message")) == 1
    assert shown(stage, conversation)["outgoing"] == []
    refused = stage.alice.post(f"/inbox/replies/{first.json['id']}/retry")
    assert (refused.status_code, refused.json["code"]) == (409, "REPLY_STATE"), "what arrived is not tried again"
    assert len(told(stage, "reply.retried")) == 1


def test_a_reply_nobody_knows_the_end_of_is_looked_for_and_never_sent_again(it):
    stage = it.stage
    conversation = a_talk(it)
    it.sandbox.faults.arm(Fault("reset", on="message", effect=True))
    made = answer(stage, conversation).json
    it.turn()

    (seen,) = shown(stage, conversation)["outgoing"]
    assert (seen["state"], seen["may_retry"]) == ("uncertain", False)
    assert stage.alice.post(f"/inbox/replies/{made['id']}/retry").status_code == 409
    it.run(hours=3)
    assert stage.alice.get(f"/inbox/replies/{made['id']}").json["state"] == "sent"
    assert len(it.arrived("message")) == 1
