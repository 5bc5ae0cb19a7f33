"""Webhook bodies in every variant that was met: each file in `webhooks/` is named after what it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.outside.unipile.hooks import Hooks
from rapport.ports.unipile_hooks import (
    AccountHeard,
    MessageDeleted,
    MessageDelivered,
    MessageEdited,
    MessageHeard,
    MessageReacted,
    MessageSeen,
    OtherHeard,
    RelationHeard,
    Unreadable,
    account_of,
    chat_of,
)

FOLDER = Path(__file__).parent / "webhooks"
TYPES = {
    ".json": "application/json",
    ".form": "application/x-www-form-urlencoded",
    ".multipart": "multipart/form-data; boundary=----rapport7f3a",
}
FILES = sorted(FOLDER.iterdir())
ADA, MIRA = "ACoAAAdaLovelace01", "ACoAAMiraSommer001"
AT = datetime(2026, 3, 2, 8, 14, 7, 311_000, tzinfo=UTC)
heard = Hooks().heard


def told(name: str):
    """What the file of this name says."""
    path = next(each for each in FILES if each.stem == name)
    return heard(path.read_bytes(), content_type=TYPES[path.suffix])


def message(name: str):
    found = told(name)
    assert isinstance(found, MessageHeard), found
    return found.message


@pytest.mark.parametrize("name", [path.stem for path in FILES if path.stem.startswith("message_received")])
def test_every_variant_of_a_received_message_is_heard_with_its_chat_and_account(name):
    heard_of = message(name)

    assert heard_of.account_id == "kYp3x9QzR0"
    assert heard_of.chat_id == "UtRr8mVnXq2"
    assert account_of(told(name)) == "kYp3x9QzR0"
    assert chat_of(told(name)) == "UtRr8mVnXq2"
    if "only_the_chat" not in name:
        assert heard_of.message_id in ("aWx0kD1fT9GmLl", "oWnMeSsAgE01")
        assert heard_of.at is not None
        assert abs((heard_of.at - AT).total_seconds()) < 1


@pytest.mark.parametrize(
    ("name", "is_sender"),
    [
        ("message_received", False),
        ("message_received__is_sender_null", None),
        ("message_received__is_sender_missing", None),
        ("message_received__is_sender_zero", False),
        ("message_received__is_sender_one", True),
        ("message_received__is_sender_as_word", True),
        ("message_received__as_form", False),
        ("message_received__as_multipart", False),
    ],
)
def test_direction_is_said_only_where_the_provider_says_it(name, is_sender):
    assert message(name).is_sender is is_sender


@pytest.mark.parametrize(
    ("name", "provider_id", "member_id", "public_identifier"),
    [
        ("message_received", ADA, None, "ada-lovelace-17"),
        ("message_received__sender_is_member_id", None, "184467231", "ada-lovelace-17"),
        ("message_received__sender_is_member_urn", None, "184467231", "ada-lovelace-17"),
        ("message_received__sender_is_profile_urn", ADA, None, "ada-lovelace-17"),
        ("message_received__sender_known_by_address_only", None, None, "ada-lovelace-17"),
        ("message_received__sender_id_beside_the_others", ADA, None, None),
        ("message_received__message_as_an_object", ADA, None, None),
        ("message_received__names_in_camel_case", ADA, None, "ada-lovelace-17"),
        ("message_received__fields_renamed", ADA, None, "ada-lovelace-17"),
        ("message_received__wrapped_in_data", ADA, None, "ada-lovelace-17"),
        ("message_received__wrapped_with_event_outside", ADA, None, "ada-lovelace-17"),
        ("message_received__as_form", ADA, None, "ada-lovelace-17"),
        ("message_received__as_multipart", ADA, None, "ada-lovelace-17"),
    ],
)
def test_every_id_of_the_sender_lands_in_the_field_of_its_kind(name, provider_id, member_id, public_identifier):
    sender = message(name).sender

    assert (sender.provider_id, sender.member_id) == (provider_id, member_id)
    assert sender.public_identifier == public_identifier


def test_an_id_is_kept_as_it_stood_for_evidence():
    assert message("message_received__sender_is_member_urn").sender.given == "urn:li:member:184467231"


def test_a_missing_sender_leaves_the_attendees_to_ask():
    heard_of = message("message_received__sender_missing")

    assert heard_of.sender is None
    assert [one.provider_id for one in heard_of.attendees] == [ADA]


def test_attendees_are_found_under_their_older_name():
    assert [one.provider_id for one in message("message_received__participants_instead_of_attendees").attendees] == [
        ADA
    ]


def test_only_a_chat_is_heard_as_a_message_without_an_id():
    heard_of = message("message_received__only_the_chat_is_known")

    assert (heard_of.message_id, heard_of.sender, heard_of.text) == (None, None, None)


def test_the_owner_of_the_account_is_known_for_comparing():
    assert message("message_received").account_user_id == MIRA
    assert message("message_received__own_message_written_on_the_phone").sender.provider_id == MIRA
    assert message("message_received__names_in_camel_case").account_user_id == MIRA


def test_attachments_come_as_a_list_or_as_one():
    one = message("message_received__one_attachment_not_in_a_list").attachments
    several = message("message_received__several_attachments").attachments

    assert [(each.id, each.file_name, each.file_size) for each in one] == [("aTt1", "offer.pdf", 48211)]
    assert [(each.id, each.type) for each in several] == [("aTt1", "img"), ("aTt2", "file")]


def test_group_event_and_subject_are_told():
    assert message("message_received__group_chat").is_group is True
    assert message("message_received__event_of_the_chat").is_event is True
    assert message("message_received__inmail_with_subject").subject == "Your opening in Turin"


def test_what_happens_to_a_message_later_is_told_apart():
    assert isinstance(told("message_read"), MessageSeen)
    assert told("message_read").message.at == datetime(2026, 3, 2, 8, 20, tzinfo=UTC)
    assert isinstance(told("message_delivered"), MessageDelivered)
    assert isinstance(told("message_deleted"), MessageDeleted)
    edited = told("message_edited")
    assert isinstance(edited, MessageEdited)
    assert edited.message.text == "Thanks Mira, Friday at ten suits me."
    reacted = told("message_reaction")
    assert isinstance(reacted, MessageReacted)
    assert (reacted.reaction, reacted.by.provider_id, reacted.message.sender.provider_id) == ("👍", ADA, MIRA)


@pytest.mark.parametrize(
    ("name", "provider_id", "member_id", "public_identifier"),
    [
        ("new_relation", ADA, None, "ada-lovelace-17"),
        ("new_relation__without_public_identifier", ADA, None, None),
        ("new_relation__member_id", None, "184467231", "ada-lovelace-17"),
        ("new_relation__wrapped_in_data", ADA, None, "ada-lovelace-17"),
    ],
)
def test_a_new_relation_names_who_it_is_with(name, provider_id, member_id, public_identifier):
    found = told(name)

    assert isinstance(found, RelationHeard)
    assert found.account_id == "kYp3x9QzR0"
    person = found.person
    assert (person.provider_id, person.member_id, person.public_identifier) == (
        provider_id,
        member_id,
        public_identifier,
    )
    assert person.name == "Ada Lovelace"


@pytest.mark.parametrize(
    ("name", "word", "reference"),
    [
        ("account_status__credentials", "CREDENTIALS", None),
        ("account_status__ok", "OK", None),
        ("account_status__as_form", "ERROR", None),
        ("account_status__flat", "STOPPED", None),
        ("hosted_link__creation_success", "CREATION_SUCCESS", "0198-our-reference"),
        ("hosted_link__reconnected", "RECONNECTED", "0198-our-reference"),
    ],
)
def test_an_accounts_status_is_heard_in_the_providers_word(name, word, reference):
    assert told(name) == AccountHeard("kYp3x9QzR0", word, reference)


def test_what_this_service_does_nothing_with_keeps_its_name():
    assert told("mail_opened") == OtherHeard("mail_opened", "kYp3x9QzR0")
    assert heard(b'{"event": "message_pinned\\n<b>"}', content_type=None) == OtherHeard("message_pinnedb", None)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"<html><body>502 Bad Gateway</body></html>", "text/html"),
        (b'{"event": "message_received", "chat_id": "U', "application/json"),
        (b"[1, 2, 3]", "application/json"),
        (b"null", "application/json"),
        (b'"message_received"', "application/json"),
        (b"{}", "application/json"),
        (b'{"event": "message_received", "account_id": "a"}', "application/json"),
        (b'{"event": "new_relation", "user_provider_id": "ACoAAAda0123"}', "application/json"),
        (b'{"event": "new_relation", "account_id": "a", "user_full_name": "Ada"}', "application/json"),
        (b'{"AccountStatus": {"message": "OK"}}', "application/json"),
        (b'{"AccountStatus": {"account_id": "a"}}', "application/json"),
        (b'{"a":' * 100_000, "application/json"),
        (b"\xff\xfe\x00\x01", "application/octet-stream"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data"),
        (b"&".join(b"a%d=1" % n for n in range(2000)), "application/x-www-form-urlencoded"),
    ],
)
def test_what_nothing_can_be_made_of_is_unreadable_with_a_reason(body, content_type):
    found = heard(body, content_type=content_type)

    assert isinstance(found, Unreadable)
    assert found.reason.endswith(".")


def test_a_reason_repeats_nothing_of_the_body():
    found = heard(b'{"event": "message_received", "message": "my secret"}', content_type="application/json")

    assert "secret" not in found.reason


def test_a_body_of_another_type_than_it_says_is_read_all_the_same():
    body = (FOLDER / "message_received.json").read_bytes()

    assert isinstance(heard(body, content_type="application/x-www-form-urlencoded"), MessageHeard)
    assert isinstance(heard(body, content_type=None), MessageHeard)
    assert isinstance(heard(b"\xef\xbb\xbf \n" + body, content_type="text/plain; charset=iso-8859-1"), MessageHeard)


def test_the_words_of_a_person_are_taken_as_they_are_in_a_form():
    form = b"event=message_received&chat_id=c&account_id=a&message_id=m&message=%7B%22a%22%3A+1%7D&sender=null"

    found = heard(form, content_type=TYPES[".form"])

    assert (found.message.text, found.message.sender) == ('{"a": 1}', None)


def test_what_is_shown_of_a_message_in_a_log_has_none_of_its_words():
    assert "Thursday" not in repr(told("message_received"))


BODY = json.loads((FOLDER / "message_received.json").read_text())
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\x00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*BODY, *BODY["sender"]]), inner),
    max_leaves=10,
)
NAMES = [*BODY, "AccountStatus", "data", "reaction", "reaction_sender", "user_provider_id", "user_profile_url", "from"]


@given(st.dictionaries(st.sampled_from(NAMES), anything, max_size=12), st.booleans())
def test_no_field_of_any_type_makes_the_reading_raise(changes, whole):
    body = json.dumps(changes if whole else BODY | changes).encode()

    assert repr(heard(body, content_type="application/json"))


@given(st.binary(max_size=300), st.sampled_from([*TYPES.values(), "", "multipart/form-data; boundary=\n"]))
def test_no_bytes_make_the_reading_raise(body, content_type):
    assert repr(heard(body, content_type=content_type))
