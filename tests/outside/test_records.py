"""Bodies are read without trust: what is missing or odd is None, what is extra is kept, nothing raises."""

from __future__ import annotations

import dataclasses
import inspect
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.outside.unipile import fields, records
from rapport.outside.unipile.body import decode, problem_in
from rapport.outside.unipile.client import UnipileClient
from rapport.ports.unipile import Unipile

MAKERS = [
    records.account,
    records.own_profile,
    records.profile,
    records.sent_invitation,
    records.relation,
    records.found_person,
    records.search_page,
    records.search_parameters,
    records.post,
    records.company,
    records.inmail_balance,
    records.attendee,
    records.attendees,
    records.chat,
    records.message,
    records.attachment,
    records.webhook,
    records.page_of(records.message),
]

KEYS = [
    "id",
    "items",
    "data",
    "cursor",
    "object",
    "name",
    "type",
    "status",
    "timestamp",
    "created_at",
    "sources",
    "connection_params",
    "im",
    "provider_id",
    "public_identifier",
    "invitation",
    "contact_info",
    "emails",
    "work_experience",
    "current_positions",
    "attachments",
    "reactions",
    "lastMessage",
    "participants",
    "attendees",
    "is_sender",
    "account_ids",
    "headers",
    "events",
    "paging",
    "total_count",
    "specifics",
    "read_only",
    "parsed_datetime",
    "recruiter",
    "contract_id",
    "permissions",
]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\x00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=15,
)


@given(st.sampled_from(MAKERS), st.dictionaries(st.sampled_from(KEYS), anything, max_size=12))
def test_no_body_makes_a_record_raise(make, raw):
    made = make(raw)

    assert made is None or repr(made)


@given(st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_make_a_body_raise(body):
    assert decode(body) is None or isinstance(decode(body), dict)
    problem_in(body)


def test_a_page_with_half_an_emoji_in_it_is_still_a_page():
    said = decode(b'{"items": [{"id": "m", "text": "cut \\ud83d"}], "cursor": null, "odd": NaN}')

    assert records.page_of(records.message)(said).items[0].text == "cut ?"


def test_a_byte_order_mark_hides_nothing():
    assert decode(b'\xef\xbb\xbf{"id": 1}') == {"id": 1}


def test_a_message_says_nothing_of_its_direction_where_the_provider_says_nothing():
    assert records.message({"id": "m"}).is_sender is None
    assert records.message({"id": "m", "is_sender": None}).is_sender is None
    assert records.message({"id": "m", "is_sender": 0}).is_sender is False
    assert records.message({"id": "m", "is_sender": "1"}).is_sender is True


def test_a_relation_without_public_identifier_is_kept():
    page = records.page_of(records.relation)({"items": [{"member_id": 4711, "created_at": 1_763_632_800_000}]})

    assert page.items[0].member_id == "4711"
    assert page.items[0].public_identifier is None
    assert page.items[0].connected_at == datetime(2025, 11, 20, 10, 0, tzinfo=UTC)


def test_an_invitation_without_an_id_is_pending_all_the_same():
    page = records.page_of(records.sent_invitation)({"items": [{"invited_user_id": "ACoAAAda"}]})

    assert page.items[0].id is None
    assert page.items[0].invited_user_id == "ACoAAAda"


def test_an_account_is_ok_when_every_source_is():
    def account(*statuses):
        return records.account({"id": "a", "sources": [{"id": "s", "status": status} for status in statuses]})

    assert account("OK", "OK").is_ok
    assert not account("OK", "CREDENTIALS").is_ok
    assert not account(None).is_ok
    assert not account().is_ok


def test_an_accounts_owner_is_told_by_its_connection():
    account = records.account(
        {"id": "a", "connection_params": {"im": {"id": "ACoAAAown", "premiumFeatures": ["premium", 3]}}}
    )

    assert account.owner_provider_id == "ACoAAAown"
    assert account.premium_features == ("premium",)


def test_a_seat_in_error_is_no_seat():
    profile = records.own_profile(
        {"recruiter": {"error": "MULTIPLE_SESSIONS"}, "sales_navigator": {"contract_id": "c"}}
    )

    assert not profile.has_recruiter
    assert profile.has_sales_navigator


def test_attendees_are_found_by_their_older_names():
    old = {"participants": [{"attendee_provider_id": "ACoAAAda", "attendee_name": "Ada"}]}

    assert records.attendees(old)[0].provider_id == "ACoAAAda"
    assert records.chat({"id": "c", **old}).attendees[0].name == "Ada"


def test_one_attachment_alone_counts_as_a_list():
    message = records.message({"id": "m", "attachments": {"id": "a", "type": "file", "file_size": "12"}})

    assert [(one.id, one.file_size) for one in message.attachments] == [("a", 12)]


def test_a_webhooks_secret_headers_are_not_shown():
    webhook = records.webhook({"id": "w", "headers": [{"key": "Unipile-Auth", "value": "s3cret"}]})

    assert webhook.headers[0].value == "s3cret"
    assert "s3cret" not in repr(webhook)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2026-11-20T10:00:00.000Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T11:00:00+01:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        (1_795_168_800, datetime(2026, 11, 20, 10, tzinfo=UTC)),
        (1_795_168_800_000, datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2 weeks ago", None),
        (10**400, None),
        (float("nan"), None),
        (True, None),
        ([], None),
    ],
)
def test_an_instant_is_read_in_the_ways_it_is_written(value, instant):
    assert fields.instant({"at": value}, "at") == instant


def test_a_text_loses_its_nul_and_a_number_becomes_its_digits():
    assert fields.text({"a": "A\x00da"}, "a") == "Ada"
    assert fields.text({"a": 7}, "a") == "7"
    assert fields.text({"a": True, "b": "x"}, "a", "b") == "x"


@pytest.mark.parametrize(
    "name", [name for name, member in vars(Unipile).items() if not name.startswith("_") and callable(member)]
)
def test_the_client_is_the_port_method_by_method(name):
    asked = inspect.signature(getattr(Unipile, name))
    given_ = inspect.signature(getattr(UnipileClient, name))

    assert given_ == asked


@pytest.mark.parametrize("make", [records.account, records.chat, records.message, records.webhook])
def test_records_are_frozen_and_keep_the_raw_body(make):
    raw = {"id": "x", "something_new": {"deep": [1]}}
    record = make(raw)

    assert record.raw == raw
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.id = "y"
