"""Postmark posts inbound mail for 10.5 hours, stops at 403, and replays what it gave up."""

import base64
import json

import pytest

from rapport_sandbox.fakes.postmark import Postmark
from tests.sandbox.fakes.calling import NOON, Caller, said

MAIL = {
    "From": "Ada Lovelace <ada@example.com>",
    "To": "Acme <reply+t0k3n@in.rapport.example>",
    "Subject": "Re: Hi",
    "TextBody": "Thanks\n> Hello",
    "StrippedTextReply": "Thanks",
}
INBOUND = "/messages/inbound"


@pytest.fixture
def postmark():
    fake = Postmark()
    fake.post_to("http://acme:s%40cret@127.0.0.1:1/webhooks/postmark/inbound")
    return fake


@pytest.fixture
def call(postmark):
    return Caller(postmark, x_postmark_server_token="postmark-sandbox")


def walk(postmark, status):
    """The instants of all attempts when each is answered with `status`."""
    instants = []
    while (due := postmark.courier.next_due_at()) is not None:
        postmark.pump(due, lambda post: status)
        instants.append(due - NOON)
    return instants


def statuses(call):
    return [mail["Status"] for mail in said(call("GET", f"{INBOUND}?count=10&offset=0"))["InboundMessages"]]


def test_a_mail_is_posted_with_basic_credentials_from_the_address(postmark):
    postmark.receive(MAIL, NOON)
    posts = []

    postmark.pump(NOON, lambda post: posts.append(post) or 200)

    [post] = posts
    assert post.url == "http://127.0.0.1:1/webhooks/postmark/inbound"
    assert base64.b64decode(post.headers["authorization"].removeprefix("Basic ")) == b"acme:s@cret"


def test_the_posted_mail_has_every_field_of_the_contract(postmark):
    message_id = postmark.receive(MAIL, NOON)
    bodies = []
    postmark.pump(NOON, lambda post: bodies.append(post.body) or 200)

    mail = json.loads(bodies[0])

    assert mail["MessageID"] == message_id
    assert mail["FromFull"] == {"Email": "ada@example.com", "Name": "Ada Lovelace", "MailboxHash": ""}
    assert (mail["MailboxHash"], mail["OriginalRecipient"]) == ("t0k3n", "reply+t0k3n@in.rapport.example")
    assert mail["StrippedTextReply"] == "Thanks"
    assert mail["Date"] == "Mon, 02 Mar 2026 12:00:00 +0000"
    assert set(mail) == {
        "FromName", "MessageStream", "From", "FromFull", "To", "ToFull", "Cc", "CcFull", "Bcc", "BccFull",
        "OriginalRecipient", "Subject", "MessageID", "ReplyTo", "MailboxHash", "Date", "TextBody", "HtmlBody",
        "StrippedTextReply", "Tag", "Headers", "Attachments",
    }  # fmt: skip


def test_a_mail_nobody_takes_is_retried_ten_times_in_ten_and_a_half_hours(postmark, call):
    postmark.receive(MAIL, NOON)

    minutes = [instant / 60 for instant in walk(postmark, 500)]

    assert minutes == [0, 1, 6, 16, 26, 36, 51, 81, 141, 261, 621]
    assert statuses(call) == ["Failed"]


@pytest.mark.parametrize("status", [201, 204, 301, 401, None])
def test_only_200_is_success(postmark, call, status):
    postmark.receive(MAIL, NOON)
    postmark.pump(NOON, lambda post: status)

    assert statuses(call) == ["Scheduled"]


def test_200_ends_it_and_403_stops_it(postmark, call):
    postmark.receive(MAIL, NOON)
    assert walk(postmark, 200) == [0]
    postmark.receive(MAIL, NOON)
    assert walk(postmark, 403) == [0]

    assert statuses(call) == ["Failed", "Processed"]


def test_a_failed_mail_is_listed_and_replayed(postmark, call):
    message_id = postmark.receive(MAIL, NOON)
    postmark.receive(MAIL, NOON + 1)
    postmark.pump(NOON, lambda post: 403)

    failed = said(call("GET", f"{INBOUND}?count=500&offset=0&status=failed"))
    replay = call("PUT", f"{INBOUND}/{message_id}/retry", at=NOON + 9)
    posted = postmark.pump(NOON + 9, lambda post: 200)

    assert [mail["MessageID"] for mail in failed["InboundMessages"]] == [message_id]
    assert (failed["TotalCount"], replay.status, said(replay)["ErrorCode"], posted) == (1, 200, 0, 2)
    assert said(call("GET", f"{INBOUND}/{message_id}/details"))["Status"] == "Processed"


def test_a_mail_that_has_not_failed_is_not_replayed(postmark, call):
    message_id = postmark.receive(MAIL, NOON)
    postmark.pump(NOON, lambda post: 200)

    answer = call("PUT", f"{INBOUND}/{message_id}/retry")

    assert (answer.status, said(answer)["ErrorCode"]) == (422, 702)


def test_an_unknown_mail_is_not_found(call):
    assert call("GET", f"{INBOUND}/nobody/details").status == 404
    assert said(call("PUT", f"{INBOUND}/nobody/retry"))["ErrorCode"] == 701


@pytest.mark.parametrize("query", ["", "count=10", "count=501&offset=0", "count=x&offset=0"])
def test_a_listing_needs_a_count_and_an_offset(call, query):
    assert call("GET", f"{INBOUND}?{query}").status == 422


def test_a_listing_pages_newest_first(postmark, call):
    ids = [postmark.receive(MAIL, NOON + n) for n in range(3)]

    page = said(call("GET", f"{INBOUND}?count=2&offset=1"))

    assert (page["TotalCount"], [mail["MessageID"] for mail in page["InboundMessages"]]) == (
        3,
        [ids[1], ids[0]],
    )


def test_a_wrong_server_token_is_refused(postmark):
    postmark.add_token("other")

    answer = Caller(postmark, x_postmark_server_token="nobody")("GET", f"{INBOUND}?count=1&offset=0")

    assert (answer.status, said(answer)["ErrorCode"]) == (401, 10)
    assert Caller(postmark, x_postmark_server_token="other")("GET", f"{INBOUND}/x/details").status == 404


def test_without_an_address_mail_is_queued(call):
    postmark = call.app
    postmark.reset()
    postmark.receive(MAIL, NOON)

    assert statuses(call) == ["Queued"]
    assert postmark.courier.next_due_at() is None


def test_a_duplicated_mail_has_one_message_id(postmark):
    postmark.shuffle(on=True)
    postmark.duplicate_next(1)
    postmark.receive(MAIL, NOON)
    posted = []

    postmark.pump(NOON, lambda post: posted.append(json.loads(post.body)["MessageID"]) or 200)

    assert len(posted) == 2
    assert len(set(posted)) == 1
