"""Slack answers `ok` or one word, in plain text."""

import pytest

from rapport_sandbox.fakes.slack import DEFAULT_PATH, Slack
from tests.sandbox.fakes.calling import NOON, Caller


@pytest.fixture
def slack():
    return Slack()


@pytest.fixture
def call(slack):
    return Caller(slack)


def words(answer):
    assert answer.headers["content-type"].startswith("text/")
    return answer.status, answer.body.decode()


def test_a_notice_is_posted_and_answered_with_ok(slack, call):
    answer = call("POST", DEFAULT_PATH, {"text": "Ann replied (ev-7)"})

    assert (words(answer), answer.effect) == ((200, "ok"), True)
    assert slack.posted == [(DEFAULT_PATH, {"text": "Ann replied (ev-7)"})]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({}, (400, "no_text")),
        ({"text": ""}, (400, "no_text")),
        ({"text": 7}, (400, "invalid_payload")),
        ({"text": "x", "blocks": [{"type": "section"}] * 51}, (400, "invalid_payload")),
        ({"text": "x", "blocks": {}}, (400, "invalid_payload")),
        ({"text": "x", "blocks": [{}]}, (400, "invalid_payload")),
        (["text"], (400, "invalid_payload")),
    ],
)
def test_a_wrong_payload_is_refused(slack, call, payload, expected):
    assert words(call("POST", DEFAULT_PATH, payload)) == expected
    assert slack.posted == []


def test_a_form_is_no_json(call):
    answer = call("POST", DEFAULT_PATH, {"text": "x"}, content_type="application/x-www-form-urlencoded")

    assert words(answer) == (400, "invalid_payload")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/services/T9/B0SANDBOX/sandbox", (404, "no_team")),
        ("/services/T0SANDBOX/B9/sandbox", (404, "no_service")),
        ("/services/T0SANDBOX/B0SANDBOX/wrong", (403, "invalid_token")),
    ],
)
def test_an_address_that_is_not_known_says_which_part(call, path, expected):
    assert words(call("POST", path, {"text": "x"})) == expected


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        ("user_not_found", 400),
        ("action_prohibited", 403),
        ("channel_not_found", 404),
        ("channel_is_archived", 410),
        ("rollup_error", 500),
    ],
)
def test_a_webhook_can_break_in_every_documented_way(slack, call, refusal, status):
    slack.break_webhook(DEFAULT_PATH, refusal)

    assert words(call("POST", DEFAULT_PATH, {"text": "x"})) == (status, refusal)


def test_only_a_documented_refusal_can_be_set(slack):
    with pytest.raises(KeyError):
        slack.break_webhook(DEFAULT_PATH, "no_coffee")


def test_a_burst_passes_and_then_the_channel_must_wait_while_another_need_not(slack, call):
    slack.add_webhook("/services/T0SANDBOX/B1/other")
    statuses = [call("POST", DEFAULT_PATH, {"text": str(n)}).status for n in range(5)]

    limited = call("POST", DEFAULT_PATH, {"text": "6"}, at=NOON + 1)

    assert statuses == [200] * 5
    assert (words(limited), limited.headers["retry-after"]) == ((429, "rate_limited"), "4")
    assert call("POST", "/services/T0SANDBOX/B1/other", {"text": "x"}, at=NOON + 1).status == 200
    assert call("POST", DEFAULT_PATH, {"text": "7"}, at=NOON + 5).status == 200


def test_a_repeat_after_a_lost_answer_is_a_second_message(slack, call):
    slack.fail_next(1, "timeout_after_effect")
    call("POST", DEFAULT_PATH, {"text": "ev-7"})
    call("POST", DEFAULT_PATH, {"text": "ev-7"})

    assert len(slack.posted) == 2


def test_the_ledger_names_the_webhook_but_not_its_secret(call):
    facts = call("POST", DEFAULT_PATH, {"text": "x"}).facts

    assert facts == {"kind": "notice", "account": "T0SANDBOX/B0SANDBOX"}
