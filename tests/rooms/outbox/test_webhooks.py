"""Webhook endpoints: what they are told, how it is tried again, how it is signed, and when it is given up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from standardwebhooks.webhooks import Webhook as Standard
from standardwebhooks.webhooks import WebhookVerificationError as TheirRefusal
from svix.webhooks import Webhook as Svix
from svix.webhooks import WebhookVerificationError as SvixRefusal

from rapport.events.consumers import rewind
from rapport.kernel import signatures
from rapport.kernel.errors import RapportError
from tests.http.routes import dead_letter
from tests.rooms.outbox.world import outside

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(make_stage):
    with outside(make_stage) as made:
        yield made


def fail(status=503, **headers):
    return lambda _called: (status, headers)


def succeed(_called):
    return 200, {}


def test_an_endpoint_is_told_once_of_what_it_asked_for(world):
    world.connect(event_types=["lead.*", "reply.received"])
    for event_type in ("lead.noted", "reply.received", "campaign.changed"):
        world.tell(event_type=event_type)

    world.run()

    told = [each.said for each in world.endpoint.calls]
    assert [each["type"] for each in told] == ["lead.noted", "reply.received"]
    assert told[0]["seq"] < told[1]["seq"]
    assert told[0]["data"]["name"].startswith("Ada")


def test_an_endpoint_is_not_told_of_what_happened_before_it_was_there_nor_twice_of_anything(world):
    world.tell()
    world.stage.wait(minutes=1)
    world.connect()
    world.tell()
    with world.stage.tx() as tx:
        rewind(tx, "outbox.webhooks", world.stage.acme.id, to=0)
    world.stage.run_consumers()

    world.run()

    assert [each.said["type"] for each in world.endpoint.calls].count("lead.noted") == 1


def test_an_outside_that_is_away_for_twenty_minutes_has_missed_nothing_afterwards(world):
    world.connect(event_types=["lead.noted"])
    world.endpoint.answer = fail()
    world.tell(20)
    world.run(20 * MINUTE)
    assert not world.endpoint.taken

    world.endpoint.answer = succeed
    world.run(5 * MINUTE)

    assert sorted(world.endpoint.times_taken().values()) == [1] * 20
    assert not world.deliveries(status="dead")
    assert len(world.deliveries(status="sent")) == 20


def test_what_an_outside_that_was_away_for_two_hours_missed_is_sent_again_once_by_one_call(world):
    connection = world.connect(event_types=["lead.noted"])
    world.endpoint.answer = fail()
    world.tell(20)
    world.run(120 * MINUTE)
    ids = {each["id"] for each in world.deliveries(status="dead")}
    assert len(ids) == 20
    tried = {each: [call.at for call in world.endpoint.calls if call.id == each] for each in ids}
    for instants in tried.values():
        gaps = [(later - earlier) / MINUTE for earlier, later in pairwise(instants)]
        assert [lowest <= gap <= lowest * 1.1 + 0.1 for lowest, gap in zip((1, 5, 15), gaps, strict=True)] == [True] * 3

    world.endpoint.answer = succeed
    chosen = {"connection_id": connection["id"]}
    counted = world.stage.alice.post("/deliveries/replay/count", chosen)
    replayed = world.stage.alice.post("/deliveries/replay", chosen)
    world.run(MINUTE)

    assert counted.json == {"count": 20}
    assert replayed.json == {"replayed": 20, "more": False}
    assert world.endpoint.times_taken() == dict.fromkeys(ids, 1)
    assert world.stage.alice.post("/deliveries/replay", chosen).json["replayed"] == 0


def test_every_attempt_is_kept_with_what_was_answered(world):
    world.connect(event_types=["lead.noted"])
    answers = iter([(500, {}), (302, {"Location": world.endpoint.url}), (204, {})])
    world.endpoint.answer = lambda _called: next(answers)
    world.tell()

    world.run(10 * MINUTE)

    (delivery,) = world.deliveries()
    shown = world.delivery(delivery["id"])
    assert [(each["outcome"], each["http_status"]) for each in shown["attempts_made"]] == [
        ("failed", 500),
        ("failed", 302),
        ("carried", 204),
    ]
    assert {call.id for call in world.endpoint.calls} == {delivery["id"]}
    assert json.loads(shown["body"]) == world.endpoint.calls[0].said


def test_an_endpoint_that_asks_for_patience_gets_it_and_loses_no_attempt(world):
    world.connect(event_types=["lead.noted"])
    world.endpoint.answer = fail(429, **{"Retry-After": "600"})
    began = world.now
    world.tell(3)
    world.run(29 * MINUTE)
    calls = [round((each.at - began) / MINUTE) for each in world.endpoint.calls]
    assert sorted(set(calls)) == [0, 10, 20]

    world.endpoint.answer = succeed
    world.run(5 * MINUTE)

    assert sorted(world.endpoint.times_taken().values()) == [1] * 3
    assert {each["attempts"] for each in world.deliveries()} == {1}


def test_an_endpoint_that_is_gone_is_disabled_and_what_follows_is_kept_as_skipped(world):
    connection = world.connect(event_types=["lead.noted"])
    world.endpoint.answer = fail(410)
    world.tell()
    world.run()
    world.tell()

    first, second = world.deliveries()

    assert (first["status"], first["reason"]) == ("dead", "gone")
    assert (second["status"], second["reason"]) == ("skipped", "connection_disabled")
    shown = world.stage.bob.get(f"/connections/{connection['id']}").json
    assert shown["status"] == "disabled"


def test_an_endpoint_that_fails_for_a_day_is_left_alone_until_somebody_says_that_it_recovered(world):
    connection = world.connect(event_types=["lead.noted"])
    world.endpoint.answer = fail()
    began = world.now
    for _ in range(6):
        world.tell()
        world.run(timedelta(hours=5))
    calls = len(world.endpoint.calls)
    assert world.stage.bob.get(f"/connections/{connection['id']}").json["status"] == "failing"

    world.tell()
    world.run(timedelta(hours=1))
    assert len(world.endpoint.calls) == calls, "a failing endpoint was called"
    world.endpoint.answer = succeed
    recovered = world.stage.alice.post(f"/connections/{connection['id']}/recover", {"since": began.isoformat()})
    world.run(MINUTE)

    assert recovered.json == {"replayed": 7, "more": False}
    assert sorted(world.endpoint.times_taken().values()) == [1] * 7
    assert world.stage.bob.get(f"/connections/{connection['id']}").json["status"] == "ok"


def test_published_libraries_believe_our_signatures_also_during_a_rotation(world):
    connection = world.connect(event_types=["lead.noted"])
    world.tell()
    rotated = world.stage.alice.post(f"/connections/{connection['id']}/rotate-secret").json
    world.run()
    world.stage.wait(hours=25)
    world.tell()
    world.run()
    during, after = world.endpoint.calls

    def believes(library, secret, call):
        at = datetime.fromtimestamp(int(call.headers["webhook-timestamp"]), UTC)
        return library(secret).sign(call.id, at, call.body.decode()) in call.headers["webhook-signature"].split(" ")

    old, new = connection["secret"], rotated["secret"]
    for library in (Standard, Svix):
        assert [believes(library, secret, during) for secret in (old, new)] == [True, True]
        assert [believes(library, secret, after) for secret in (old, new)] == [False, True]
    assert "x-signature-previous" in during.headers
    assert "x-signature-previous" not in after.headers


@pytest.mark.parametrize("library", [Standard, Svix])
def test_published_libraries_take_what_we_sign_now_and_refuse_it_touched_or_under_another_key(library):
    old, new, other = (signatures.new_secret() for _ in range(3))
    now = datetime.now(UTC)
    shown = signatures.headers("msg_1", at=now, body=b'{"a":1}', secrets=(new, old))
    prefix = "svix" if library is Svix else "webhook"
    given = {f"{prefix}-{part}": shown[f"webhook-{part}"] for part in ("id", "timestamp", "signature")}

    for secret in (new, old):
        library(secret).verify(b'{"a":1}', given)
    for secret, body in ((other, b'{"a":1}'), (new, b'{"a":2}')):
        with pytest.raises((TheirRefusal, SvixRefusal)):
            library(secret).verify(body, given)
    stale = signatures.headers("msg_1", at=now - timedelta(seconds=400), body=b"{}", secrets=(new,))
    with pytest.raises((TheirRefusal, SvixRefusal)):
        library(new).verify(
            b"{}", {f"{prefix}-{part}": stale[f"webhook-{part}"] for part in ("id", "timestamp", "signature")}
        )


def test_what_is_off_removed_or_switched_off_is_kept_with_the_reason(world):
    connection = world.connect(event_types=["lead.noted"])
    world.stage.root.put("/flags", {"name": "webhooks", "client_id": world.stage.acme.id, "enabled": False})
    world.tell()
    world.stage.root.put("/flags", {"name": "webhooks", "client_id": world.stage.acme.id, "enabled": None})
    world.stage.alice.patch(f"/connections/{connection['id']}", {"enabled": False})
    world.tell()
    world.stage.alice.patch(f"/connections/{connection['id']}", {"enabled": True})
    world.tell()
    world.stage.alice.delete(f"/connections/{connection['id']}")

    world.run(MINUTE)

    assert [each["reason"] for each in world.deliveries()] == [
        "flag webhooks",
        "connection_disabled",
        "connection_removed",
    ]
    assert not world.endpoint.calls


def test_a_dead_letter_is_replayed_alone_and_nothing_else_can_be(world):
    connection = world.connect(event_types=["lead.noted"])
    world.endpoint.answer = fail()
    world.tell()
    world.run(30 * MINUTE)
    (dead,) = world.stage.bob.get("/deliveries/dead").json["items"]
    assert world.stage.bob.post(f"/deliveries/{dead['id']}/replay").status_code == 403
    assert world.stage.carol.post(f"/deliveries/{dead['id']}/replay").status_code == 404

    world.endpoint.answer = succeed
    assert world.stage.alice.post(f"/deliveries/{dead['id']}/replay").json["status"] == "pending"
    world.run()

    assert world.stage.alice.post(f"/deliveries/{dead['id']}/replay").status_code == 409
    shown = world.delivery(dead["id"])
    assert (shown["status"], shown["replays"], len(shown["attempts_made"])) == ("sent", 1, 5)
    tested = world.stage.alice.post(f"/connections/{connection['id']}/test")
    assert tested.status_code == 202
    world.run()
    assert world.delivery(tested.json["id"])["status"] == "sent"


def test_a_dead_letter_that_is_put_away_stays_to_be_read_and_is_never_sent_again(stage):
    path = f"/deliveries/{dead_letter(stage, of=stage.acme)}"
    why = {"reason": "They called us."}
    assert stage.bob.post(f"{path}/dismiss", why).status_code == 403
    assert stage.carol.post(f"{path}/dismiss", why).status_code == 404
    assert stage.alice.get(f"/deliveries/counts?client_id={stage.acme.id}").json["dead"] == 1
    assert stage.root.get(f"/deliveries/counts?client_id={stage.globex.id}").json["dead"] == 0

    shown = stage.alice.post(f"{path}/dismiss", why).json

    assert (shown["status"], shown["reason"], shown["last_error"]) == (
        "skipped",
        "dismissed: They called us.",
        "no_such_mailbox",
    )
    assert stage.alice.post("/deliveries/replay", {"client_id": stage.acme.id}).json["replayed"] == 0
    assert stage.alice.post(f"{path}/replay").status_code == 409
    assert stage.alice.post(f"{path}/dismiss", why).status_code == 409, "it is no dead letter any more"
    told = stage.alice.get("/events/timeline?filter[type]=delivery.dismissed").json["items"]
    assert [each["title"] for each in told] == ["What could not be delivered by email was put away: They called us."]


@pytest.mark.parametrize("library", [Standard, Svix])
def test_we_believe_what_the_published_libraries_sign_and_nothing_that_was_touched(library, stage):
    secret, other = signatures.new_secret(), signatures.new_secret()
    now = stage.clock.now()
    body = b'{"text":"\xc3\xa9"}'
    prefix = "svix" if library is Svix else "webhook"

    def signed(at, key=secret):
        return {
            f"{prefix}-id": "msg_1",
            f"{prefix}-timestamp": str(int(at.timestamp())),
            f"{prefix}-signature": library(key).sign("msg_1", at, body.decode()),
        }

    def believes(headers, of=body, *, secrets=(secret,)):
        try:
            return signatures.verified(headers, of, secrets=secrets, now=now) == "msg_1"
        except RapportError:
            return False

    good = signed(now)
    assert believes(good)
    assert believes(signed(now, other), secrets=(secret, other)), "a rotation"
    assert believes(signed(now - timedelta(seconds=299)))
    for wrong in (timedelta(seconds=-301), timedelta(seconds=301)):
        assert not believes(signed(now + wrong)), "a stale one, or one from the future"
    assert not believes(good, body + b" ")
    assert not believes(good, secrets=(other,))
    assert not believes(good | {f"{prefix}-id": "msg_2"})
    assert not believes(good | {f"{prefix}-timestamp": str(int(now.timestamp()) + 1)})
    signature = good[f"{prefix}-signature"]
    for touched in (signature[:-2], signature.swapcase(), "", "v1,", signature.replace("v1,", "v2,"), "\u20ac"):
        assert not believes(good | {f"{prefix}-signature": touched}), touched
    assert not believes({})


def test_the_plain_scheme_is_believed_inside_its_window(stage):
    secret, now, body = signatures.new_secret(), stage.clock.now(), b"{}"
    shown = signatures.headers("msg_1", at=now, body=body, secrets=(secret,))
    plain = {name: shown[name] for name in ("X-Timestamp", "X-Signature")}

    assert signatures.verified(plain, body, secrets=(secret,), now=now + timedelta(seconds=300)) is None
    for headers, at in ((plain, now + timedelta(seconds=301)), (plain | {"X-Signature": "sha256="}, now)):
        with pytest.raises(RapportError):
            signatures.verified(headers, body, secrets=(secret,), now=at)
