"""Resend takes what its contract allows and refuses the rest in its own words."""

import base64

import orjson
import pytest

from rapport_sandbox.fakes.resend import Resend
from tests.sandbox.fakes.calling import NOON, Caller, said

MAIL = {
    "from": "Acme <us@rapport.example>",
    "to": ["ada@example.com"],
    "subject": "Hi",
    "html": "<p>Hello <b>Ada</b></p>",
    "tags": [{"name": "action_id", "value": "a-1"}],
}


@pytest.fixture
def resend():
    fake = Resend(public_url="http://127.0.0.1:1/resend")
    fake.set_limit("requests", 1000)
    return fake


@pytest.fixture
def call(resend):
    return Caller(resend, authorization="Bearer re_sandbox", user_agent="test")


def refusal(answer):
    """Status and name, after checking that body and status agree and nothing happened."""
    body = said(answer)
    assert body["statusCode"] == answer.status
    assert body["message"]
    assert not answer.effect
    return answer.status, body["name"]


def test_an_email_is_sent_and_can_be_read_back_with_its_tags(call):
    sent = call("POST", "/emails", MAIL)
    email_id = said(sent)["id"]

    email = said(call("GET", f"/emails/{email_id}", at=NOON + 1))

    assert (sent.status, sent.effect) == (200, True)
    assert email["tags"] == [{"name": "action_id", "value": "a-1"}]
    assert (email["to"], email["last_event"]) == (["ada@example.com"], "sent")


def test_text_left_out_is_made_from_the_html_and_an_empty_text_means_none(resend, call):
    call("POST", "/emails", MAIL)
    call("POST", "/emails", {**MAIL, "text": ""})

    assert [email["text"] for email in resend.sent.values()] == ["Hello Ada", None]


def test_a_sent_email_is_found_in_the_list_by_walking_its_pages(call):
    ids = [said(call("POST", "/emails", MAIL))["id"] for _ in range(5)]

    first = said(call("GET", "/emails?limit=3"))
    second = said(call("GET", f"/emails?limit=3&after={first['data'][-1]['id']}"))
    back = said(call("GET", f"/emails?limit=2&before={ids[0]}"))

    assert [email["id"] for email in first["data"] + second["data"]] == ids[::-1]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert [email["id"] for email in back["data"]] == [ids[2], ids[1]]
    assert "tags" not in first["data"][0]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "after=nobody", "after=a&before=b"])
def test_a_wrong_page_is_refused(call, query):
    assert refusal(call("GET", f"/emails?{query}")) == (422, "validation_error")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"from": None}, (422, "missing_required_field")),
        ({"to": []}, (422, "missing_required_field")),
        ({"subject": ""}, (422, "missing_required_field")),
        ({"html": None}, (422, "missing_required_field")),
        ({"from": "nobody"}, (422, "validation_error")),
        ({"to": ["ada@example.com"] * 51}, (422, "validation_error")),
        ({"to": ["Ada"]}, (422, "validation_error")),
        ({"cc": [7]}, (422, "validation_error")),
        ({"cc": 7}, (422, "validation_error")),
        ({"subject": 7}, (422, "validation_error")),
        ({"replyTo": "us@rapport.example"}, (422, "validation_error")),
        ({"tags": [{"name": "a b", "value": "c"}]}, (422, "validation_error")),
        ({"tags": [{"name": "a", "value": "é"}]}, (422, "validation_error")),
        ({"tags": [{"name": "a"}]}, (422, "validation_error")),
        ({"tags": {"a": "b"}}, (422, "validation_error")),
        ({"headers": {"X-A": "b\r\nBcc: c@d.example"}}, (422, "validation_error")),
        ({"headers": ["X-A"]}, (422, "validation_error")),
        ({"template": {"id": "t1"}}, (422, "validation_error")),
        ({"template": {}, "html": None}, (422, "missing_required_field")),
        ({"template": {"variables": {}}}, (422, "validation_error")),
        ({"attachments": {}}, (422, "validation_error")),
        ({"attachments": [{"filename": "a.txt"}]}, (422, "invalid_attachment")),
        ({"attachments": [{"filename": "a.txt", "content": "%%%"}]}, (422, "invalid_attachment")),
        ({"attachments": [{"content": "YQ=="}]}, (422, "invalid_attachment")),
        ({"attachments": [{"filename": "a", "content": "YQ==", "size": 1}]}, (422, "validation_error")),
    ],
)
def test_a_field_that_is_wrong_is_refused(call, change, expected):
    mail = {name: value for name, value in {**MAIL, **change}.items() if value is not None}

    assert refusal(call("POST", "/emails", mail)) == expected


