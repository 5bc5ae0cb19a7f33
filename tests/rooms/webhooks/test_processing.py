"""What was kept is looked at in the order it came; each delivery has a decision that one can read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from rapport.leads import erasing, persons
from rapport.ports.unipile_hooks import MessageHeard
from rapport.runtime import loops
from rapport.webhooks import forget, intake, process
from rapport.webhooks.sources import Decision
from tests.outside.test_hooks import TYPES
from tests.rooms.webhooks.posting import BODIES, UNIPILE_ACCOUNT, body, deliveries, hear, heard, post
from tests.stage import Stage


@pytest.fixture
def listening(make_stage: Callable[..., Stage]) -> Stage:
    """Acme has the account that the stored bodies speak of, and somebody listens to messages."""
    stage = make_stage(more_hook_handlers={MessageHeard: hear}, settings={"WEBHOOK_BODY_DAYS": "2"})
    stage.account(unipile_account_id=UNIPILE_ACCOUNT)
    return stage


def words(stage: Stage) -> list[str | None]:
    return [each["word"] for each in deliveries(stage)]


def test_a_delivery_is_decided_after_its_answer(listening):
    post(listening, "messaging", body("message_received"))
    assert (deliveries(listening)[0]["status"], heard(listening)) == ("received", [])

    listening.run_due_jobs()

    (decided,) = deliveries(listening)
    assert (decided["status"], decided["word"], decided["kind"]) == ("processed", "recorded", "message_received")
    assert decided["client_id"] == listening.acme.id
    assert decided["external_chat_id"] == "UtRr8mVnXq2"
    assert decided["happened_at"] == "2026-03-02T08:14:07.311000Z"
    assert heard(listening) == ["Thanks Mira, Thursday at ten suits me."]


def test_the_same_body_again_is_kept_and_changes_nothing_twice(listening):
    for _ in range(3):
        post(listening, "messaging", body("message_received"))
        listening.run_due_jobs()

    first, second, third = deliveries(listening)
    assert (first["duplicate_of"], second["duplicate_of"], third["duplicate_of"]) == (None, first["id"], first["id"])
    assert len(heard(listening)) == 1


def test_a_delivery_at_the_wrong_address_is_heard_all_the_same(listening):
    post(listening, "users", body("message_received"))
    listening.run_due_jobs()

    (decided,) = deliveries(listening)
    assert (decided["source"], decided["kind"], decided["word"]) == ("unipile/users", "message_received", "recorded")
    assert len(heard(listening)) == 1


@pytest.mark.parametrize(
    ("sent", "status", "word", "kind"),
    [
        (b"<html>", "unreadable", "unreadable", None),
        (b'{"event": "message_received", "account_id": "a"}', "unreadable", "unreadable", None),
        (b'{"event": "message_pinned", "account_id": "kYp3x9QzR0"}', "ignored", "nobody_listens", "message_pinned"),
        (body("new_relation"), "processed", "unmatched_relation", "new_relation"),
        (body("message_received", account_id="stranger"), "ignored", "account_unknown", "message_received"),
    ],
)
def test_what_nothing_is_made_of_is_kept_and_listed_with_the_reason(listening, sent, status, word, kind):
    post(listening, "messaging", sent)
    listening.run_due_jobs()

    (decided,) = deliveries(listening, f"&filter[status]={status}")
    assert (decided["word"], decided["kind"]) == (word, kind)
    if status == "unreadable":
        assert decided["decision"]["why"].endswith(".")


def test_every_stored_variant_is_decided_without_a_failure(listening):
    files = sorted(BODIES.iterdir())
    for path in files:
        post(listening, "messaging", path.read_bytes(), Content_Type=TYPES[path.suffix])
    listening.run_due_jobs()

    decided = deliveries(listening)
    assert len(decided) == len(files)
    assert {each["status"] for each in decided} == {"processed", "ignored"}


def test_deliveries_are_decided_in_the_order_they_came(listening):
    texts = [f"number {n}" for n in range(120)]
    for n, text in enumerate(texts):
        post(listening, "messaging", body("message_received", message=text, message_id=f"m{n}"))

    listening.run_due_jobs()

    seen = listening.root.get("/events/timeline?filter[type]=test.heard&limit=200").json["items"]
    assert [event["data"]["text"] for event in reversed(seen)] == texts


def test_one_that_fails_takes_nothing_with_it_and_is_tried_again(listening):
    for n, text in enumerate(["before", "break me", "after"]):
        post(listening, "messaging", body("message_received", message=text, message_id=f"m{n}"))
    listening.run_due_jobs()

    assert heard(listening) == ["before", "after"]
    assert [(each["status"], each["attempts"]) for each in deliveries(listening)] == [
        ("processed", 1),
        ("received", 1),
        ("processed", 1),
    ]
    assert deliveries(listening)[1]["error"] == "RuntimeError"

    for wait in process.WAITS:
        listening.clock.advance(wait)
        listening.run_due_jobs()

    failed = deliveries(listening)[1]
    assert (failed["status"], failed["attempts"]) == ("failed", len(process.WAITS) + 1)
    assert heard(listening) == ["before", "after"]


def test_an_admin_has_a_failed_one_looked_at_again(make_stage):
    broken = [True]

    def sometimes(tx, told):
        if broken:
            raise RuntimeError
        return hear(tx, told)

    stage = make_stage(more_hook_handlers={MessageHeard: sometimes})
    stage.account(unipile_account_id=UNIPILE_ACCOUNT)
    delivery_id = post(stage, "messaging", body("message_received")).json["id"]
    stage.run_due_jobs()
    for wait in process.WAITS:
        stage.clock.advance(wait)
        stage.run_due_jobs()
    assert deliveries(stage)[0]["status"] == "failed"

    broken.clear()
    answer = stage.root.post(f"/webhooks/deliveries/{delivery_id}/reprocess")
    stage.run_due_jobs()

    assert (answer.status_code, answer.json["status"]) == (200, "received")
    assert [(each["status"], each["attempts"]) for each in deliveries(stage)] == [("processed", 1)]
    assert len(heard(stage)) == 1


def test_what_came_before_the_account_was_ours_is_looked_at_when_it_is(listening):
    post(listening, "messaging", body("message_received", account_id="later"))
    listening.run_due_jobs()
    assert words(listening) == ["account_unknown"]

    account = listening.account("Late", of=listening.globex, unipile_account_id="later")
    listening.run_due_jobs()

    (decided,) = deliveries(listening)
    assert (decided["word"], decided["account_id"], decided["client_id"]) == (
        "recorded",
        account.id,
        listening.globex.id,
    )


def test_a_delivery_that_comes_while_the_job_ends_is_looked_at_by_the_next(listening):
    """The job has looked and found nothing; the row becomes visible before the job's end does."""
    processing = listening.service.processing
    late: list[bytes] = [body("message_received")]

    def look_then_take_in(tx, job):
        found = processing.handler(tx, job)
        if late:
            intake.store(tx, source="unipile/messaging", body=late.pop(), content_type=None, headers={}, verified=None)
        return found

    listening.service.job_types._types[processing.name] = replace(processing, handler=look_then_take_in)
    post(listening, "accounts", body("account_status__ok"))
    listening.run_due_jobs()
    assert [each["status"] for each in deliveries(listening)] == ["processed", "received"]

    listening.run_due_jobs()

    assert words(listening) == ["status_changed", "recorded"]


