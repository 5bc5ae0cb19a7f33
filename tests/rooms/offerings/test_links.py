"""Messages are linked to what they are about as they come; a person's word about it is final."""

from __future__ import annotations

import pytest

from tests.http.asking import refused
from tests.rooms.campaigns.world import a_campaign
from tests.rooms.capture.world import a_form, taken
from tests.rooms.inbox.world import last_message, told, wrote


def an_offering(stage, name: str = "River House", **more):
    answer = stage.alice.post("/offerings", {"client_id": stage.acme.id, "name": name} | more)
    assert answer.status_code == 201, answer.json
    return answer.json


def heard(stage, text: str, chat: str = "c1", **more) -> str:
    """Somebody wrote this, and whoever listens has heard it; answers the message."""
    conversation = wrote(stage, chat, text=text, **more)
    stage.run_consumers()
    return last_message(stage, conversation)


def about(stage, message_id: str) -> list[tuple[str, str, str, float]]:
    answer = stage.alice.get(f"/messages/{message_id}/offerings")
    assert answer.status_code == 200, answer.json
    return [(each["name"], each["status"], each["method"], each["confidence"]) for each in answer.json["items"]]


def decide(stage, message_id: str, offering, status: str):
    answer = stage.alice.patch(f"/messages/{message_id}/offerings", {"offering_id": offering["id"], "status": status})
    assert answer.status_code == 200, answer.json


def link_all_again(stage) -> None:
    asked = stage.alice.post("/jobs", {"type": "offerings.link_again", "client_id": stage.acme.id})
    assert asked.status_code == 202, asked.json
    stage.run_due_jobs()
    assert stage.job(asked.json["id"]).status == "completed"


def test_a_message_is_linked_as_it_comes_and_as_it_is_edited(stage):
    river = an_offering(stage, code="RH-12", aliases=["Haus am Fluss"])
    assert river["slug"] == "river-house"
    an_offering(stage, "Old Mill Loft")
    first = heard(stage, "What does RH-12 cost?")
    assert about(stage, first) == [("River House", "auto", "code", 1.0)]
    (event,) = told(stage, "message.linked")
    assert (event.data["names"], event.data["message_id"]) == ("River House", first)
    assert "cost" not in str(event.data)

    assert about(stage, heard(stage, "And is there a lift?")) == [("River House", "suggested", "context", 0.7)]
    assert about(stage, heard(stage, "Haus am Fluss?", "c2")) == [("River House", "auto", "name", 0.9)]
    assert about(stage, heard(stage, "Good morning", "c3")) == []
    with stage.reading() as reading:
        from rapport.conversations.models import Message

        external = reading.session.get_one(Message, first).external_id
    heard(stage, "What does the Old Mill Loft cost?", message_id=external, edited_at=stage.clock.now())
    assert about(stage, first) == [("Old Mill Loft", "auto", "name", 0.9)], "what it said before is not believed"
    assert stage.alice.get(f"/offerings/{river['id']}").json["messages"] == {
        "auto": 1,
        "suggested": 1,
        "confirmed": 0,
        "rejected": 0,
    }


def test_what_a_person_decided_no_rule_decides_again(stage):
    river, mill = an_offering(stage), an_offering(stage, "Old Mill Loft")
    message = heard(stage, "Is the River House free?")
    decide(stage, message, river, "rejected")
    decide(stage, message, mill, "confirmed")
    stage.alice.patch(f"/offerings/{river['id']}", {"code": "RIVER"})
    stage.run_consumers()
    link_all_again(stage)
    assert sorted(about(stage, message)) == [
        ("Old Mill Loft", "confirmed", "by_hand", 1.0),
        ("River House", "rejected", "name", 0.9),
    ]
    decide(stage, message, river, "confirmed")
    decide(stage, message, river, "confirmed")
    assert len(told(stage, "message.link_decided")) == 3, "the same word again is no news"
    assert about(stage, heard(stage, "And the garden?")) == [
        ("Old Mill Loft", "suggested", "context", 0.7),
        ("River House", "suggested", "context", 0.7),
    ]
    theirs = stage.carol.post("/offerings", {"client_id": stage.globex.id, "name": "Theirs"}).json
    body = {"offering_id": theirs["id"], "status": "confirmed"}
    refused(stage.root.patch(f"/messages/{message}/offerings", body), 404, "NOT_FOUND")
    refused(stage.carol.get(f"/messages/{message}/offerings"), 404, "NOT_FOUND")


def test_all_messages_are_looked_at_again_when_it_is_asked_for(stage):
    messages = [heard(stage, f"River House, room {number}?", f"c{number}") for number in range(101)]
    river = an_offering(stage)
    link_all_again(stage)
    assert stage.alice.get(f"/offerings/{river['id']}").json["messages"]["auto"] == 101
    stage.alice.patch(f"/offerings/{river['id']}", {"archived": True})
    late = heard(stage, "River House?", "late")
    assert about(stage, late) == []
    assert about(stage, messages[0]) == [("River House", "auto", "name", 0.9)], "what was linked stays"


def test_a_campaign_and_a_form_say_what_is_talked_of(stage):
    campaign = a_campaign(stage)
    river = an_offering(stage, campaign_ids=[campaign["id"]], external_ref="A-900")
    assert river["campaign_ids"] == [campaign["id"]]
    message = heard(stage, "Yes, gladly", campaign_id=campaign["id"])
    assert about(stage, message) == [("River House", "suggested", "context", 0.7)]

    mill = an_offering(stage, "Old Mill Loft")
    form = a_form(stage, kind="inquiry", offering_id=mill["id"])
    ids = [taken(stage, form, message=f"Hello {number}", offering=named) for number, named in enumerate(("", "a-900"))]
    stage.run_consumers()
    found = [about(stage, last_message(stage, each["conversation_id"])) for each in ids[1:]]
    assert found == [[("River House", "auto", "code", 1.0)]], "who asks for one thing asks for that"
    (first,) = [
        each["message_id"]
        for each in stage.alice.get("/capture-forms/submissions").json["items"]
        if each["given"]["message"] == "Hello 0"
    ]
    assert about(stage, first) == [("Old Mill Loft", "auto", "code", 1.0)]


@pytest.mark.parametrize("field", ["slug", "code", "external_ref"])
def test_two_offerings_share_no_slug_code_or_number(stage, field):
    an_offering(stage, **{field: "a-1"})
    second = {"client_id": stage.acme.id, "name": "Another", field: "a-1"}
    refused(stage.alice.post("/offerings", second), 409, "OFFERING_ALREADY_EXISTS")
    other = an_offering(stage, "Another")
    refused(stage.alice.patch(f"/offerings/{other['id']}", {field: "a-1"}), 409, "OFFERING_ALREADY_EXISTS")
    theirs = {"client_id": stage.globex.id, "name": "Theirs", field: "a-1"}
    assert stage.carol.post("/offerings", theirs).status_code == 201
