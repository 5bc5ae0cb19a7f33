"""Telegram answers with `ok`, an error code and words, and sometimes parameters."""

import pytest

from rapport_sandbox.fakes.telegram import Telegram
from tests.sandbox.fakes.calling import NOON, Caller, said

URL = "/bot123456:sandbox/sendMessage"
GROUP = -2001


@pytest.fixture
def telegram():
    fake = Telegram()
    fake.add_chat(GROUP)
    return fake


@pytest.fixture
def call(telegram):
    return Caller(telegram)


def refusal(answer):
    body = said(answer)
    assert (body["ok"], body["error_code"]) == (False, answer.status)
    return answer.status, body["description"]


def test_a_message_is_sent_and_numbered(telegram, call):
    first = said(call("POST", URL, {"chat_id": 1001, "text": "Ann replied"}))
    second = said(call("POST", URL, {"chat_id": "1001", "text": "Bo replied"}, at=NOON + 1))

    assert (first["ok"], first["result"]["chat"]["type"]) == (True, "private")
    assert [first["result"]["message_id"], second["result"]["message_id"]] == [1, 2]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"chat_id": 1001}, "message text is empty"),
        ({"chat_id": 1001, "text": "  "}, "message text is empty"),
        ({"chat_id": 1001, "text": "x" * 4097}, "message is too long"),
        ({"chat_id": 1001, "text": "\N{GRINNING FACE}" * 2049}, "message is too long"),
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 7, "text": "x"}, "chat not found"),
        ({"chat_id": True, "text": "x"}, "chat not found"),
        ({"chat_id": 1001, "text": "x", "parse_mode": "Wiki"}, "unsupported parse_mode"),
        ({"chat_id": 1001, "text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        (
            {"chat_id": 1001, "text": "x</b>", "parse_mode": "HTML"},
            'can\'t parse entities: unexpected end tag "b"',
        ),
        ({"chat_id": 1001, "text": "a < b", "parse_mode": "HTML"}, "can't parse entities"),
        ({"chat_id": 1001, "text": "R&D", "parse_mode": "HTML"}, "can't parse entities"),
        ({"chat_id": 1001, "text": "x", "parsemode": "HTML"}, "unknown field parsemode"),
        (["x"], "can't parse JSON object"),
    ],
)
def test_a_wrong_message_is_refused(telegram, call, message, words):
    assert refusal(call("POST", URL, message)) == (400, f"Bad Request: {words}")
    assert telegram.sent == []


def test_escaped_html_is_counted_without_its_entities(telegram, call):
    text = "<b>" + "&lt;" * 4096 + "</b>"

    assert call("POST", URL, {"chat_id": 1001, "text": text, "parse_mode": "HTML"}).status == 200
    assert telegram.sent[0]["text"] == "<" * 4096


def test_without_a_parse_mode_any_text_goes_as_it_is(telegram, call):
    assert call("POST", URL, {"chat_id": 1001, "text": "a < b & <b>"}).status == 200


def test_a_wrong_token_or_method_is_told_so(telegram, call):
    telegram.add_token("7:other")

    assert refusal(call("POST", "/bot1:wrong/sendMessage", {})) == (401, "Unauthorized")
    assert refusal(call("POST", "/bot7:other/sendCoffee", {})) == (404, "Not Found")


def test_a_blocked_bot_is_forbidden(telegram, call):
    telegram.block(1001)

    expected = (403, "Forbidden: bot was blocked by the user")
    assert refusal(call("POST", URL, {"chat_id": 1001, "text": "x"})) == expected


def test_a_migrated_group_names_its_new_id_where_the_message_then_goes(telegram, call):
    telegram.migrate(GROUP, -1002001)

    moved = call("POST", URL, {"chat_id": GROUP, "text": "x"})
    new_id = said(moved)["parameters"]["migrate_to_chat_id"]

    assert refusal(moved)[0] == 400
    assert call("POST", URL, {"chat_id": new_id, "text": "x"}).status == 200


def test_a_chat_takes_one_message_a_second(call):
    call("POST", URL, {"chat_id": 1001, "text": "x"})

    limited = call("POST", URL, {"chat_id": 1001, "text": "y"}, at=NOON + 0.4)

    assert refusal(limited) == (429, "Too Many Requests: retry after 1")
    assert said(limited)["parameters"] == {"retry_after": 1}


def test_a_group_takes_twenty_a_minute(call):
    for second in range(20):
        assert call("POST", URL, {"chat_id": GROUP, "text": "x"}, at=NOON + second).status == 200

    limited = call("POST", URL, {"chat_id": GROUP, "text": "x"}, at=NOON + 20)

    assert said(limited)["parameters"] == {"retry_after": 40}


def test_the_bot_takes_thirty_a_second_over_all_chats(telegram, call):
    for chat_id in range(1, 32):
        telegram.add_chat(chat_id)
    statuses = [call("POST", URL, {"chat_id": chat_id, "text": "x"}).status for chat_id in range(1, 32)]

    assert statuses == [200] * 30 + [429]


def test_the_ledger_knows_the_chat(call):
    assert call("POST", URL, {"chat_id": 1001, "text": "x"}).facts == {"kind": "notice", "person": "1001"}
