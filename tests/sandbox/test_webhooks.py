"""Webhooks: who hears what, in which words, how stubbornly, and how oddly."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs

import orjson
import pytest

from rapport_sandbox.hooks.courier import WAITS
from tests.sandbox.stage import Stage, refusal, said

HOUR = 3_600.0


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────


def test_a_message_from_a_person_is_told_with_everything_about_it(stage: Stage) -> None:
    ada = stage.friend()
    stage.listen(headers=[{"key": "Unipile-Auth", "value": "secret"}])
    stage.world.replies(ada, timedelta(hours=1), "Hello")

    stage.advance(HOUR)

    [(url, headers, _)] = stage.listener.heard
    [body] = stage.listener.bodies
    assert url == "http://127.0.0.1:9/hook"
    assert headers == {"content-type": "application/json", "Unipile-Auth": "secret"}
    assert body["event"] == "message_received"
    assert body["message"] == "Hello"
    assert body["is_sender"] is False
    assert body["account_info"]["user_id"] == stage.account.owner.provider_id
    assert body["sender"]["attendee_provider_id"] == ada.provider_id
    assert body["attendees"] == [body["sender"]]
    assert body["webhook_name"] == "ours"
    assert body["timestamp"] == "2026-01-05T09:00:00.000Z"


def test_what_the_account_itself_sends_comes_back_too(stage: Stage) -> None:
    stage.listen()
    message_id = said(stage.write(stage.friend(), "Hello"))["message_id"]

    stage.advance(10)

    [body] = stage.listener.bodies
    assert (body["event"], body["message_id"], body["is_sender"]) == ("message_received", message_id, True)
    assert body["sender"]["attendee_provider_id"] == body["account_info"]["user_id"]


def test_what_the_owner_writes_on_the_phone_comes_too_and_the_api_was_never_asked(stage: Stage) -> None:
    stage.listen()
    stage.world.owner_writes(stage.friend(), timedelta(hours=1), "from my phone")

    stage.advance(HOUR + 10)

    [body] = stage.listener.bodies
    assert (body["message"], body["is_sender"]) == ("from my phone", True)
    assert list(stage.sandbox.ledger.read(service="unipile", kind="message")) == []


def test_only_events_that_were_asked_for_are_told(stage: Stage) -> None:
    ada = stage.friend()
    stage.listen(events=["message_read", "message_reaction", "message_edited", "message_deleted"])
    story = stage.world.reads(ada, timedelta(hours=1)).reacts(ada, timedelta(hours=2), "👏")
    story.replies(ada, timedelta(hours=3), "yse").edits(ada, timedelta(hours=4), "yes")
    story.deletes(ada, timedelta(hours=5))
    stage.write(ada)

    stage.advance(6 * HOUR)

    assert stage.listener.events() == [
        "message_read",
        "message_reaction",
        "message_edited",
        "message_deleted",
    ]
    reaction = stage.listener.bodies[1]
    assert reaction["reaction"] == "👏"
    assert reaction["reaction_sender"]["attendee_provider_id"] == ada.provider_id


def test_a_new_relation_is_told_within_eight_hours_but_not_at_once(stage: Stage) -> None:
    people = [stage.stranger(position) for position in range(10)]
    stage.listen("users")
    for person in people:
        stage.world.accepts(person, timedelta(hours=1))
        stage.invite(person)
    stage.advance(HOUR)
    at_once = len(stage.listener.heard)

    stage.advance(8 * HOUR)

    assert at_once < 3
    assert {body["user_provider_id"] for body in stage.listener.bodies} == {person.provider_id for person in people}
    assert stage.listener.events() == ["new_relation"] * 10


def test_a_new_relation_may_lack_the_public_identifier(stage: Stage) -> None:
    stage.sandbox.switches.relation_without_public_identifier = 1.0
    ada = stage.stranger()
    stage.listen("users")
    stage.world.accepts(ada, timedelta(0))
    stage.invite(ada)

    stage.advance(9 * HOUR)

    [body] = stage.listener.bodies
    assert "user_public_identifier" not in body
    assert body["user_provider_id"] == ada.provider_id
    assert "public_identifier" not in stage.items("/users/relations")[0]


def test_a_webhook_for_one_account_hears_nothing_of_another(stage: Stage) -> None:
    other = stage.world.account(1)
    stage.listen(account_ids=[other.id])
    stage.world.replies(stage.friend(), timedelta(hours=1), "to the first", account=0)

    stage.advance(2 * HOUR)

    assert stage.listener.heard == []


def test_a_disabled_webhook_hears_nothing(stage: Stage) -> None:
    stage.listen(enabled=False)
    stage.write(stage.friend())
    stage.advance(60)

    assert stage.listener.heard == []


def test_a_webhook_may_choose_and_rename_its_fields(stage: Stage) -> None:
    stage.listen(data=[{"name": "who", "key": "sender"}, {"name": "text", "key": "message"}])
    stage.write(stage.friend(), "Hello")
    stage.advance(60)

    [body] = stage.listener.bodies
    assert set(body) == {"who", "text", "event"}
    assert body["text"] == "Hello"


def test_a_form_webhook_sends_form_fields(stage: Stage) -> None:
    stage.listen(format="form")
    stage.write(stage.friend(), "Hello & goodbye")
    stage.advance(60)

    [(_, headers, raw)] = stage.listener.heard
    fields = parse_qs(raw.decode())
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert fields["message"] == ["Hello & goodbye"]
    assert orjson.loads(fields["sender"][0])["attendee_provider_id"] == stage.account.owner.provider_id


# ── how stubbornly ───────────────────────────────────────────────────────────────────────────────────


def test_a_delivery_that_fails_is_tried_five_more_times_with_growing_waits(stage: Stage) -> None:
    stage.listen()
    stage.listener.statuses = [500] * 10
    stage.write(stage.friend())

    stage.advance(sum(WAITS) + 60)
    stage.advance(7 * 24 * HOUR)

    lines = list(stage.sandbox.ledger.read(service="webhook"))
    assert [line["attempt"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert len({line["delivery_id"] for line in lines}) == 1
    assert list(WAITS) == sorted(WAITS)
    assert stage.sandbox.courier.counts["given_up"] == 1


def test_a_delivery_ends_with_the_first_200(stage: Stage) -> None:
    stage.listen()
    stage.listener.statuses = [0, 204, 200]
    stage.write(stage.friend())

    stage.advance(24 * HOUR)

    assert [line["status"] for line in stage.sandbox.ledger.read(service="webhook")] == [0, 204, 200]


def test_a_listener_may_call_the_api_before_it_answers(stage: Stage) -> None:
    stage.listen()
    stage.listener.on_delivery = lambda: stage.items("/messages")
    stage.write(stage.friend())

    stage.advance(60)

    assert [line["status"] for line in stage.sandbox.ledger.read(service="webhook")] == [200]


# ── how oddly ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("switch", "check"),
    [
        ("is_sender_null", lambda body, ada: body["is_sender"] is None),
        ("sender_missing", lambda body, ada: "sender" not in body),
        (
            "sender_id_member",
            lambda body, ada: body["sender"]["attendee_provider_id"] == ada.member_id,
        ),
        ("sender_id_urn", lambda body, ada: body["sender"]["attendee_provider_id"] == ada.member_urn),
        ("wrapped", lambda body, ada: body["data"]["message"] == "Hello"),
    ],
)
def test_each_oddity_has_its_switch(stage: Stage, switch: str, check: object) -> None:
    ada = stage.friend()
    stage.sandbox.switches.change(**{switch: 1.0})
    stage.listen()
    stage.world.replies(ada, timedelta(hours=1), "Hello")

    stage.advance(HOUR)

    assert check(stage.listener.bodies[0], ada)  # type: ignore[operator]


def test_the_older_shape_names_attendees_participants(stage: Stage) -> None:
    stage.sandbox.switches.change(participants=True)
    stage.listen()
    stage.write(stage.friend())
    stage.advance(60)

    assert stage.listener.bodies[0]["participants"]
    assert "attendees" not in stage.listener.bodies[0]


def test_a_dropped_webhook_never_comes_but_the_message_is_listed(stage: Stage) -> None:
    stage.sandbox.switches.webhook_drop = 1.0
    stage.listen()
    stage.write(stage.friend())
    stage.advance(24 * HOUR)

    assert stage.listener.heard == []
    assert len(stage.items("/messages")) == 1


def test_a_duplicated_webhook_comes_twice_byte_for_byte(stage: Stage) -> None:
    stage.sandbox.switches.webhook_duplicate = 1.0
    stage.listen()
    stage.write(stage.friend())
    stage.advance(HOUR)

    first, second = stage.listener.heard
    assert first == second


def test_reordered_webhooks_overtake_each_other(stage: Stage) -> None:
    stage.sandbox.switches.webhook_reorder = 0.5
    ada = stage.friend()
    stage.listen()
    for number in range(12):
        stage.world.replies(ada, timedelta(seconds=number + 1), str(number))

    stage.advance(HOUR)

    order = [int(body["message"]) for body in stage.listener.bodies]
    assert sorted(order) == list(range(12))
    assert order != sorted(order)


def test_a_delayed_webhook_comes_within_the_delay(stage: Stage) -> None:
    stage.sandbox.switches.webhook_delay = 48 * HOUR
    stage.listen()
    stage.world.replies(stage.friend(), timedelta(seconds=1), "late")
    stage.advance(2)
    assert stage.listener.heard == []

    stage.advance(48 * HOUR)

    assert [body["message"] for body in stage.listener.bodies] == ["late"]


# ── registering ──────────────────────────────────────────────────────────────────────────────────────


def test_webhooks_are_listed_as_they_were_made_and_can_be_deleted(stage: Stage) -> None:
    webhook_id = stage.listen(
        events=["message_received", "message_read"], headers=[{"key": "Unipile-Auth", "value": "s"}]
    )
    users_id = stage.listen("users")

    first, second = said(stage.get("/webhooks"))["items"]

    assert (first["id"], first["events"]) == (webhook_id, ["message_received", "message_read"])
    assert first["headers"] == [{"key": "Unipile-Auth", "value": "s"}]
    assert {one["key"] for one in first["data"]} >= {"sender", "message", "chat_id"}
    assert (second["id"], second["source"]) == (users_id, "users")
    assert said(stage.delete(f"/webhooks/{webhook_id}")) == {"object": "WebhookDeleted"}
    assert refusal(stage.delete(f"/webhooks/{webhook_id}")) == (404, "resource_not_found")
    assert [one["id"] for one in said(stage.get("/webhooks"))["items"]] == [users_id]


def test_the_list_may_leave_the_source_out(stage: Stage) -> None:
    stage.sandbox.switches.webhook_source_hidden = 1.0
    stage.listen()

    [listed] = said(stage.get("/webhooks"))["items"]

    assert "source" not in listed
    assert listed["events"] == ["message_received"]


@pytest.mark.parametrize(
    "body",
    [
        {"request_url": "http://127.0.0.1/x"},
        {"source": "gossip", "request_url": "http://127.0.0.1/x"},
        {"source": "messaging"},
        {"source": "messaging", "request_url": "ftp://127.0.0.1/x"},
        {"source": "messaging", "request_url": "http://127.0.0.1/x", "events": ["new_relation"]},
        {"source": "messaging", "request_url": "http://127.0.0.1/x", "format": "xml"},
        {"source": "messaging", "request_url": "http://127.0.0.1/x", "data": [{"name": "a", "key": "b"}]},
        {
            "source": "messaging",
            "request_url": "http://127.0.0.1/x",
            "headers": [{"key": "a", "value": "b\r\nc: d"}],
        },
        {"source": "messaging", "request_url": "http://127.0.0.1/x", "enabled": "yes"},
    ],
)
def test_a_wrong_webhook_is_refused(stage: Stage, body: dict[str, object]) -> None:
    assert refusal(stage.post("/webhooks", body)) == (400, "invalid_parameters")
