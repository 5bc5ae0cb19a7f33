"""Notices: who is told of a reply, how it reads, what waits, and what is not told and says why."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from rapport.conversations.models import Message
from rapport.events.consumers import rewind
from rapport.notices import digests
from rapport.people import clients
from tests.http.routes import unmatched_message
from tests.rooms.outbox.world import outside

MINUTE = timedelta(minutes=1)
DESK = "desk@acme.example"


@pytest.fixture
def world(make_stage):
    with outside(make_stage, PUBLIC_URL="https://rapport.example") as made:
        yield made


def prefer(world, **wishes):
    with world.stage.tx() as tx:
        client = clients.get(tx, world.stage.acme.id)
        clients.change(tx, client, {"notice_preferences": {"emails": [DESK], **wishes}})


def rule(world, **more):
    body = {"client_id": world.stage.acme.id, "name": "Desk", "event_types": ["reply.*"], "channel": "email"} | more
    answer = world.stage.alice.post("/notices/rules", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def reply(world, text="Yes, <b>please</b>\nsend & tell", lead="Ada Lovelace", **data):
    """Somebody writes, and whoever reads the log hears of it."""
    conversation_id = says(world, text, lead, **data)
    world.stage.run_consumers()
    digests.turn(world.stage.service)
    return conversation_id


def says(world, text, lead, **data):
    """Somebody writes, and the log says so."""
    message_id = unmatched_message(world.stage, of=world.stage.acme, mark=text)
    with world.stage.tx() as tx:
        conversation_id = tx.session.get_one(Message, message_id).conversation_id
        tx.emit(
            "reply.received",
            client_id=world.stage.acme.id,
            data={"lead": lead, "message_id": message_id, **data},
            conversation_id=conversation_id,
        )
    return conversation_id


def live(world, how_long):
    """Let time pass with everything at work that works by itself."""
    end = world.now + how_long
    while world.now < end:
        digests.turn(world.stage.service)
        world.run(min(MINUTE, end - world.now))
    digests.turn(world.stage.service)
    world.run()


def mails(world):
    return [json.loads(line["body"]) for line in world.effects("resend")]


def test_a_reply_is_told_to_the_clients_address_at_once_and_reads_well(world):
    prefer(world)
    reply(world)

    world.run()

    (mail,) = mails(world)
    assert mail["to"] == [DESK]
    assert mail["subject"] == "Ada Lovelace replied"
    assert "Yes, &lt;b&gt;please&lt;/b&gt;<br>send &amp; tell" in mail["html"]
    assert "> Yes, <b>please</b>\n  > send & tell" in mail["text"]
    assert re.search(r"https://rapport\.example/inbox/[0-9a-f-]{36}", mail["text"])
    assert "Monday 2 March 2026, 10:00" in mail["text"], "by the client's clock"


def test_fifty_replies_in_a_minute_are_one_notice_and_one_digest(world):
    prefer(world)
    for number in range(50):
        says(world, f"Reply {number}", f"Lead {number}")
        world.stage.clock.advance(timedelta(seconds=1))
        if number % 10 == 0:
            world.stage.run_consumers()
    world.stage.run_consumers()

    live(world, 10 * MINUTE)

    first, digest = mails(world)
    assert first["subject"] == "Lead 0 replied"
    assert digest["subject"] == "49 things happened at Acme"
    assert "Lead 1 replied" in digest["text"]
    log = world.stage.bob.get("/notices/log", query_string={"limit": "200"}).json["items"]
    merged = [each for each in log if each["reason"] == "in_digest"]
    assert len(merged) == 49
    assert len({each["merged_into"] for each in merged}) == 1


def test_what_comes_in_quiet_hours_waits_for_the_morning_unless_somebody_is_hot(world):
    prefer(world, quiet_from="10:00", quiet_to="11:00")
    reply(world, lead="Cold Carl")
    reply(world, lead="Hot Hanna", temperature="hot")
    live(world, 2 * MINUTE)
    assert [mail["subject"] for mail in mails(world)] == ["Hot Hanna replied"]

    live(world, 60 * MINUTE)

    assert [mail["subject"] for mail in mails(world)] == ["Hot Hanna replied", "Cold Carl replied"]


def test_a_thread_that_an_operator_called_hot_is_hot_for_notices_too(world):
    prefer(world, min_temperature="hot")
    conversation_id = reply(world)
    assert world.deliveries() == []
    answer = world.stage.alice.put(f"/inbox/conversations/{conversation_id}/temperature", {"temperature": "hot"})
    assert answer.status_code == 200, answer.json
    with world.stage.tx() as tx:
        tx.emit("reply.received", client_id=world.stage.acme.id, data={"lead": "Ada"}, conversation_id=conversation_id)
    world.stage.run_consumers()
    world.run()

    assert [mail["subject"] for mail in mails(world)] == ["Ada replied"]


def test_a_rule_tells_of_what_it_names_to_whom_it_names_and_no_colder(world):
    slack = world.connect("slack")
    rule(world, channel="slack", connection_id=slack["id"], event_types=["reply.received"], min_temperature="warm")
    rule(world, emails=["Boss@Acme.example", "boss@acme.example"], event_types=["lead.noted"], batch_s=0)
    reply(world, lead="Cold Carl")
    reply(world, lead="Warm <Wanda> & Co", temperature="warm")
    world.tell()

    live(world, MINUTE)

    ((_, posted),) = world.fakes["slack"].posted
    assert "Warm &lt;Wanda&gt; &amp; Co replied" in posted["text"]
    assert len(posted["blocks"]) == 1
    assert [mail["to"] for mail in mails(world)] == [["boss@acme.example"]]


def test_a_receiver_hears_no_more_often_than_its_rule_says(world):
    rule(world, emails=[DESK], batch_s=0, max_per_hour=3)
    for number in range(8):
        reply(world, lead=f"Lead {number}")
        live(world, MINUTE)
    assert len(mails(world)) == 3

    live(world, 60 * MINUTE)

    assert len(mails(world)) == 4
    assert mails(world)[-1]["subject"] == "5 things happened at Acme"


def test_a_feature_that_is_off_is_off_for_the_client_before_everybody_and_the_environment(make_stage):
    with outside(make_stage, FEATURES_OFF="notices") as world:
        prefer(world)
        acme = world.stage.acme.id

        def said(client_id=acme):
            query = {"client_id": client_id} if client_id else {}
            shown = world.stage.root.get("/flags", query_string=query).json["items"]
            return next((each["enabled"], each["decided_by"]) for each in shown if each["name"] == "notices")

        assert said() == (False, "environment")
        reply(world)
        world.stage.root.put("/flags", {"name": "notices", "client_id": None, "enabled": True})
        assert said() == (True, "global")
        world.stage.root.put("/flags", {"name": "notices", "client_id": acme, "enabled": False})
        assert (said(), said(None)) == ((False, "client"), (True, "global"))
        reply(world)
        world.stage.root.put("/flags", {"name": "notices", "client_id": acme, "enabled": None})
        assert said() == (True, "global")
        reply(world)

        world.run()

        reasons = [(each["status"], each["reason"]) for each in world.deliveries()]
        assert reasons == [("skipped", "flag notices")] * 2 + [("sent", None)]
        assert world.stage.alice.put("/flags", {"name": "notices", "enabled": True}).status_code == 403


def test_a_log_that_is_read_again_tells_nothing_again(world):
    prefer(world)
    reply(world)
    with world.stage.tx() as tx:
        rewind(tx, "notices.tell", world.stage.acme.id, to=0)
    world.stage.run_consumers()
    live(world, 10 * MINUTE)

    assert len(mails(world)) == 1


def test_an_archived_client_is_told_nothing(world):
    prefer(world)
    world.stage.root.post(f"/clients/{world.stage.acme.id}/archive")
    reply(world)

    assert world.deliveries() == []


def test_a_preview_shows_every_form_and_sends_nothing(world):
    prefer(world)
    shown = world.stage.bob.post("/notices/preview", {"client_id": world.stage.acme.id, "count": 3}).json
    world.run()

    assert shown["subject"] == "3 things happened at Acme"
    assert "Grace Hopper replied" in shown["telegram"]["text"]
    assert not mails(world)
    assert world.stage.carol.post("/notices/preview", {"client_id": world.stage.acme.id}).status_code == 404


def test_a_test_notice_goes_where_notices_go(world):
    nobody = world.stage.alice.post("/notices/test", {"client_id": world.stage.acme.id})
    assert nobody.status_code == 422
    prefer(world)
    sent = world.stage.alice.post("/notices/test", {"client_id": world.stage.acme.id})
    assert sent.status_code == 202
    world.run()

    assert [mail["to"] for mail in mails(world)] == [[DESK]]
    settings = world.stage.bob.get("/notices/settings", query_string={"client_id": world.stage.acme.id}).json
    assert (settings["enabled"], settings["mail_set_up"]) == (True, True)
    assert settings["preferences"]["emails"] == [DESK]


def test_a_rule_is_changed_and_removed_and_checked(world):
    slack = world.connect("slack")
    made = rule(world)
    wrong = [
        {"connection_id": slack["id"]},
        {"quiet_from": "20:00"},
        {"min_temperature": "boiling"},
    ]
    for change in wrong:
        assert world.stage.alice.patch(f"/notices/rules/{made['id']}", change).status_code == 422, change
    refused = world.stage.alice.post(
        "/notices/rules",
        {"client_id": world.stage.acme.id, "name": "X", "event_types": ["reply.*"], "channel": "telegram"},
    )
    assert refused.status_code == 422
    changed = world.stage.alice.patch(f"/notices/rules/{made['id']}", {"enabled": False})
    assert changed.json["enabled"] is False
    reply(world)
    assert world.deliveries() == []
    assert world.stage.carol.get(f"/notices/rules/{made['id']}").status_code == 404
    assert world.stage.alice.delete(f"/notices/rules/{made['id']}").status_code == 204
    assert world.stage.alice.get(f"/notices/rules/{made['id']}").status_code == 404


def test_a_rule_whose_connection_is_gone_says_so(world):
    slack = world.connect("slack")
    rule(world, channel="slack", connection_id=slack["id"])
    world.stage.alice.delete(f"/connections/{slack['id']}")
    reply(world)

    assert [(each["status"], each["reason"]) for each in world.deliveries()] == [("skipped", "connection_removed")]
