"""What somebody sends through a form is a lead, its words and an event: all of it, once, or nothing."""

from __future__ import annotations

import pytest

from tests.http.asking import refused
from tests.http.test_manners import nobody_can_write
from tests.rooms.campaigns.world import a_ready_campaign
from tests.rooms.capture.world import a_form, events, leads, send, submissions, taken
from tests.rooms.inbox.world import shown
from tests.rooms.replies.world import a_listener, a_running_campaign, status


@pytest.fixture
def stage(make_stage):
    return make_stage(settings={"CAPTURE_PER_ADDRESS": "1000"})


def test_a_stranger_becomes_a_lead_whose_words_wait_in_the_inbox(stage):
    form = a_form(stage, consent_text="You may keep this.", tags=["website"])
    iphone = {
        "User-Agent": "Mozilla/5.0 (iPhone) Mobile",
        "Referer": "https://search.example/",
        "Accept-Language": "de",
    }
    made = taken(
        stage,
        form,
        consent=True,
        headers=iphone,
        company="Engines",
        fields={"Team size": "12"},
        utm={"source": "newsletter", "campaign": "spring"},
        landing_page="https://www.engines.example/?utm_source=newsletter",
        country="de",
    )

    (lead,) = leads(stage)
    assert (lead["id"], lead["source"], lead["source_detail"]) == (made["lead_id"], "capture", "Contact page")
    assert (lead["first_name"], lead["last_name"], lead["company"]) == ("Ada", "Lovelace", "Engines")
    assert (lead["custom"], lead["tags"]) == ({"team_size": "12"}, ["website"])
    conversation = shown(stage, made["conversation_id"])
    assert (conversation["channel"], conversation["status"], conversation["unread_count"]) == ("email", "open", 1)
    assert conversation["waiting_since"] is not None, "whoever wrote waits for an answer"
    (message,) = stage.alice.get(f"/inbox/conversations/{made['conversation_id']}/messages").json["items"]
    assert (message["text"], message["via"], message["direction"]) == ("What does it cost?", "capture", "in")
    (kept,) = submissions(stage, utm_source="newsletter", device="mobile", lead_id=made["lead_id"])
    assert (kept["id"], kept["status"], kept["is_new_lead"]) == (made["submission_id"], "taken", True)
    assert kept["consent_text"] == "You may keep this."
    assert kept["source"]["referrer"] == "https://search.example/"
    assert (kept["source"]["country"], kept["source"]["language"]) == ("DE", "de")
    types = [each.type for each in events(stage, "lead.created", "message.received", "lead.inquired", "reply.received")]
    assert types == ["lead.created", "message.received", "lead.inquired"], "a stranger's word is no reply to anything"
    assert "cost" not in str([each.data for each in events(stage, "lead.inquired", "lead.created")])


def test_the_same_key_makes_one_submission_for_thirty_days(stage):
    form = a_form(stage)
    first = taken(stage, form, "once")

    again = send(stage, form, "once")
    assert (again.status_code, again.json, again.headers["Idempotent-Replayed"]) == (201, first, "true")
    refused(send(stage, form, "once", message="Another"), 409, "IDEMPOTENCY_KEY_REUSED")
    in_body = [taken(stage, form, idempotency_key="twice", email="b@x.example") for _ in range(2)]
    assert in_body[0] == in_body[1]
    other_form = a_form(stage, name="Another")
    assert taken(stage, other_form, "once")["submission_id"] != first["submission_id"], "a key is of its form"
    stage.wait(days=29, hours=23)
    stage.alice.post("/jobs", {"type": "http.purge_idempotency_keys"})
    stage.run_due_jobs()
    assert taken(stage, form, "once") == first
    stage.wait(hours=2)
    stage.root.post("/jobs", {"type": "http.purge_idempotency_keys", "client_id": None})
    stage.run_due_jobs()
    assert taken(stage, form, "once")["submission_id"] != first["submission_id"]
    assert len(leads(stage)) == 2


def test_without_a_key_the_same_words_within_ten_minutes_are_one(stage):
    form = a_form(stage)
    first = taken(stage, form)
    stage.wait(minutes=9)
    again = send(stage, form)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first, "true")
    other = taken(stage, form, message="And the small one?")
    assert other["lead_id"] == first["lead_id"]
    assert other["conversation_id"] == first["conversation_id"], "one person, one thread"
    stage.wait(minutes=2)
    assert taken(stage, form)["submission_id"] != first["submission_id"]
    assert len(leads(stage)) == 1