def test_attachments_beyond_forty_megabytes_are_refused(call):
    content = base64.b64encode(bytes(31 * 1024 * 1024)).decode()

    answer = call("POST", "/emails", {**MAIL, "attachments": [{"filename": "big", "content": content}]})

    assert refusal(answer) == (422, "invalid_attachment")


def test_an_attachment_may_be_base64_or_a_list_of_bytes_or_a_path(call):
    attachments = [
        {"filename": "a.txt", "content": "YQ=="},
        {"filename": "b.txt", "content": [98, 99]},
        {"path": "https://files.example/c.pdf"},
    ]

    assert call("POST", "/emails", {**MAIL, "attachments": attachments}).status == 200


def test_a_template_stands_instead_of_subject_and_body(call):
    mail = {"from": MAIL["from"], "to": "ada@example.com", "template": {"id": "t1", "variables": {"a": 1}}}

    assert call("POST", "/emails", mail).status == 200


def test_a_scheduled_email_is_not_sent_yet(call):
    answer = call("POST", "/emails", {**MAIL, "scheduled_at": "2026-03-03T09:00:00Z"})

    assert said(call("GET", f"/emails/{said(answer)['id']}"))["last_event"] == "scheduled"


def test_a_body_that_is_no_json_is_refused_with_400(call):
    assert refusal(call("POST", "/emails", body=b"{")) == (400, "validation_error")


def test_a_list_is_no_email(call):
    assert refusal(call("POST", "/emails", [MAIL])) == (422, "validation_error")


def test_a_caller_without_a_user_agent_is_stopped_at_the_door(call):
    answer = call("POST", "/emails", MAIL, user_agent="")

    assert (answer.status, answer.body) == (403, b"error code: 1010")


def test_keys_are_missing_unknown_suspended_or_restricted(resend, call):
    resend.add_key("re_old", "suspended")
    resend.add_key("re_sender", "restricted")

    assert refusal(call("POST", "/emails", MAIL, authorization="")) == (401, "missing_api_key")
    assert refusal(call("POST", "/emails", MAIL, authorization="Bearer re_no")) == (403, "invalid_api_key")
    assert refusal(call("POST", "/emails", MAIL, authorization="Bearer re_old")) == (403, "suspended_api_key")
    assert refusal(call("GET", "/emails", authorization="Bearer re_sender")) == (401, "restricted_api_key")
    assert call("POST", "/emails", MAIL, authorization="Bearer re_sender").status == 200


def test_a_domain_that_is_not_verified_is_refused_with_403(resend, call):
    resend.unverify("rapport.example")

    assert refusal(call("POST", "/emails", MAIL)) == (403, "validation_error")


def test_the_eleventh_request_in_a_second_waits(resend, call):
    resend.set_limit("requests", 10)
    for tenth in range(10):
        assert call("GET", "/emails", at=NOON + tenth / 10).status == 200

    limited = call("GET", "/emails", at=NOON + 0.95)

    assert refusal(limited) == (429, "rate_limit_exceeded")
    assert (limited.headers["retry-after"], limited.headers["ratelimit-remaining"]) == ("1", "0")
    assert call("GET", "/emails", at=NOON + 1.0).status == 200


@pytest.mark.parametrize("name", ["daily", "monthly"])
def test_a_quota_is_counted_in_emails_and_refuses_the_whole_request(resend, call, name):
    resend.set_limit(name, 3)

    assert call("POST", "/emails/batch", [MAIL, MAIL]).status == 200
    assert refusal(call("POST", "/emails/batch", [MAIL, MAIL])) == (429, f"{name}_quota_exceeded")
    assert call("POST", "/emails", MAIL).status == 200


def test_the_daily_quota_opens_again_the_next_day(resend, call):
    resend.set_limit("daily", 0)
    assert call("POST", "/emails", MAIL).status == 429

    resend.set_limit("daily", 1)
    assert call("POST", "/emails", MAIL).status == 200
    assert call("POST", "/emails", MAIL).status == 429
    assert call("POST", "/emails", MAIL, at=NOON + 86400).status == 200


def test_a_batch_answers_ids_in_the_order_given(resend, call):
    mails = [{**MAIL, "to": f"lead{n}@example.com"} for n in range(100)]

    answer = call("POST", "/emails/batch", mails)

    ids = [one["id"] for one in said(answer)["data"]]
    assert [resend.sent[email_id]["to"][0] for email_id in ids] == [mail["to"] for mail in mails]
    assert [one["person"] for one in answer.facts["emails"]] == [mail["to"] for mail in mails]


