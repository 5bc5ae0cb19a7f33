"""What each call puts on the wire: route, parameters, encoding, and the key in its header only."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP

import pytest

from rapport.ports.outcomes import Accepted, Ids, KindUnavailable, Refused, Unknown, WriteKind
from rapport.ports.unipile_records import (
    EmailAddress,
    HostedLinkOrder,
    NewEmail,
    NewWebhook,
    SearchByParameters,
    SearchByUrl,
    Upload,
    WebhookHeader,
)
from tests.outside.raw_server import Arrival, answers, raw_server
from tests.outside.unipile_at import KEY, unipile_at


def arrival_of(call, answer: dict, **options) -> Arrival:
    """What arrived when a call was made and answered."""
    with raw_server(answers(200, answer)) as server, unipile_at(server.url, **options) as unipile:
        call(unipile)
        assert len(server.arrivals) == 1
        return server.arrivals[0]


def parts_of(arrival: Arrival) -> list[tuple[str, str | None, str]]:
    """The parts of a multipart body: name, file name, content."""
    kind = arrival.header("Content-Type")
    parsed = BytesParser(policy=HTTP).parsebytes(b"Content-Type: %b\r\n\r\n" % kind.encode() + arrival.body)
    return [
        (
            part.get_param("name", header="Content-Disposition"),
            part.get_filename(),
            part.get_payload(decode=True).decode(),
        )
        for part in parsed.iter_parts()
    ]


LIST = {"items": [], "cursor": None}
AT = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)

READS = {
    "accounts": (lambda u: u.accounts(limit=50, cursor="c"), LIST, "GET /accounts?limit=50&cursor=c"),
    "account": (lambda u: u.account("acc-1"), {"id": "acc-1"}, "GET /accounts/acc-1"),
    "resync": (lambda u: u.resync_account("acc-1"), {"status": "SYNC_DONE"}, "GET /accounts/acc-1/sync"),
    "own profile": (lambda u: u.own_profile("acc-1"), {}, "GET /users/me?account_id=acc-1"),
    "profile": (lambda u: u.profile("ada", account_id="acc-1"), {}, "GET /users/ada?account_id=acc-1"),
    "profile with sections": (
        lambda u: u.profile("ada", account_id="acc-1", sections=("experience", "about")),
        {},
        "GET /users/ada?account_id=acc-1&linkedin_sections=experience%2Cabout",
    ),
    "sent invitations": (
        lambda u: u.sent_invitations("acc-1", limit=100),
        LIST,
        "GET /users/invite/sent?account_id=acc-1&limit=100",
    ),
    "relations": (
        lambda u: u.relations("acc-1", limit=1000, cursor="a=b&c"),
        LIST,
        "GET /users/relations?account_id=acc-1&limit=1000&cursor=a%3Db%26c",
    ),
    "posts": (
        lambda u: u.posts("ACoAAAda", account_id="acc-1", limit=10),
        LIST,
        "GET /users/ACoAAAda/posts?account_id=acc-1&limit=10",
    ),
    "search parameters": (
        lambda u: u.search_parameters("LOCATION", account_id="acc-1", keywords="São Paulo", limit=5),
        LIST,
        "GET /linkedin/search/parameters?account_id=acc-1&type=LOCATION&keywords=S%C3%A3o+Paulo&limit=5",
    ),
    "company": (
        lambda u: u.company("acme", account_id="acc-1"),
        {},
        "GET /linkedin/company/acme?account_id=acc-1",
    ),
    "inmail balance": (
        lambda u: u.inmail_balance("acc-1"),
        {},
        "GET /linkedin/inmail_balance?account_id=acc-1",
    ),
    "chats": (
        lambda u: u.chats("acc-1", limit=250, after=AT, unread=True),
        LIST,
        "GET /chats?account_id=acc-1&limit=250&after=2026-11-20T10%3A30%3A00.000Z&unread=true",
    ),
    "chat": (lambda u: u.chat("chat-1"), {"id": "chat-1"}, "GET /chats/chat-1"),
    "chats with a person": (
        lambda u: u.chats_with("ACoAAAda", account_id="acc-1", limit=5),
        LIST,
        "GET /chat_attendees/ACoAAAda/chats?account_id=acc-1&limit=5",
    ),
    "attendees": (lambda u: u.attendees("chat-1"), LIST, "GET /chats/chat-1/attendees"),
    "messages of a chat": (
        lambda u: u.chat_messages("chat-1", limit=20, before=AT, sender_id="ACoAAAda"),
        LIST,
        "GET /chats/chat-1/messages?limit=20&before=2026-11-20T10%3A30%3A00.000Z&sender_id=ACoAAAda",
    ),
    "messages of an account": (
        lambda u: u.messages("acc-1", limit=250, after=AT),
        LIST,
        "GET /messages?account_id=acc-1&limit=250&after=2026-11-20T10%3A30%3A00.000Z",
    ),
    "attachment": (
        lambda u: u.attachment("msg-1", "att-1"),
        {},
        "GET /messages/msg-1/attachments/att-1",
    ),
    "webhooks": (lambda u: u.webhooks(limit=100), LIST, "GET /webhooks?limit=100"),
}


@pytest.mark.parametrize("name", READS)
def test_a_read_asks_for(name):
    call, answer, line = READS[name]

    arrival = arrival_of(call, answer)

    method, _, rest = line.partition(" ")
    assert arrival.line == f"{method} /api/v1{rest}"
    assert arrival.header("X-API-KEY") == KEY
    assert KEY not in arrival.line


WRITES = {
    "invite": (
        lambda u: u.invite("ACoAAAda", account_id="acc-1", note="Olá"),
        {"object": "UserInvitationSent", "invitation_id": "inv-1"},
        "POST /users/invite",
        {"provider_id": "ACoAAAda", "account_id": "acc-1", "message": "Olá"},
        Ids(invitation_id="inv-1"),
    ),
    "invite without a note": (
        lambda u: u.invite("ACoAAAda", account_id="acc-1", note=None),
        {"object": "UserInvitationSent", "invitation_id": 7001},
        "POST /users/invite",
        {"provider_id": "ACoAAAda", "account_id": "acc-1"},
        Ids(invitation_id="7001"),
    ),
    "visit": (
        lambda u: u.visit("ada", account_id="acc-1"),
        {"object": "UserProfile", "provider_id": "ACoAAAda"},
        "GET /users/ada?account_id=acc-1&notify=true",
        None,
        Ids(provider_id="ACoAAAda"),
    ),
    "withdraw": (
        lambda u: u.withdraw_invitation("inv-1", account_id="acc-1"),
        {"object": "InvitationCanceled"},
        "DELETE /users/invite/sent/inv-1?account_id=acc-1",
        None,
        Ids(),
    ),
    "react": (
        lambda u: u.react("urn:li:activity:1", account_id="acc-1", reaction="like"),
        {"object": "ReactionAdded"},
        "POST /posts/reaction",
        {"account_id": "acc-1", "post_id": "urn:li:activity:1", "reaction_type": "like"},
        Ids(),
    ),
    "mark a chat": (
        lambda u: u.mark_chat("chat-1", read=True),
        {"object": "ChatPatched"},
        "PATCH /chats/chat-1",
        {"action": "setReadStatus", "value": True},
        Ids(),
    ),
    "delete an account": (
        lambda u: u.delete_account("acc-1"),
        {"object": "AccountDeleted"},
        "DELETE /accounts/acc-1",
        None,
        Ids(),
    ),
    "delete a webhook": (
        lambda u: u.delete_webhook("wh-1"),
        {"object": "WebhookDeleted"},
        "DELETE /webhooks/wh-1",
        None,
        Ids(),
    ),
    "create a webhook": (
        lambda u: u.create_webhook(
            NewWebhook(
                source="messaging",
                request_url="https://rapport.example.com/hooks/unipile",
                name="rapport messaging",
                events=("message_received",),
                headers=(WebhookHeader("Unipile-Auth", "s3cret"),),
            )
        ),
        {"object": "WebhookCreated", "webhook_id": "wh-1"},
        "POST /webhooks",
        {
            "source": "messaging",
            "request_url": "https://rapport.example.com/hooks/unipile",
            "name": "rapport messaging",
            "format": "json",
            "enabled": True,
            "headers": [
                {"key": "Content-Type", "value": "application/json"},
                {"key": "Unipile-Auth", "value": "s3cret"},
            ],
            "events": ["message_received"],
        },
        Ids(webhook_id="wh-1"),
    ),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_sends_and_is_accepted(name):
    call, answer, line, body, ids = WRITES[name]
    outcomes = []

    arrival = arrival_of(lambda unipile: outcomes.append(call(unipile)), answer)

    method, _, rest = line.partition(" ")
    assert arrival.line == f"{method} /api/v1{rest}"
    assert (json.loads(arrival.body) if arrival.body else None) == body
    assert outcomes == [Accepted(ids, raw=answer)]


def test_a_chat_is_started_as_a_form_with_one_part_for_each_field():
    photo = Upload("photo.png", b"PNG", "image/png")

    arrival = arrival_of(
        lambda unipile: unipile.start_chat(
            ["ACoAAAda", "ACoAABob"],
            account_id="acc-1",
            text='Hello "Ada"\nand Bob é你',
            subject="News",
            attachments=[photo, photo],
            inmail=True,
        ),
        {"object": "ChatStarted", "chat_id": "chat-1", "message_id": "msg-1"},
    )

    assert arrival.line == "POST /api/v1/chats"
    assert parts_of(arrival) == [
        ("account_id", None, "acc-1"),
        ("attendees_ids", None, "ACoAAAda"),
        ("attendees_ids", None, "ACoAABob"),
        ("text", None, 'Hello "Ada"\nand Bob é你'),
        ("subject", None, "News"),
        ("linkedin[api]", None, "classic"),
        ("linkedin[inmail]", None, "true"),
        ("attachments", "photo.png", "PNG"),
        ("attachments", "photo.png", "PNG"),
    ]


def test_a_message_is_a_form_even_without_a_file():
    arrival = arrival_of(
        lambda unipile: unipile.send_message("chat-1", text="Hello"),
        {"object": "MessageSent", "message_id": "msg-1"},
    )

    assert arrival.line == "POST /api/v1/chats/chat-1/messages"
    assert parts_of(arrival) == [("text", None, "Hello")]


def test_a_mail_is_a_form_with_its_people_as_json():
    email = NewEmail(
        to=(EmailAddress("ada@example.com", "Ada"),),
        cc=(EmailAddress("bob@example.com"),),
        bcc=(EmailAddress("eve@example.com"),),
        subject="News",
        body="<p>Hello</p>",
        reply_to="mail-7",
        custom_headers=(("X-Lead", "42"),),
    )

    arrival = arrival_of(
        lambda unipile: unipile.send_email(email, account_id="acc-9"),
        {"object": "EmailSent", "tracking_id": "t-1"},
    )

    assert arrival.line == "POST /api/v1/emails"
    assert {name: text for name, _, text in parts_of(arrival)} == {
        "account_id": "acc-9",
        "subject": "News",
        "body": "<p>Hello</p>",
        "to": '[{"identifier": "ada@example.com", "display_name": "Ada"}]',
        "cc": '[{"identifier": "bob@example.com"}]',
        "bcc": '[{"identifier": "eve@example.com"}]',
        "reply_to": "mail-7",
        "custom_headers": '[{"name": "X-Lead", "value": "42"}]',
    }


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (SearchByUrl("https://www.linkedin.com/sales/x"), {"url": "https://www.linkedin.com/sales/x"}),
        (
            SearchByParameters("classic", "people", {"keywords": "cto", "location": ["106"]}),
            {"api": "classic", "category": "people", "keywords": "cto", "location": ["106"]},
        ),
    ],
)
def test_a_search_is_by_address_or_by_parameters(query, body):
    arrival = arrival_of(lambda unipile: unipile.search(query, account_id="acc-1", limit=50, cursor="c"), LIST)

    assert arrival.line == "POST /api/v1/linkedin/search?account_id=acc-1&limit=50&cursor=c"
    assert json.loads(arrival.body) == body


def test_a_hosted_link_adds_an_account_or_mends_one():
    new = HostedLinkOrder(
        expires_at=AT, name="ref-1", notify_url="https://r.example.com/n", success_redirect_url=None,
        failure_redirect_url=None,
    )  # fmt: skip
    mend = HostedLinkOrder(
        expires_at=AT, name="ref-1", notify_url=None, success_redirect_url="https://r.example.com/ok",
        failure_redirect_url="https://r.example.com/no", reconnect_account_id="acc-1",
    )  # fmt: skip
    answer = {"object": "HostedAuthUrl", "url": "https://account.example.com/x"}

    created = json.loads(arrival_of(lambda unipile: unipile.hosted_link(new), answer).body)
    mended = json.loads(arrival_of(lambda unipile: unipile.hosted_link(mend), answer).body)

    assert created.pop("api_url").startswith("http://127.0.0.1:")
    assert created == {
        "type": "create",
        "providers": ["LINKEDIN"],
        "expiresOn": "2026-11-20T10:30:00.000Z",
        "name": "ref-1",
        "notify_url": "https://r.example.com/n",
    }
    mended.pop("api_url")
    assert mended == {
        "type": "reconnect",
        "reconnect_account": "acc-1",
        "expiresOn": "2026-11-20T10:30:00.000Z",
        "name": "ref-1",
        "success_redirect_url": "https://r.example.com/ok",
        "failure_redirect_url": "https://r.example.com/no",
    }


def test_following_is_off_unless_the_installation_has_it():
    with raw_server(answers(200)) as server, unipile_at(server.url) as unipile:
        outcome = unipile.follow("ACoAAAda", account_id="acc-1")

        assert server.connections == 0
    assert isinstance(outcome, Refused)
    assert outcome.account_effect == KindUnavailable(WriteKind.FOLLOW)


def test_following_is_sent_where_the_installation_has_it():
    outcomes = []

    arrival = arrival_of(
        lambda unipile: outcomes.append(unipile.follow("ACoAAAda", account_id="acc-1")),
        {"object": "UserFollowed"},
        can_follow=True,
    )

    assert arrival.line == "POST /api/v1/users/follow"
    assert json.loads(arrival.body) == {"account_id": "acc-1", "user_id": "ACoAAAda"}
    assert isinstance(outcomes[0], Accepted)


# When a 2xx is believed


def start_chat(unipile):
    return unipile.start_chat(["ACoAAAda"], account_id="acc-1", text="Hello")


def send(unipile):
    return unipile.send_message("chat-1", text="Hello")


def mail(unipile):
    return unipile.send_email(NewEmail((EmailAddress("a@example.com"),), "S", "B"), account_id="acc-1")


def invite(unipile):
    return unipile.invite("ACoAAAda", account_id="acc-1", note=None)


def withdraw(unipile):
    return unipile.withdraw_invitation("inv-1", account_id="acc-1")


def visit(unipile):
    return unipile.visit("ada", account_id="acc-1")


@pytest.mark.parametrize(
    ("call", "answer", "ids"),
    [
        (start_chat, {"object": "ChatStarted", "chat_id": None, "message_id": None}, Ids()),
        (start_chat, {"object": "ChatStarted", "chat_id": "c", "message_id": None}, Ids(chat_id="c")),
        (start_chat, {"chat_id": None, "message_id": "m"}, Ids(message_id="m")),
        (send, {"object": "MessageSent", "message_id": None}, Ids()),
        (send, {"object": "MessageSent", "message_id": "m", "extra": [1]}, Ids(message_id="m")),
        (mail, {"object": "EmailSent", "tracking_id": "t"}, Ids(tracking_id="t")),
    ],
)
def test_a_success_in_the_providers_words_is_believed_also_with_null_for_an_id(call, answer, ids):
    outcomes = []

    arrival_of(lambda unipile: outcomes.append(call(unipile)), answer)

    assert outcomes == [Accepted(ids, raw=answer)]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (start_chat, {}),
        (start_chat, {"object": "ChatStarted"}),
        (start_chat, {"object": "ChatStarted", "chat_id": None}),
        (start_chat, {"chat_id": None, "message_id": None}),
        (send, {"object": "MessageSent"}),
        (send, {"object": "MessageQueued", "message_id": None}),
        (send, {"object": "MessageSent", "id": "m"}),
        (mail, {"object": "EmailSent"}),
        (mail, {"object": "EmailSent", "tracking_id": None}),
        (invite, {"object": "UserInvitationSent"}),
        (invite, {"object": "UserInvitationSent", "invitation_id": ""}),
        (invite, {"object": "UserInvitationSent", "invitation_id": True}),
        (withdraw, {}),
        (withdraw, {"object": "Error"}),
        (visit, {"object": "UserProfile"}),
    ],
)
def test_a_success_that_does_not_say_what_it_did_is_unknown(call, answer):
    outcomes = []

    arrival_of(lambda unipile: outcomes.append(call(unipile)), answer)

    assert outcomes == [Unknown("unreadable_success", status=200)]


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_2xx_is_a_success(status):
    body = {"object": "UserInvitationSent", "invitation_id": "inv-1"}

    with raw_server(answers(status, body)) as server, unipile_at(server.url) as unipile:
        assert isinstance(invite(unipile), Accepted)