def test_whoever_is_known_gets_what_they_lack_and_nothing_automatic_reaches_them_any_more(stage):
    form = a_form(stage)
    lead_id = stage.lead("Ada Lovelace", email="ada@engines.example", company="Engines")
    enrollment = a_running_campaign(stage, a_listener(stage), lead_id)[lead_id]

    made = taken(stage, form, company="Somebody Else", phone="+44 20 7946 0000")

    assert made["lead_id"] == lead_id
    lead = stage.alice.get(f"/leads/{lead_id}").json
    assert (lead["company"], lead["phone"]) == ("Engines", "+44 20 7946 0000")
    assert status(stage, enrollment)[0] == "responded"
    (replied,) = events(stage, "reply.received")
    assert (replied.lead_id, replied.conversation_id) == (lead_id, made["conversation_id"])


def test_everything_that_is_missing_is_named_at_once_and_nothing_is_kept(stage):
    fields = [{"name": name, "is_required": True} for name in ("email", "company")]
    form = a_form(stage, fields=fields, consent_text="You may keep this.")
    details = refused(send(stage, form, email=" "), 422, "VALIDATION_FAILED")
    assert details == {"email": ["Is needed."], "company": ["Is needed."], "consent": ["Must be given."]}
    assert refused(send(stage, form, email="not an address", company="E", consent=True), 422, "VALIDATION_FAILED") == {
        "email": ["Is no email address."]
    }
    refused(send(stage, form, message="x" * 10_001), 422, "VALIDATION_FAILED")
    refused(
        send(stage, form, fields={f"f{n}": "x" * 500 for n in range(20)}, referrer="x" * 70_000),
        422,
        "VALIDATION_FAILED",
    )
    assert (leads(stage), submissions(stage)) == ([], [])


def test_who_fills_what_nobody_sees_is_kept_apart_and_becomes_nobody(stage):
    form = a_form(stage)
    made = taken(stage, form, url="https://buy.example")
    assert (made["lead_id"], made["conversation_id"]) == (None, None)
    (kept,) = submissions(stage, status="spam")
    assert kept["given"]["message"] == "What does it cost?"
    assert (leads(stage), events(stage, "lead.inquired")) == ([], [])


def test_a_forms_campaign_takes_who_comes_and_says_whom_it_cannot(stage):
    campaign = a_ready_campaign(stage)
    form = a_form(stage, campaign_id=campaign["id"])
    plain = a_form(stage, name="Plain")
    first = taken(stage, form, profile_url="https://www.linkedin.com/in/ada-lovelace")
    second = taken(stage, plain, email="grace@x.example")
    stage.run_consumers()
    enrolled = stage.alice.get("/enrollments").json["items"]
    assert [each["lead_id"] for each in enrolled] == [first["lead_id"]], "no form, no campaign"
    assert second["lead_id"] != first["lead_id"]

    stage.alice.post(f"/campaigns/{campaign['id']}/archive")
    third = taken(stage, form, email="joan@x.example")
    stage.run_consumers()
    stage.run_consumers()
    (told,) = events(stage, "lead.not_enrolled")
    assert told.lead_id == third["lead_id"]
    assert "archived" in told.data["reason"]


def test_nothing_is_kept_of_who_asked_to_be_forgotten(stage):
    form = a_form(stage)
    made = taken(stage, form)
    lead_id = made["lead_id"]
    assert stage.alice.post(f"/leads/{lead_id}/erase", {"confirm": lead_id}).status_code == 200
    stage.run_consumers()
    (kept,) = submissions(stage)
    assert (kept["given"], kept["source"]) == ({}, {})

    stage.wait(hours=1)
    again = taken(stage, form)
    assert again["lead_id"] is None
    (later,) = submissions(stage, status="forgotten")
    assert later["given"] == {}
    assert leads(stage) == []


def test_without_the_database_nothing_is_pretended_and_the_same_key_heals(make_stage):
    stage = make_stage(settings={"DB_WAIT_SECONDS": "0.3"})
    form = a_form(stage)
    with nobody_can_write(stage):
        answer = send(stage, form, "once")
        refused(answer, 503, "UNAVAILABLE")
        assert int(answer.headers["Retry-After"]) > 0
    assert leads(stage) == []
    healed = send(stage, form, "once")
    assert healed.status_code == 201
    assert "Idempotent-Replayed" not in healed.headers
    assert len(leads(stage)) == 1
