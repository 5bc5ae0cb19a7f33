"""Mail, Slack and Telegram: each at its pace, each refusal understood, and a mail never doubled."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.rooms.outbox.world import outside

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def world(make_stage):
    with outside(make_stage) as made:
        yield made


def statuses(world):
    return Counter((each["status"], each["reason"]) for each in world.deliveries())


# Mail


def test_a_mail_leaves_with_the_stored_bytes_and_its_own_key_in_every_attempt(world):
    world.fakes["resend"].fail_next(2, 500)
    mail = world.mail()

    world.run(10 * MINUTE)

    lines = world.ledger("resend")
    assert {line["key"] for line in lines} == {mail}
    assert {line["body"] for line in lines} == {world.delivery(mail)["body"]}
    assert [line["effect"] for line in lines] == [False, False, True]
    assert world.delivery(mail)["status"] == "sent"


@pytest.mark.parametrize("outcome", ["timeout_before", "timeout_after_effect"])
def test_a_mail_of_which_nobody_knows_whether_it_arrived_arrives_once(world, outcome):
    world.fakes["resend"].fail_next(1, outcome)
    mail = world.mail()

    world.run(10 * MINUTE)

    assert len(world.effects("resend")) == 1
    shown = world.delivery(mail)
    assert shown["status"] == "sent"
    assert [each["error"] for each in shown["attempts_made"]] == ["timed_out", None]


def test_a_mail_whose_key_is_forgotten_is_looked_up_before_it_is_sent_again(world):
    world.fakes["resend"].fail_next(1, "timeout_after_effect")
    world.fakes["resend"].fail_next(3, 503)
    mail = world.mail()
    world.run(30 * MINUTE)
    assert world.delivery(mail)["status"] == "dead"
    world.stage.wait(hours=30)

    world.stage.alice.post(f"/deliveries/{mail}/replay")
    world.run(10 * MINUTE)

    shown = world.delivery(mail)
    assert (shown["status"], shown["attempts_made"][-1]["outcome"]) == ("sent", "found")
    assert len(world.effects("resend")) == 1


def test_mails_leave_as_fast_as_the_provider_takes_them_and_no_faster(world):
    for _ in range(35):
        world.mail()

    world.run(MINUTE)

    assert len(world.effects("resend")) == 35
    assert {line["status"] for line in world.ledger("resend")} == {200}
    attempts = [world.delivery(each["id"])["attempts_made"] for each in world.deliveries()]
    assert len({each["started_at"] for made in attempts for each in made}) == 35


def test_a_provider_that_says_when_to_come_back_is_obeyed_by_all_that_waits(world):
    world.fakes["resend"].fail_next(1, 429, retry_after=120)
    began = world.now
    for _ in range(3):
        world.mail()

    world.run(5 * MINUTE)

    assert len(world.effects("resend")) == 3
    first, *later = [line["at"] for line in world.ledger("resend")]
    assert all(at >= first for at in later)
    assert (world.now - began) >= 2 * MINUTE
    assert {each["attempts"] for each in world.deliveries()} == {1}


def test_a_used_up_quota_or_a_wrong_key_parks_mail_and_is_told_once(world):
    world.fakes["resend"].fail_next(1, 429, reason="daily_quota_exceeded")
    world.mail()
    world.mail()
    world.run(6 * HOUR)
    assert not world.effects("resend")

    world.run(12 * HOUR)

    assert len(world.effects("resend")) == 2
    told = world.stage.root.get("/events").json["items"]
    assert [each["data"]["error"] for each in told if each["type"] == "delivery.parked"] == ["daily_quota_exceeded"]


def test_a_refused_mail_is_dead_at_once_and_the_next_goes_its_way(world):
    world.fakes["resend"].fail_next(1, 422, reason="validation_error")
    refused, taken = world.mail(), world.mail()

    world.run(MINUTE)

    assert (world.delivery(refused)["status"], world.delivery(refused)["reason"]) == ("dead", "validation_error")
    assert world.delivery(taken)["status"] == "sent"


def test_without_a_mail_provider_a_mail_says_so(make_stage):
    with outside(make_stage, RESEND_API_KEY="") as world:
        mail = world.mail()
        world.run()

        shown = world.delivery(mail)
        assert (shown["status"], shown["reason"], shown["attempts_made"]) == ("skipped", "email_not_set_up", [])


def test_a_subject_made_of_a_hostile_name_stays_one_line(world):
    mail = world.mail(subject="Ada\r\nBcc: everybody@acme.example\u2028\x00 replied")
    world.run()

    (line,) = world.effects("resend")
    assert line["status"] == 200
    assert '"subject":"Ada Bcc: everybody@acme.example replied"' in world.delivery(mail)["body"]


# Slack and Telegram


@pytest.mark.parametrize("kind", ["slack", "telegram"])
def test_one_channel_gets_one_message_a_second_and_every_one_of_them(world, kind):
    connection = world.connect(kind)
    for _ in range(8):
        world.stage.alice.post(f"/connections/{connection['id']}/test")

    world.run(MINUTE)

    lines = world.ledger(kind)
    assert [line["status"] for line in lines] == [200] * 8
    at = sorted(each["settled_at"] for each in world.deliveries())
    assert len(set(at)) == 8
    assert all(later > earlier for earlier, later in pairwise(at))


@pytest.mark.parametrize("kind", ["slack", "telegram"])
def test_a_channel_that_is_too_busy_is_waited_for(world, kind):
    connection = world.connect(kind)
    world.fakes[kind].fail_next(2, 429, retry_after=7)
    world.stage.alice.post(f"/connections/{connection['id']}/test")

    world.run(MINUTE)

    assert statuses(world) == {("sent", None): 1}
    assert len(world.effects(kind)) == 1
    assert world.deliveries()[0]["attempts"] == 1


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        ("slack", lambda fake: fake.break_webhook("/services/T0SANDBOX/B0SANDBOX/sandbox", "channel_is_archived")),
        ("telegram", lambda fake: fake.block(1001)),
    ],
)
def test_a_channel_that_refuses_us_is_failing_at_once(world, kind, broken):
    connection = world.connect(kind)
    broken(world.fakes[kind])
    for _ in range(2):
        world.stage.alice.post(f"/connections/{connection['id']}/test")
        world.run()

    shown = world.stage.alice.get(f"/connections/{connection['id']}").json
    assert shown["status"] == "failing"
    assert len(world.ledger(kind)) == 1
    assert [each["status"] for each in world.deliveries()] == ["dead", "dead"]


def test_a_group_that_became_another_is_written_to_there(world):
    world.fakes["telegram"].add_chat(-5)
    world.fakes["telegram"].migrate(-5, -100500)
    connection = world.connect("telegram", chat_id="-5")
    world.stage.alice.post(f"/connections/{connection['id']}/test")

    world.run(MINUTE)

    assert statuses(world) == {("sent", None): 1}
    assert world.stage.alice.get(f"/connections/{connection['id']}").json["address"] == "-100500"


def test_a_time_out_of_slack_arrives_at_most_twice_and_looks_like_one(world):
    connection = world.connect("slack")
    world.fakes["slack"].fail_next(1, "timeout_after_effect")
    sent = world.stage.alice.post(f"/connections/{connection['id']}/test").json["id"]

    world.run(10 * MINUTE)

    assert len(world.effects("slack")) == 2
    assert all(sent in message["text"] for _, message in world.fakes["slack"].posted)


def test_what_opens_a_connection_is_in_no_answer_no_log_and_no_plain_column(world, capfd):
    world.connect("slack")
    telegram = world.connect("telegram", token="123456:sandbox")
    webhook = world.connect()
    world.stage.alice.post(f"/connections/{telegram['id']}/test")
    world.fakes["telegram"].fail_next(1, 500)
    world.run(10 * MINUTE)
    shown = world.stage.root.get("/connections").get_data(as_text=True)
    shown += world.stage.root.get("/deliveries").get_data(as_text=True)
    shown += world.stage.root.get("/events/timeline").get_data(as_text=True)
    stored = ""
    with world.stage.service.engine.connect() as connection:
        for table in ("connection", "delivery", "delivery_attempt", "event"):
            stored += str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())

    secrets = ["B0SANDBOX/sandbox", "123456:sandbox", webhook["secret"], webhook["secret"].removeprefix("whsec_")]
    for secret in secrets:
        assert secret not in shown
        assert secret not in stored
        assert secret not in "".join(capfd.readouterr())