@pytest.mark.parametrize("mails", [[], [MAIL] * 101, {"emails": []}])
def test_a_batch_holds_one_to_a_hundred(call, mails):
    assert refusal(call("POST", "/emails/batch", mails)) == (422, "validation_error")


def test_a_batch_takes_no_attachments(call):
    mail = {**MAIL, "attachments": [{"filename": "a.txt", "content": "YQ=="}]}

    assert refusal(call("POST", "/emails/batch", [mail])) == (422, "validation_error")


def test_a_strict_batch_is_all_or_nothing(resend, call):
    wrong = {**MAIL, "to": "nobody"}

    assert refusal(call("POST", "/emails/batch", [MAIL, wrong])) == (422, "validation_error")
    assert resend.sent == {}


def test_a_permissive_batch_sends_the_good_ones_and_names_the_others(resend, call):
    wrong = {**MAIL, "to": "nobody"}

    answer = call("POST", "/emails/batch", [wrong, MAIL], x_batch_validation="permissive")

    body = said(answer)
    assert (len(body["data"]), len(resend.sent)) == (1, 1)
    assert [error["index"] for error in body["errors"]] == [0]
    assert "email@example.com" in body["errors"][0]["message"]


def test_a_batch_mode_that_does_not_exist_is_refused(call):
    answer = call("POST", "/emails/batch", [MAIL], x_batch_validation="lenient")

    assert refusal(answer) == (422, "validation_error")


def test_an_unknown_email_or_address_is_not_found(call):
    assert refusal(call("GET", "/emails/nobody")) == (404, "not_found")
    assert refusal(call("GET", "/nowhere")) == (404, "not_found")


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (409, "resource_locked"),
        (409, "concurrent_idempotent_requests"),
        (500, "application_error"),
        (503, "service_unavailable"),
    ],
)
def test_the_errors_nobody_can_provoke_can_be_ordered(resend, call, status, name):
    resend.fail_next(1, status, reason=name)

    assert refusal(call("POST", "/emails", MAIL)) == (status, name)


# Idempotency


def test_one_key_is_one_email_for_24_hours(resend, call):
    first = call("POST", "/emails", MAIL, idempotency_key="k")
    again = call("POST", "/emails", MAIL, idempotency_key="k", at=NOON + 86399)
    later = call("POST", "/emails", MAIL, idempotency_key="k", at=NOON + 86400)

    assert again.body == first.body != later.body
    assert [first.effect, again.effect, later.effect] == [True, False, True]
    assert len(resend.sent) == 2


def test_a_batch_keeps_its_key_too(resend, call):
    first = call("POST", "/emails/batch", [MAIL, MAIL], idempotency_key="k")
    again = call("POST", "/emails/batch", [MAIL, MAIL], idempotency_key="k")

    assert (again.body, len(resend.sent)) == (first.body, 2)


def test_a_key_with_another_body_is_refused_even_if_only_a_space_differs(call):
    body = orjson.dumps(MAIL)
    call("POST", "/emails", body=body, idempotency_key="k")

    spaced = call("POST", "/emails", body=body + b" ", idempotency_key="k")

    assert refusal(spaced) == (409, "invalid_idempotent_request")


def test_a_key_used_elsewhere_is_refused(call):
    call("POST", "/emails", MAIL, idempotency_key="k")

    answer = call("POST", "/emails/batch", [MAIL], idempotency_key="k")

    assert refusal(answer) == (409, "invalid_idempotent_request")


def test_a_key_in_progress_is_concurrent(resend, call):
    resend.take_seconds(3.0)
    call("POST", "/emails", MAIL, idempotency_key="k")

    during = call("POST", "/emails", MAIL, idempotency_key="k", at=NOON + 2)
    after = call("POST", "/emails", MAIL, idempotency_key="k", at=NOON + 3)

    assert refusal(during) == (409, "concurrent_idempotent_requests")
    assert after.status == 200


def test_a_key_that_is_too_long_is_malformed(call):
    assert refusal(call("POST", "/emails", MAIL, idempotency_key="k" * 257)) == (
        400,
        "invalid_idempotency_key",
    )
    assert call("POST", "/emails", MAIL, idempotency_key="k" * 256).status == 200


def test_a_refused_email_leaves_its_key_free(call):
    wrong = {**MAIL, "to": "nobody"}

    assert call("POST", "/emails", wrong, idempotency_key="k").status == 422
    assert call("POST", "/emails", MAIL, idempotency_key="k").status == 200
