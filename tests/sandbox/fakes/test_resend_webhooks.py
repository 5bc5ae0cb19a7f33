"""Resend's webhooks verify with the libraries others use, and keep Svix's schedule."""

import json
from datetime import UTC, datetime

import pytest
import standardwebhooks
import svix.webhooks

from rapport_sandbox.fakes.resend import Resend
from tests.sandbox.fakes.calling import NOON, Caller, said

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW_SECRET = "whsec_plJ3nmyCDGBKInavdOK15jsl"
URL = "http://127.0.0.1:1/webhooks/resend"
MAIL = {
    "from": "us@rapport.example",
    "to": "ada@example.com",
    "subject": "Hi",
    "text": "Hello",
    "tags": [{"name": "action_id", "value": "a-1"}],
}


@pytest.fixture
def resend():
    fake = Resend(public_url="http://127.0.0.1:1/resend")
    fake.subscribe(URL, SECRET)
    return fake


@pytest.fixture
def call(resend):
    return Caller(resend, authorization="Bearer re_sandbox", user_agent="test")


def delivered(resend, at, status=200):
    """The posts made at one instant."""
    posts = []
    resend.pump(at, lambda post: posts.append(post) or status)
    return posts


def kinds(posts):
    return [json.loads(post.body)["type"] for post in posts]


