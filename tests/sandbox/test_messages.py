"""Messages: to whom, in which form, and how they are found again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport_sandbox.clock import iso
from rapport_sandbox.world.talk import Attachment
from tests.sandbox.stage import Stage, multipart, refusal, said


def test_a_relation_can_be_written_to_and_answers(stage: Stage) -> None:
    ada = stage.friend()
    stage.world.replies(ada, timedelta(hours=2), "Danke! 👍")

    started = said(stage.write(ada, "Grüße"))
    stage.advance(7_201)

    answer, mine = stage.items(f"/chats/{started['chat_id']}/messages")
    assert (mine["id"], mine["text"], mine["is_sender"]) == (started["message_id"], "Grüße", 1)
    assert (answer["text"], answer["is_sender"], answer["sender_id"]) == ("Danke! 👍", 0, ada.provider_id)
    [chat] = stage.items("/chats", unread="true")
    assert (chat["attendee_provider_id"], chat["unread_count"]) == (ada.provider_id, 1)


def test_a_stranger_cannot_be_written_to(stage: Stage) -> None:
    assert refusal(stage.write(stage.stranger())) == (422, "no_connection_with_recipient")
    assert stage.items("/chats") == []


def test_writing_twice_to_a_person_takes_up_the_same_chat(stage: Stage) -> None:
    first, second = (said(stage.write(stage.friend(), text)) for text in ("one", "two"))

    assert first["chat_id"] == second["chat_id"]
    assert first["message_id"] != second["message_id"]


def test_an_inmail_reaches_a_stranger_and_costs_a_credit(stage: Stage) -> None:
    ada = stage.world.invents(first_name="Ada", is_open_profile=False)

    said(stage.write(ada, "Hello", ("linkedin[inmail]", "true"), ("subject", "A word")))

    assert said(stage.get("/linkedin/inmail_balance", account_id=stage.account.id))["premium"] == 49
    [chat] = stage.items("/chats")
    assert (chat["content_type"], chat["subject"]) == ("inmail", "A word")
    assert stage.world.received(ada) == ["inmail"]


def test_an_inmail_without_credit_is_refused_unless_the_profile_is_open(stage: Stage) -> None:
    stage.account.inmail_credits = 0
    closed, opened = (stage.world.invents(is_open_profile=is_open) for is_open in (False, True))
    inmail = ("linkedin[inmail]", "true")

    assert refusal(stage.write(closed, "Hello", inmail)) == (422, "insufficient_credits")
    assert stage.write(opened, "Hello", inmail).status == 201


def test_an_unanswered_inmail_takes_no_second_message(stage: Stage) -> None:
    ada = stage.world.invents(is_open_profile=True)
    chat_id = said(stage.write(ada, "Hello", ("linkedin[inmail]", "true")))["chat_id"]

    answer = stage.form(f"/chats/{chat_id}/messages", ("text", "Hello?"))

    assert refusal(answer) == (422, "cant_send_message")


def test_a_send_may_answer_null_ids_although_it_was_sent(stage: Stage) -> None:
    stage.sandbox.switches.send_ids_null = 1.0

    answer = said(stage.write(stage.friend(), "found only by reading back"))

    assert answer == {"object": "ChatStarted", "chat_id": None, "message_id": None}
    [message] = stage.items("/messages")
    assert message["text"] == "found only by reading back"
    answer = said(stage.form(f"/chats/{message['chat_id']}/messages", ("text", "again")))
    assert answer == {"object": "MessageSent", "message_id": None}


def test_an_attachment_comes_back_byte_for_byte(stage: Stage) -> None:
    content = bytes(range(256)) + b"\r\n--frontie\r\n"
    parts = (
        ("account_id", stage.account.id),
        ("attendees_ids", stage.friend().provider_id),
        ("attachments", ("offer.pdf", "application/pdf", content)),
    )

    message_id = said(stage.form("/chats", *parts))["message_id"]

    message = said(stage.get(f"/messages/{message_id}"))
    [file] = message["attachments"]
    assert (file["type"], file["file_name"], file["file_size"]) == ("file", "offer.pdf", len(content))
    got = stage.get(f"/messages/{message_id}/attachments/{file['id']}")
    assert (got.body, got.headers["content-type"]) == (content, "application/pdf")


def test_a_file_above_25_mebibytes_is_refused(stage: Stage) -> None:
    heavy = ("attachments", ("big.bin", "application/octet-stream", b"x" * (25 * 1024 * 1024 + 1)))
    parts = (("account_id", stage.account.id), ("attendees_ids", stage.friend().provider_id), heavy)

    assert refusal(stage.form("/chats", *parts)) == (413, "content_too_large")


def test_people_send_attachments_of_their_own(stage: Stage) -> None:
    picture = Attachment("att-1", "img", "me.png", "image/png", 500)
    stage.world.replies(stage.friend(), timedelta(hours=1), None, attachments=(picture,))
    stage.advance(3_600)

    [message] = stage.items("/messages")

    assert message["text"] is None
    assert message["attachments"][0]["size"] == {"width": 640, "height": 480}
    assert len(stage.get(f"/messages/{message['id']}/attachments/att-1").body) == 500


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", b"{}", (415, "unsupported_media_type")),
        ("application/x-www-form-urlencoded", b"text=hi", (415, "unsupported_media_type")),
        ("multipart/form-data", b"--x\r\n", (400, "malformed_request")),
        ("multipart/form-data; boundary=y", b"--x\r\n", (400, "malformed_request")),
        (
            "multipart/form-data; boundary=frontier",
            multipart((("text", "never closed"),))[:-4],
            (400, "malformed_request"),
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\ncontent-disposition: form-data; name="text"\n\nbare line feeds\n--x--\n',
            (400, "malformed_request"),
        ),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\ncontent-disposition: form-data\r\n\r\nno name\r\n--x--\r\n",
            (400, "malformed_request"),
        ),
        (
            "multipart/form-data; boundary=frontier",
            multipart((("text", "whose?"),)),
            (400, "invalid_parameters"),
        ),
    ],
)
def test_a_body_that_is_not_a_right_form_is_refused(
    stage: Stage, content_type: str, body: bytes, expected: tuple[int, str]
) -> None:
    assert refusal(stage.call("POST", "/chats", body=body, kind=content_type)) == expected


def test_a_message_needs_recipients_and_words(stage: Stage) -> None:
    account, friend = ("account_id", stage.account.id), ("attendees_ids", stage.friend().provider_id)

    assert refusal(stage.form("/chats", account, ("text", "hi"))) == (400, "invalid_parameters")
    assert refusal(stage.form("/chats", account, friend)) == (400, "invalid_parameters")
    assert refusal(stage.form("/chats", account, friend, ("text", ""))) == (400, "invalid_parameters")
    twice = stage.form("/chats", account, friend, friend, ("text", "hi"))
    assert refusal(twice) == (422, "invalid_recipient")


def test_several_recipients_make_a_group(stage: Stage) -> None:
    friends = [("attendees_ids", stage.friend(position).provider_id) for position in range(3)]

    said(stage.form("/chats", ("account_id", stage.account.id), *friends, ("text", "hello all")))

    [chat] = stage.items("/chats")
    assert chat["type"] == 1
    attendees = said(stage.get(f"/chats/{chat['id']}/attendees"))["items"]
    assert [one["is_self"] for one in attendees] == [0, 0, 0, 1]


def test_messages_are_listed_newest_first_and_page_without_loss(stage: Stage) -> None:
    stage.sandbox.patience.burst = None
    for number in range(30):
        stage.write(stage.friend(number % 3), f"message {number}")
        stage.advance(60)

    listed = stage.everything("/messages", limit=7)

    assert [one["text"] for one in listed] == [f"message {number}" for number in reversed(range(30))]


def test_messages_that_arrive_while_one_pages_do_not_shift_the_pages(stage: Stage) -> None:
    for number in range(6):
        stage.write(stage.friend(), f"message {number}")
    first = said(stage.get("/messages", account_id=stage.account.id, limit=3))

    stage.write(stage.friend(), "in between")

    second = said(stage.get("/messages", cursor=first["cursor"]))
    texts = [one["text"] for one in first["items"] + second["items"]]
    assert texts == [f"message {number}" for number in reversed(range(6))]


def test_messages_are_filtered_by_time_and_sender(stage: Stage) -> None:
    ada, bob = stage.friend(0), stage.friend(1)
    stage.world.replies(ada, timedelta(hours=1), "from Ada").replies(bob, timedelta(hours=2), "from Bob")
    begin = stage.sandbox.now()
    stage.advance(3 * 3_600)

    def texts(**query: object) -> list[str]:
        return [one["text"] for one in stage.items("/messages", **query)]

    assert texts(after=iso(begin + 3_600)) == ["from Bob"]
    assert texts(before=iso(begin + 7_200)) == ["from Ada"]
    assert texts(sender_id=bob.provider_id) == ["from Bob"]
    assert texts(sender_id="ACoAAnobody") == []


@pytest.mark.parametrize("wrong", ["2026-01-05", "2026-01-05T08:00:00Z", "yesterday", "1767600000"])
def test_an_instant_must_have_milliseconds_and_a_z(stage: Stage, wrong: str) -> None:
    answer = stage.get("/messages", account_id=stage.account.id, after=wrong)

    assert refusal(answer) == (400, "invalid_parameters")


def test_is_sender_may_be_missing_from_lists(stage: Stage) -> None:
    stage.sandbox.switches.is_sender_null = 1.0
    stage.write(stage.friend())

    assert stage.items("/messages")[0]["is_sender"] is None


def test_a_read_chat_counts_nothing_unread(stage: Stage) -> None:
    stage.world.replies(stage.friend(), timedelta(hours=1), "hello?")
    stage.advance(3_600)
    [chat] = stage.items("/chats", unread="true")

    patch = b'{"action": "setReadStatus", "value": true}'
    answer = stage.call("PATCH", f"/chats/{chat['id']}", body=patch, kind="application/json")

    assert said(answer) == {"object": "ChatPatched"}
    assert stage.items("/chats", unread="true") == []


def test_readers_signs_and_edits_show_on_the_message(stage: Stage) -> None:
    ada = stage.friend()
    story = stage.world.reads(ada, timedelta(hours=1)).reacts(ada, timedelta(hours=2), "❤️")
    story.replies(ada, timedelta(hours=3), "yse").edits(ada, timedelta(hours=4), "yes")
    stage.write(ada)
    stage.advance(5 * 3_600)

    answer, mine = stage.items("/messages")

    assert mine["seen"] == 1
    assert mine["reactions"] == [{"value": "❤️", "sender_id": ada.provider_id, "is_sender": False}]
    assert (answer["text"], answer["edited"]) == ("yes", 1)
    stage.world.deletes(ada, timedelta(0))
    stage.advance(1)
    assert (stage.items("/messages")[0]["text"], stage.items("/messages")[0]["deleted"]) == (None, 1)


def test_an_attendee_leads_to_their_chats_and_messages(stage: Stage) -> None:
    ada, bob = stage.friend(0), stage.friend(1)
    stage.world.replies(ada, timedelta(hours=1), "from Ada").replies(bob, timedelta(hours=1), "from Bob")
    stage.advance(3_600)
    attendees = {one["provider_id"]: one for one in stage.items("/chat_attendees")}
    attendee_id = attendees[ada.provider_id]["id"]

    chats = said(stage.get(f"/chat_attendees/{attendee_id}/chats"))["items"]
    messages = said(stage.get(f"/chat_attendees/{attendee_id}/messages"))["items"]

    assert [one["attendee_provider_id"] for one in chats] == [ada.provider_id]
    assert [one["text"] for one in messages] == ["from Ada"]
    assert said(stage.get(f"/chat_attendees/{attendee_id}"))["name"] == ada.name


@pytest.mark.parametrize(
    "path",
    [
        "/chats/nothing",
        "/chats/nothing/messages",
        "/chats/nothing/attendees",
        "/messages/nothing",
        "/messages/nothing/attachments/none",
        "/chat_attendees/nothing",
        "/accounts/nothing",
    ],
)
def test_what_does_not_exist_is_not_found(stage: Stage, path: str) -> None:
    assert refusal(stage.get(path)) == (404, "resource_not_found")
