"""One fault switch for every fake: what is ordered happens, and takes effect exactly as ordered."""

import pytest

from rapport_sandbox.fakes import all_fakes
from rapport_sandbox.fakes.fake import Fake
from rapport_sandbox.fakes.hubspot import HubSpot
from rapport_sandbox.fakes.resend import Resend
from rapport_sandbox.fakes.slack import DEFAULT_PATH, Slack
from tests.sandbox.fakes.calling import NOON, Caller, said

MAIL = {"from": "us@rapport.example", "to": "ada@example.com", "subject": "Hi", "text": "Hello"}


@pytest.fixture
def resend():
    return Resend(public_url="http://127.0.0.1:1/resend")


@pytest.fixture
def call(resend):
    return Caller(resend, authorization="Bearer re_sandbox", user_agent="test")


def test_a_time_out_before_the_effect_changes_nothing_and_says_nothing(resend, call):
    resend.fail_next(1, "timeout_before")

    answer = call("POST", "/emails", MAIL)

    assert (answer.hang, answer.effect, resend.sent) == ("before", False, {})
    assert answer.facts["fault"] == "timeout_before"


def test_a_time_out_after_the_effect_sends_the_mail_and_says_nothing(resend, call):
    resend.fail_next(1, "timeout_after_effect")

    answer = call("POST", "/emails", MAIL)

    assert (answer.hang, answer.effect, len(resend.sent)) == ("after", True, 1)


def test_a_repeat_with_the_same_key_after_a_lost_answer_sends_nothing_more(resend, call):
    resend.fail_next(1, "timeout_after_effect")
    lost = call("POST", "/emails", MAIL, idempotency_key="delivery-1")

    again = call("POST", "/emails", MAIL, idempotency_key="delivery-1")

    assert (again.status, again.effect, len(resend.sent)) == (200, False, 1)
    assert again.body == lost.body


def test_an_error_may_hide_a_success(resend, call):
    resend.fail_next(1, 500, after_effect=True)

    answer = call("POST", "/emails", MAIL)

    assert (answer.status, answer.effect, len(resend.sent)) == (500, True, 1)


def test_faults_strike_as_often_as_ordered_and_only_where_ordered(resend, call):
    resend.fail_next(2, 503, on="POST /emails")

    statuses = [call("GET", "/emails").status]
    statuses += [call("POST", "/emails", MAIL).status for _ in range(3)]

    assert statuses == [200, 503, 503, 200]


@pytest.mark.parametrize("page", [b"<html>Bad gateway</html>", "<html>Bad gateway</html>"])
def test_a_fault_may_play_a_proxy_with_a_page_of_its_own(resend, call, page):
    resend.fail_next(1, 502, body=page)

    answer = call("POST", "/emails", MAIL)

    assert answer.status == 502
    assert answer.headers["content-type"] == "text/html"
    assert answer.body == b"<html>Bad gateway</html>"


def test_a_fault_may_name_the_error_and_the_wait(resend, call):
    resend.fail_next(1, 429, reason="daily_quota_exceeded", retry_after=30)

    answer = call("POST", "/emails", MAIL)

    assert said(answer)["name"] == "daily_quota_exceeded"
    assert answer.headers["retry-after"] == "30"


@pytest.mark.parametrize("fake", all_fakes(public_url="http://127.0.0.1:1"), ids=lambda fake: fake.name)
@pytest.mark.parametrize("outcome", [400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504])
def test_every_fake_can_be_told_to_answer_any_status(fake: Fake, outcome: int):
    fake.fail_next(1, outcome)

    answer = Caller(fake)("POST", "/anything", {"text": "x"})

    assert (answer.status, answer.effect) == (outcome, False)
    assert answer.body
    assert answer.facts["fault"] == str(outcome)


@pytest.mark.parametrize("fake", all_fakes(public_url="http://127.0.0.1:1"), ids=lambda fake: fake.name)
def test_every_fake_survives_a_body_that_is_no_json(fake: Fake):
    for route in fake.routes:
        path = route.pattern.replace("{}", "x")
        assert 400 <= Caller(fake)(route.method, path, body=b"\xff{").status < 500


def test_a_reset_forgets_effects_and_ordered_faults():
    slack = Slack()
    call = Caller(slack)
    call("POST", DEFAULT_PATH, {"text": "Ann replied"})
    slack.fail_next(5, 500)

    slack.reset()

    assert slack.posted == []
    assert call("POST", DEFAULT_PATH, {"text": "Ann replied"}).status == 200


def test_the_same_seed_gives_the_same_ids_and_another_seed_others():
    def first_id(seed):
        fake = Resend(public_url="http://127.0.0.1:1", seed=seed)
        answer = Caller(fake, authorization="Bearer re_sandbox", user_agent="test")("POST", "/emails", MAIL)
        return said(answer)["id"]

    assert first_id(1) == first_id(1) != first_id(2)


def test_a_switch_can_be_turned_by_name_and_only_a_switch():
    hubspot = HubSpot()
    hubspot.turn("fail_next", {"n": 1, "outcome": 503})
    hubspot.turn("set_limit", {"name": "daily", "limit": 0})

    call = Caller(hubspot, authorization="Bearer pat-sandbox")
    statuses = [call("GET", "/crm/v3/objects/contacts/1", at=NOON).status for _ in range(2)]

    assert statuses == [503, 429]
    with pytest.raises(KeyError, match="no switch 'handle'"):
        hubspot.turn("handle", {})


def test_the_ledger_learns_the_kind_and_the_person_of_every_request_even_a_refused_one(resend):
    stranger = Caller(resend, user_agent="test")

    refused = stranger("POST", "/emails", MAIL)
    nowhere = stranger("POST", "/nowhere", {})

    assert refused.status == 401
    assert refused.facts == {"kind": "email", "person": "ada@example.com", "tags": []}
    assert nowhere.facts["kind"] == "unknown"