def test_many_deliveries_make_few_jobs(listening):
    for n in range(60):
        post(listening, "messaging", body("message_received", message_id=f"m{n}"))
        loops.delivery_turn(listening.service)

    jobs = listening.root.get("/jobs?filter[type]=webhooks.process").json["items"]

    assert len(jobs) == 1


def test_deliveries_are_found_by_chat_account_lead_and_word(make_stage):
    def matched(tx, told):
        return Decision("recorded", lead_id=lead)

    stage = make_stage(more_hook_handlers={MessageHeard: matched})
    account, lead = stage.account(unipile_account_id=UNIPILE_ACCOUNT), stage.lead()
    post(stage, "messaging", body("message_received"))
    post(stage, "accounts", body("account_status__ok"))
    stage.run_due_jobs()

    for query in (
        "external_chat_id]=UtRr8mVnXq2",
        f"lead_id]={lead}",
        "word]=recorded",
        "kind]=message_received",
        "source]=unipile/messaging",
    ):
        assert [each["kind"] for each in deliveries(stage, f"&filter[{query}")] == ["message_received"], query
    assert len(deliveries(stage, f"&filter[account_id]={account.id}")) == 2


def test_a_body_is_kept_for_its_term_and_then_names_nobody(listening):
    post(listening, "messaging", body("message_received"))
    listening.run_due_jobs()
    (before,) = deliveries(listening)
    assert before["decision"] == {"sender": "Ada Lovelace"}

    listening.clock.advance(timedelta(hours=47))
    empty_old(listening)
    assert "Ada" in str(listening.root.get(f"/webhooks/deliveries/{before['id']}").json)

    listening.clock.advance(timedelta(hours=2))
    empty_old(listening)
    after = listening.root.get(f"/webhooks/deliveries/{before['id']}").json
    assert (after["body"], after["decision"], after["external_chat_id"]) == (None, {"sender": "(erased)"}, None)
    assert (after["word"], after["sha256"], after["kind"]) == ("recorded", before["sha256"], "message_received")
    refused = listening.root.post(f"/webhooks/deliveries/{before['id']}/reprocess")
    assert (refused.status_code, refused.json["code"]) == (409, "DELIVERY_EMPTIED")


def test_a_delivery_that_waits_for_its_decision_keeps_its_body(listening):
    post(listening, "messaging", body("message_received", message="break"))

    listening.run_due_jobs()
    listening.clock.advance(timedelta(days=4))
    with listening.tx() as tx:
        assert forget.old(tx, older_than=timedelta(days=2)) == 0

    (waiting,) = deliveries(listening, "&filter[status]=received")
    assert listening.root.get(f"/webhooks/deliveries/{waiting['id']}").json["body"] is not None


def test_an_erased_person_is_in_no_delivery(make_stage):
    stage = make_stage(more_hook_handlers={MessageHeard: lambda tx, told: Decision("recorded", lead_id=lead)})
    stage.account(unipile_account_id=UNIPILE_ACCOUNT)
    lead, other = stage.lead(), stage.lead("Grace Hopper")
    mine = post(stage, "messaging", body("message_received")).json["id"]
    stage.run_due_jobs()
    lead, erased = other, lead
    theirs = post(stage, "messaging", body("message_received", message_id="m2")).json["id"]
    stage.run_due_jobs()

    with stage.tx() as tx:
        erasing.erase(tx, persons.get(tx, erased), confirm=erased)

    assert stage.root.get(f"/webhooks/deliveries/{mine}").json["body"] is None
    assert stage.root.get(f"/webhooks/deliveries/{theirs}").json["body"] is not None


def empty_old(stage: Stage) -> None:
    answer = stage.root.post("/jobs", {"type": "webhooks.empty_old"})
    assert answer.status_code == 202, answer.json
    while stage.job(answer.json["id"]).status != "completed":
        stage.run_due_jobs(most=1)