@pytest.fixture
def wall_clock(monkeypatch):
    """Both libraries read the wall clock: let it stand at the story's noon."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromtimestamp(NOON, tz or UTC)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", Stopped)


def test_the_signature_verifies_with_svix_and_with_standardwebhooks(resend, call, wall_clock):
    call("POST", "/emails", MAIL)

    [post] = delivered(resend, NOON)

    svix.webhooks.Webhook(SECRET).verify(post.body, post.headers)
    standard = {name.replace("svix-", "webhook-"): value for name, value in post.headers.items()}
    standardwebhooks.Webhook(SECRET).verify(post.body, standard)
    with pytest.raises(svix.webhooks.WebhookVerificationError):
        svix.webhooks.Webhook(SECRET).verify(post.body + b" ", post.headers)


def test_during_a_rotation_both_secrets_sign_and_after_a_day_only_the_new_one(resend, call, wall_clock):
    resend.rotate(URL, NEW_SECRET, NOON)
    call("POST", "/emails", MAIL)

    [post] = delivered(resend, NOON)
    for secret in (SECRET, NEW_SECRET):
        svix.webhooks.Webhook(secret).verify(post.body, post.headers)

    [later] = delivered(resend, NOON + 86400)
    assert len(later.headers["svix-signature"].split(" ")) == 1


def test_an_event_tells_of_the_email_with_its_tags_as_an_object(resend, call):
    email_id = said(call("POST", "/emails", MAIL))["id"]

    [post] = delivered(resend, NOON)

    event = json.loads(post.body)
    assert (event["type"], event["created_at"]) == ("email.sent", "2026-03-02T12:00:00.000Z")
    assert event["data"]["email_id"] == email_id
    assert event["data"]["tags"] == {"action_id": "a-1"}


def test_an_ordinary_email_is_delivered_two_seconds_later(resend, call):
    email_id = said(call("POST", "/emails", MAIL))["id"]

    assert kinds(delivered(resend, NOON + 1)) == ["email.sent"]
    assert kinds(delivered(resend, NOON + 2)) == ["email.delivered"]
    assert said(call("GET", f"/emails/{email_id}", at=NOON + 2))["last_event"] == "delivered"


@pytest.mark.parametrize(
    ("local", "kind"),
    [
        ("bounced", "email.bounced"),
        ("complained", "email.complained"),
        ("suppressed", "email.suppressed"),
        ("delayed", "email.delivery_delayed"),
        ("failed", "email.failed"),
        ("delivered", "email.delivered"),
    ],
)
def test_an_address_at_resend_dev_decides_its_own_fate(resend, call, local, kind):
    call("POST", "/emails", {**MAIL, "to": f"{local}@resend.dev"})

    assert kinds(delivered(resend, NOON + 5)) == ["email.sent", kind]


def test_a_bounce_says_why(resend, call):
    call("POST", "/emails", {**MAIL, "to": "bounced@resend.dev"})

    bounce = json.loads(delivered(resend, NOON + 5)[1].body)["data"]["bounce"]

    assert (bounce["type"], list(bounce)) == ("Permanent", ["type", "subType", "message", "diagnosticCode"])


def test_what_happened_to_an_email_only_moves_forward(resend, call):
    email_id = said(call("POST", "/emails", MAIL))["id"]
    click = {"click": {"ipAddress": "203.0.113.7", "link": "https://a.example", "timestamp": "t", "userAgent": "u"}}
    resend.emit(email_id, "email.clicked", at=NOON + 60, data=click)
    resend.emit(email_id, "email.opened", at=NOON + 61)

    assert said(call("GET", f"/emails/{email_id}", at=NOON + 90))["last_event"] == "clicked"
    assert json.loads(delivered(resend, NOON + 90)[2].body)["data"]["click"]["link"] == "https://a.example"


def test_an_endpoint_hears_only_the_types_it_asked_for(resend, call):
    resend.subscribe(URL, SECRET, ["email.bounced"])
    call("POST", "/emails", MAIL)

    assert delivered(resend, NOON + 5) == []


def test_a_refused_event_is_retried_on_svix_schedule_with_one_id(resend, call):
    resend.subscribe(URL, SECRET, ["email.sent"])
    call("POST", "/emails", MAIL)
    instants, ids = [], set()

    while (due := resend.courier.next_due_at()) is not None:
        [post] = delivered(resend, due, status=500)
        instants.append(due - NOON)
        ids.add(post.headers["svix-id"])
        assert int(post.headers["svix-timestamp"]) == int(due)

    assert instants == [0, 5, 305, 2105, 9305, 27305, 63305, 99305]
    assert len(ids) == 1


def test_an_endpoint_that_only_fails_for_five_days_is_switched_off(resend, call):
    for day in range(6):
        call("POST", "/emails", MAIL, at=NOON + day * 86400)
        while (due := resend.courier.next_due_at()) is not None:
            delivered(resend, due, status=500)

    assert not resend.hooks.endpoints[URL].enabled
    call("POST", "/emails", MAIL, at=NOON + 7 * 86400)
    assert resend.courier.next_due_at() is None


def test_one_success_keeps_an_endpoint_alive(resend, call):
    for day in range(6):
        call("POST", "/emails", MAIL, at=NOON + day * 86400)
        delivered(resend, NOON + day * 86400, status=200 if day == 3 else 500)

    assert resend.hooks.endpoints[URL].enabled


def test_a_duplicated_event_has_one_id(resend, call):
    resend.duplicate_next(1)
    call("POST", "/emails", MAIL)

    posts = delivered(resend, NOON)

    assert len(posts) == 2
    assert posts[0].headers["svix-id"] == posts[1].headers["svix-id"]


def test_events_can_be_shuffled_and_delayed(resend, call):
    resend.shuffle(on=True)
    resend.delay_events(3600)
    for _ in range(8):
        call("POST", "/emails", MAIL)

    assert delivered(resend, NOON + 3599) == []
    told = kinds(delivered(resend, NOON + 3700))
    assert sorted(told) != told
    assert len(told) == 16


# Received mail


def test_a_received_mail_is_told_without_its_body_and_fetched_whole(resend, call):
    email_id = resend.receive(
        {
            "from": "ada@example.com",
            "to": ["reply@in.rapport.example"],
            "subject": "Re: Hi",
            "text": "Thanks",
            "headers": {"In-Reply-To": "<1@resend.dev>"},
            "attachments": [{"filename": "a.txt", "content_type": "text/plain", "content": "aGk="}],
        },
        NOON,
    )

    event = json.loads(delivered(resend, NOON)[0].body)
    whole = said(call("GET", f"/emails/receiving/{email_id}"))
    listed = said(call("GET", "/emails/receiving"))["data"]

    assert event["type"] == "email.received"
    assert {"text", "html", "headers"}.isdisjoint(event["data"])
    assert event["data"]["attachments"][0]["filename"] == "a.txt"
    assert (whole["text"], whole["headers"]["In-Reply-To"]) == ("Thanks", "<1@resend.dev>")
    assert whole["authentication"] == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
    assert whole["attachments"][0]["size"] == 2
    assert [email["id"] for email in listed] == [email_id]


def test_attachments_and_the_raw_mail_are_downloaded_by_addresses_that_expire(resend, call):
    email_id = resend.receive(
        {
            "from": "ada@example.com",
            "to": ["reply@in.rapport.example"],
            "subject": "Re: Hi",
            "text": "Thanks",
            "attachments": [{"filename": "a.txt", "content": "aGk="}],
        },
        NOON,
    )
    [listed] = said(call("GET", f"/emails/receiving/{email_id}/attachments"))["data"]
    one = said(call("GET", f"/emails/receiving/{email_id}/attachments/{listed['id']}"))
    raw_url = said(call("GET", f"/emails/receiving/{email_id}"))["raw"]["download_url"]

    def fetch(url, at=NOON):
        return Caller(resend)("GET", url.removeprefix("http://127.0.0.1:1/resend"), at=at)

    assert one["download_url"] == listed["download_url"]
    assert fetch(one["download_url"]).body == b"hi"
    assert b"Subject: Re: Hi" in fetch(raw_url).body
    assert fetch(raw_url, at=NOON + 3601).status == 403
    assert fetch(raw_url.replace("/raw", "/none")).status == 404
    assert call("GET", f"/emails/receiving/{email_id}/attachments/none").status == 404


def test_a_mail_above_the_quota_is_told_but_cannot_be_fetched(resend, call):
    mail = {"from": "ada@example.com", "to": ["in@rapport.example"], "subject": "Hi", "above_quota": True}
    email_id = resend.receive(mail, NOON)

    answer = call("GET", f"/emails/receiving/{email_id}")

    assert kinds(delivered(resend, NOON)) == ["email.received"]
    assert (answer.status, said(answer)["name"]) == (403, "email_above_quota")
    assert call("GET", "/emails/receiving/nobody").status == 404
