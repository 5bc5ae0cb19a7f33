"""The older names of the chat routes are asked only where today's is missing or broken."""

from __future__ import annotations

import pytest

from rapport.ports.outcomes import Unknown
from rapport.ports.unipile import ReadError
from tests.outside.raw_server import answers, never_answers, raw_server, refuses, resets_after_request
from tests.outside.unipile_at import unipile_at

CHATS = {"items": [{"id": "chat-1", "participants": [{"provider_id": "ACoAAAda"}]}], "cursor": "next"}


@pytest.mark.parametrize(
    "act", [refuses(404, "resource_not_found"), answers(404), refuses(500, "unexpected_error"), answers(502)]
)
def test_a_missing_or_broken_route_is_asked_for_by_its_older_name(act):
    with raw_server(act, answers(200, CHATS)) as server, unipile_at(server.url, read_attempts=1) as unipile:
        page = unipile.chats("acc-1", limit=5)

        assert server.requests == [
            "GET /api/v1/chats?account_id=acc-1&limit=5",
            "GET /api/v1/conversations?account_id=acc-1&limit=5",
        ]
    assert page.items[0].attendees[0].provider_id == "ACoAAAda"


@pytest.mark.parametrize(
    "act",
    [
        refuses(400, "invalid_parameters"),
        refuses(401, "disconnected_account"),
        refuses(403, "account_restricted"),
        refuses(422, "invalid_account"),
        refuses(429, "too_many_requests"),
        answers(301, Location="/elsewhere"),
        answers(200, b"<html>"),
        resets_after_request(),
        never_answers(),
    ],
)
def test_any_other_failure_is_left_at_that(act):
    with (
        raw_server(act) as server,
        unipile_at(server.url, read_attempts=1, total_seconds=0.2) as unipile,
    ):
        with pytest.raises(ReadError):
            unipile.chats("acc-1", limit=5)

        assert server.requests == ["GET /api/v1/chats?account_id=acc-1&limit=5"]


def test_a_page_of_the_older_list_is_asked_of_the_older_list():
    last = {"items": [{"id": "chat-2"}], "cursor": None}
    script = (answers(404), answers(200, CHATS), answers(200, last))

    with raw_server(*script) as server, unipile_at(server.url) as unipile:
        first = unipile.chats("acc-1", limit=5)
        second = unipile.chats("acc-1", limit=5, cursor=first.cursor)

        assert server.requests[-1] == "GET /api/v1/conversations?account_id=acc-1&limit=5&cursor=next"
    assert second.cursor is None


def test_a_cursor_of_todays_list_is_never_shown_to_the_older_one():
    with raw_server(refuses(500, "unexpected_error")) as server, unipile_at(server.url) as unipile:
        with pytest.raises(ReadError):
            unipile.chats("acc-1", limit=5, cursor="todays")

        assert len(server.requests) == 1


def test_when_both_fail_todays_failure_is_told():
    script = (refuses(404, "resource_not_found"), refuses(401, "disconnected_account"))

    with (
        raw_server(*script) as server,
        unipile_at(server.url) as unipile,
        pytest.raises(ReadError) as failed,
    ):
        unipile.chat("chat-1")

    assert failed.value.code == "resource_not_found"


def test_ids_that_look_like_names_of_routes_are_not_renamed():
    script = (answers(404), answers(200, {"participants": [{"provider_id": "ACoAAAda", "is_self": 1}]}))

    with raw_server(*script) as server, unipile_at(server.url) as unipile:
        attendees = unipile.attendees("attendees")

        assert server.requests[-1] == "GET /api/v1/conversations/attendees/participants"
    assert attendees[0].is_self is True


def test_a_write_is_never_tried_by_an_older_name():
    with raw_server(answers(404), answers(200)) as server, unipile_at(server.url) as unipile:
        outcome = unipile.send_message("chat-1", text="Hello")

        assert isinstance(outcome, Unknown)
        assert server.requests == ["POST /api/v1/chats/chat-1/messages"]
