"""What Resend tells of mails: believed when it is signed, once, and only forward."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.kernel import signatures
from tests.rooms.outbox.world import outside

SECRET = signatures.new_secret()


@pytest.fixture
def world(make_stage):
    with outside(make_stage, RESEND_WEBHOOK_SECRET=SECRET) as made:
        resend = made.fakes["resend"]
        resend.subscribe("https://rapport.example/hook", SECRET)
        made.posts, made.answers = [], []

        def carry(_url, headers, body):
            made.posts.append((headers, body))
            answer = made.stage.nobody.call("POST", "/webhooks/resend", data=body, headers=headers)
            made.answers.append(answer.status_code)
            return answer.status_code

        made.server.sandbox.courier.deliver = carry
        yield made


def sent(world, to):
    mail = world.mail(to=to)
    world.run()
    world.stage.clock.advance(timedelta(seconds=5))
    world.stage.run_due_jobs()
    return mail


def test_a_mail_is_delivered_or_dead_as_the_provider_tells(world):
    good, bad = sent(world, "ada@acme.example"), sent(world, "bounced@resend.dev")

    assert set(world.answers) == {200}
    assert world.delivery(good)["status"] == "delivered"
    assert (world.delivery(bad)["status"], world.delivery(bad)["reason"]) == ("dead", "bounced")


def test_events_that_come_twice_and_in_disorder_change_nothing_twice(world):
    resend = world.fakes["resend"]
    resend.duplicate_next(10)
    resend.shuffle(on=True)
    mails = [sent(world, "ada@acme.example") for _ in range(3)]

    assert {world.delivery(each)["status"] for each in mails} == {"delivered"}


def test_a_mail_that_is_told_of_has_left_even_if_nobody_heard_the_answer(world):
    world.fakes["resend"].fail_next(1, "timeout_after_effect")
    mail = sent(world, "ada@acme.example")
    world.run(timedelta(minutes=10))

    assert world.delivery(mail)["status"] == "delivered"
    assert [each["outcome"] for each in world.delivery(mail)["attempts_made"]] == ["failed"], "it was not sent again"


def test_what_is_not_signed_or_stale_or_touched_is_refused(world):
    sent(world, "ada@acme.example")
    ((headers, body), *_) = world.posts

    def take(given, said=body):
        return world.stage.nobody.call("POST", "/webhooks/resend", data=said, headers=given).status_code

    assert take(headers) == 200, "the control"
    assert take({}) == 401
    assert take(headers, body + b" ") == 401
    assert take(headers | {"svix-id": "msg_other"}) == 401
    world.stage.clock.advance(timedelta(seconds=400))
    assert take(headers) == 401


def test_without_a_secret_nothing_is_believed(make_stage):
    with outside(make_stage) as world:
        headers = signatures.headers("msg_1", at=world.now, body=b"{}", secrets=[SECRET])
        assert world.stage.nobody.call("POST", "/webhooks/resend", data=b"{}", headers=headers).status_code == 401
