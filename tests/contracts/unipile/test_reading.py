"""What may be read of any Unipile, the real one included: nothing here changes anything."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from rapport.ports.unipile import CursorExpiredError, ReadError, pages
from rapport.ports.unipile_records import SearchByParameters


def test_the_account_is_listed_and_tells_its_owner(provider):
    listed = {one.id: one for one in provider.unipile.accounts(limit=100).items}
    account = provider.unipile.account(provider.account_id)

    assert listed[account.id].owner_provider_id == account.owner_provider_id
    assert account.type == "LINKEDIN"
    assert account.is_ok
    assert account.created_at < datetime.now(UTC) + timedelta(days=1)


def test_the_owners_profile_is_the_accounts_owner(provider):
    account = provider.unipile.account(provider.account_id)
    profile = provider.unipile.own_profile(provider.account_id)

    assert profile.provider_id == account.owner_provider_id
    assert profile.last_name


def test_a_person_is_the_same_by_provider_id_and_by_public_identifier(provider):
    own = provider.unipile.own_profile(provider.account_id)

    by_id = provider.unipile.profile(own.provider_id, account_id=provider.account_id)
    by_name = provider.unipile.profile(by_id.public_identifier, account_id=provider.account_id)

    assert by_name.provider_id == by_id.provider_id == own.provider_id


def test_pages_partition_a_list(provider):
    def read(cursor):
        return provider.unipile.relations(provider.account_id, limit=5, cursor=cursor)

    first_two = list(itertools.islice(pages(read, cursor=None), 2))
    ids = [relation.member_id for page in first_two for relation in page.items]

    assert len(ids) == len(set(ids))
    assert all(len(page.items) <= 5 for page in first_two)


def test_reading_resumes_at_a_cursor(provider):
    def read(cursor):
        return provider.unipile.relations(provider.account_id, limit=3, cursor=cursor)

    first = read(None)
    if first.cursor is None:
        pytest.skip("the account has a single page of relations")
    resumed = next(pages(read, cursor=first.cursor))

    assert {one.member_id for one in resumed.items}.isdisjoint({one.member_id for one in first.items})


def test_a_cursor_that_is_none_has_expired(provider):
    with pytest.raises(CursorExpiredError):
        provider.unipile.chats(provider.account_id, limit=5, cursor="bm9uZQ==")


def test_sent_invitations_are_a_list(provider):
    page = provider.unipile.sent_invitations(provider.account_id, limit=10)

    assert all(one.invited_user_id or one.invited_user_public_id for one in page.items)


def test_chats_lead_to_attendees_and_messages(provider):
    chats = provider.unipile.chats(provider.account_id, limit=3).items
    if not chats:
        pytest.skip("the account has no chats")
    chat = provider.unipile.chat(chats[0].id)
    people = provider.unipile.attendees(chat.id)
    messages = provider.unipile.chat_messages(chat.id, limit=5).items

    assert chat.account_id == provider.account_id
    assert {one.is_self for one in people} <= {True, False}
    assert all(message.chat_id == chat.id for message in messages)
    moments = [message.sent_at for message in messages]
    assert moments == sorted(moments, reverse=True)


def test_messages_of_an_account_are_those_after_an_instant(provider):
    since = datetime(2999, 1, 1, tzinfo=UTC)

    assert provider.unipile.messages(provider.account_id, limit=5, after=since).items == ()


def test_webhooks_inmail_balance_and_search_parameters_are_read(provider):
    assert provider.unipile.webhooks(limit=10).raw["object"] == "WebhookList"
    assert provider.unipile.inmail_balance(provider.account_id).raw["object"]
    places = provider.unipile.search_parameters("LOCATION", account_id=provider.account_id, keywords="Berlin", limit=5)
    assert all(place.id and place.title for place in places)


def test_people_are_found(provider):
    page = provider.unipile.search(
        SearchByParameters("classic", "people", {"keywords": "engineer"}),
        account_id=provider.account_id,
        limit=5,
    )

    assert len(page.items) <= 5
    assert all(one.id for one in page.items)


def test_what_does_not_exist_is_not_found(provider):
    with pytest.raises(ReadError) as failed:
        provider.unipile.chat("no-such-chat")

    assert failed.value.status in (400, 404)
    assert not failed.value.retryable


def test_an_account_that_is_not_ours_is_not_found(provider):
    with pytest.raises(ReadError) as failed:
        provider.unipile.own_profile("no-such-account")

    assert failed.value.status in (400, 404)
