"""A broadcast reaches each address once and nobody who wants none, whatever happens on the way."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from rapport.rules.permissions import Permission
from tests.rooms.broadcasts.world import BATCH, WORDS, broadcasts


@pytest.fixture
def world(make_stage):
    with broadcasts(make_stage) as made:
        yield made


def stop(world, email, reason="opted_out"):
    from rapport.outbox import stops
    from rapport.outbox.words import MailTopic, StopReason

    with world.stage.tx() as tx:
        stops.stop(tx, world.stage.acme.id, email, topic=MailTopic.BROADCASTS, reason=StopReason(reason))


def test_three_hundred_get_it_once_though_nobody_hears_the_answers_and_workers_die(world):
    world.people(300)
    stop(world, "p1@people.example")
    stop(world, "p2@people.example", "bounced")
    world.stage.alice.post(
        "/do-not-contact", {"client_id": world.stage.acme.id, "kind": "person", "value": "p3@people.example"}
    )
    world.stage.lead("Nobody Known")
    audience = {"created_at.lte": "2026-12-31T00:00:00Z"}
    seen = world.stage.alice.post("/broadcasts/preview", _meant(world, audience)).json
    assert (seen["matching"], seen["recipients"]) == (301, 297)
    assert seen["excluded"] == {"opted_out": 1, "bounced": 1, "do_not_contact": 1, "no_email": 1}
    assert seen["sample"][0]["text"].startswith("Hi P")

    made = world.write(audience=audience)
    world.resend.fail_next(2, "timeout_after_effect", on=BATCH)
    world.resend.fail_next(1, "timeout_before", on=BATCH)
    world.resend.fail_next(1, 500, on=BATCH, after_effect=True)
    world.send_off(made)
    world.stage.clock.advance(timedelta(seconds=1))
    world.people(5, "late.example")  # who comes later is not meant
    world.work()

    arrived = world.arrived()
    assert set(arrived.values()) == {1}
    assert set(arrived) == {f"p{place}@people.example" for place in range(300)} - {
        f"p{place}@people.example" for place in (1, 2, 3)
    }
    shown = world.shown(made)
    assert (shown["status"], shown["figures"]["sent"], shown["figures"]["excluded"]) == ("sent", 297, 4)
    lines = world.lines()
    assert len(lines) > 3, "the control: calls were repeated"
    for key in {line["key"] for line in lines}:
        assert len({line["body"] for line in lines if line["key"] == key}) == 1, "the same bytes in every attempt"


def test_a_second_key_for_the_same_mails_would_write_to_everybody_twice(world):
    """The negative control: what holds is the key, not the luck of the draw."""
    world.people(3)
    made = world.write()
    world.send_off(made)
    world.work()
    body = json.loads(world.lines()[0]["body"])

    bulk = world.stage.service.outbox.carriers["email"]
    bulk.carry_batch(json.dumps(body).encode(), key="another", now=world.stage.clock.now())

    assert set(world.arrived().values()) == {2}


def _meant(world, audience):
    return {"client_id": world.stage.acme.id, "audience": audience, "variants": [WORDS]}


def test_what_is_told_of_mails_is_counted_and_whoever_wants_none_gets_none_again(world):
    world.people(2)
    for local in ("bounced", "complained"):
        world.stage.lead(f"{local} Box", email=f"{local}@resend.dev")
    made = world.write()
    world.send_off(made)
    world.work()
    world.hear()

    figures = world.shown(made)["figures"]
    assert (figures["sent"], figures["bounced"], figures["complained"]) == (4, 1, 1)
    assert figures["delivered"] >= 2
    sent = next(each for each in world.resend.sent.values() if each["to"] == ["p0@people.example"])
    for kind in ("email.opened", "email.clicked"):
        world.server.sandbox.turn("resend", "emit", {"email_id": sent["id"], "kind": kind})
    world.hear()
    assert world.mail_of(made, "p0@people.example")["clicked_at"] is not None

    link = sent["headers"]["List-Unsubscribe"].strip("<>")
    assert sent["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    page = world.stage.http.get(urlsplit(link).path)
    assert page.status_code == 200
    assert world.mail_of(made, "p0@people.example")["unsubscribed_at"] is None, "looking changes nothing"
    answer = world.stage.http.post(urlsplit(link).path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    world.work(timedelta(0))
    assert world.mail_of(made, "p0@people.example")["unsubscribed_at"] is not None

    again = world.write()
    world.send_off(again)
    world.work()
    assert world.shown(again)["figures"]["reasons"] == {"opted_out": 1, "bounced": 1, "complained": 1}
    assert world.arrived()["p1@people.example"] == 2, "the control: the others get the next one"


def test_a_broadcast_is_paused_gone_on_with_and_cancelled_between_two_batches(world):
    world.people(250)
    made = world.write()
    world.send_off(made)
    ran = 0
    while not world.lines():
        ran += world.stage.run_due_jobs(1)
        world.stage.clock.advance(timedelta(milliseconds=100))
    assert world.stage.alice.post(f"/broadcasts/{made}/pause").status_code == 200
    world.work()
    assert sum(world.arrived().values()) == 100, "nothing more leaves"
    assert world.shown(made)["status"] == "paused"
    assert world.stage.alice.patch(f"/broadcasts/{made}", {"name": "x"}, headers={"If-Match": "*"}).status_code == 409

    world.resend.fail_next(1, "timeout_before", on=BATCH)
    assert world.stage.alice.post(f"/broadcasts/{made}/resume").status_code == 202
    while len(world.lines()) < 2:
        world.stage.run_due_jobs(1)
        world.stage.clock.advance(timedelta(milliseconds=100))
    assert world.stage.alice.post(f"/broadcasts/{made}/cancel").status_code == 200
    world.work()

    assert sum(world.arrived().values()) == 100, "what was on its way was looked up, and had not left"
    figures = world.shown(made)["figures"]
    assert (figures["sent"], figures["reasons"], figures["batched"]) == (100, {"cancelled": 150}, 0)


def test_texts_are_strict_and_the_outsides_word_is_kept_beside_ours(world):
    world.people(2)
    text = {"subject": "News", "body": "Hi {{ first_name }} of {{ company }}"}
    made = world.write(variants=[text])
    world.send_off(made)
    world.work()
    assert world.shown(made)["figures"]["reasons"] == {"missing_variable": 2}
    assert not world.arrived(), "nobody reads half a sentence"

    broken = {"client_id": world.stage.acme.id, "name": "x", "variants": [{"subject": "x", "body": "{{ oh no"}]}
    assert world.stage.alice.post("/broadcasts", broken).status_code == 422
    sql = {**broken, "variants": [WORDS], "audience": {"name; drop table lead": "x"}}
    assert world.stage.alice.post("/broadcasts", sql).status_code == 422
    unknown = {**broken, "variants": [WORDS], "audience": {"shoe_size": "44"}}
    assert world.stage.alice.post("/broadcasts", unknown).status_code == 422

    key = world.stage.key(Permission.CALLBACKS, of=world.stage.acme)
    said = {"campaign_id": made, "sent": 7, "failed": 0, "status": "sent", "delivery_rate": 0.9}
    assert key.post("/callbacks/campaign-status", said).status_code == 200
    shown = world.shown(made)
    assert (shown["claim"]["sent"], shown["figures"]["sent"], shown["differs"]) == (7, 0, ["sent"])
    foreign = world.stage.key(Permission.CALLBACKS, of=world.stage.globex)
    assert foreign.post("/callbacks/campaign-status", said).status_code == 404
