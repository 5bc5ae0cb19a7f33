"""Reads are asked again while the provider only needs a moment, and say when they give up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.ports.outcomes import (
    Check,
    CoolDown,
    NeedsSignIn,
    Rest,
    Restricted,
    StopService,
    Untouched,
)
from rapport.ports.unipile import CursorExpiredError, ReadError, pages
from rapport.ports.unipile_records import SearchByUrl
from tests.outside.raw_server import (
    answers,
    drips,
    hangs_up,
    keeps_answering,
    never_answers,
    raw_server,
    refuses,
    resets_after_request,
    resets_in_body,
    sends,
)
from tests.outside.unipile_at import NOW, Waits, unipile_at

ACCOUNTS = {"object": "AccountList", "items": [{"id": "acc-1", "name": "Ada"}], "cursor": None}
GOOD = answers(200, ACCOUNTS)

PASSING = {
    "429": refuses(429, "too_many_requests"),
    "502": answers(502, b"<html>Bad gateway</html>"),
    "503": refuses(503, "service_unavailable"),
    "504": refuses(504, "request_timeout"),
    "a reset": resets_after_request(),
    "a reset in the body": resets_in_body(),
    "an end without a word": hangs_up(),
    "half a body": sends(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
}


@pytest.mark.parametrize("trouble", PASSING)
def test_a_read_survives_what_passes(trouble):
    waits = Waits()

    with raw_server(PASSING[trouble], PASSING[trouble], GOOD) as server:
        with unipile_at(server.url, clock=waits) as unipile:
            page = unipile.accounts(limit=10)

        assert [account.id for account in page.items] == ["acc-1"]
        assert server.requests == ["GET /api/v1/accounts?limit=10"] * 3
    first, second = waits.seconds
    assert 0.25 <= first <= 0.5 <= second <= 1.0


def test_a_read_gives_up_after_its_attempts():
    with raw_server(PASSING["503"]) as server, unipile_at(server.url, read_attempts=3) as unipile:
        with pytest.raises(ReadError) as failed:
            unipile.accounts(limit=10)

        assert len(server.requests) == 3
    assert (failed.value.code, failed.value.retryable, failed.value.status) == (
        "service_unavailable",
        True,
        503,
    )


def test_those_who_failed_at_different_instants_do_not_come_back_together():
    clocks = [Waits(NOW + timedelta(microseconds=late)) for late in range(5)]

    for clock in clocks:
        with raw_server(PASSING["503"], GOOD) as server, unipile_at(server.url, clock=clock) as unipile:
            unipile.accounts(limit=10)

    assert len({clock.seconds[0] for clock in clocks}) == 5


def test_a_client_that_is_closed_keeps_nobody_waiting():
    waits = Waits()

    with raw_server(PASSING["503"]) as server, unipile_at(server.url, clock=waits) as unipile:
        unipile.close()
        with pytest.raises(ReadError, match="service_unavailable"):
            unipile.accounts(limit=10)

        assert len(server.requests) == 1
    assert waits.now() == NOW


def test_a_read_waits_as_long_as_it_was_asked_to():
    waits = Waits()
    busy = refuses(429, "too_many_requests", Retry_After="7")

    with raw_server(busy, GOOD) as server, unipile_at(server.url, clock=waits) as unipile:
        unipile.accounts(limit=10)

    assert waits.seconds == [7.0]


def test_a_read_asked_to_wait_until_a_date_waits_until_then():
    waits = Waits()
    busy = refuses(503, "service_unavailable", Retry_After="Fri, 20 Nov 2026 09:00:12 GMT")

    with raw_server(busy, GOOD) as server, unipile_at(server.url, clock=waits) as unipile:
        unipile.accounts(limit=10)

    assert waits.seconds == [12.0]


def test_a_read_asked_to_wait_for_hours_fails_at_once_and_says_until_when():
    waits = Waits()
    busy = refuses(429, "too_many_requests", Retry_After="7200")

    with raw_server(busy) as server, unipile_at(server.url, clock=waits) as unipile:
        with pytest.raises(ReadError) as failed:
            unipile.accounts(limit=10)

        assert len(server.requests) == 1
    until = NOW + timedelta(hours=2)
    assert waits.seconds == []
    assert (failed.value.retryable, failed.value.retry_at) == (True, until)
    assert failed.value.account_effect == CoolDown(None, until, Rest.A_WHILE)


def test_ten_years_of_retry_after_are_a_day():
    busy = refuses(429, "too_many_requests", Retry_After="315360000")

    with raw_server(busy) as server, unipile_at(server.url) as unipile, pytest.raises(ReadError) as failed:
        unipile.accounts(limit=10)

    assert failed.value.retry_at == NOW + timedelta(hours=24)


@pytest.mark.parametrize("header", ["-5", "soon", "Fri, 20 Nov 2020 10:00:00 GMT"])
def test_a_retry_after_that_names_no_instant_is_as_none(header):
    waits = Waits()

    busy = refuses(429, "too_many_requests", Retry_After=header)
    with raw_server(busy, GOOD) as server, unipile_at(server.url, clock=waits) as unipile:
        unipile.accounts(limit=10)

    assert len(waits.seconds) == 1
    assert 0.25 <= waits.seconds[0] <= 0.5


@pytest.mark.parametrize(
    ("act", "code", "retryable", "effect"),
    [
        (refuses(400, "invalid_parameters"), "invalid_parameters", False, Untouched()),
        (
            refuses(401, "missing_credentials"),
            "missing_credentials",
            False,
            StopService("missing_credentials"),
        ),
        (refuses(401, "disconnected_account"), "disconnected_account", False, NeedsSignIn()),
        (refuses(403, "account_restricted"), "account_restricted", False, Restricted()),
        (refuses(403, "subscription_required"), "subscription_required", False, Untouched()),
        (refuses(404, "resource_not_found"), "resource_not_found", False, Untouched()),
        (refuses(422, "invalid_account"), "invalid_account", False, Check()),
        (refuses(422, "limit_exceeded"), "limit_exceeded", False, Untouched()),
        (refuses(500, "provider_error"), "provider_error", True, CoolDown(None, None, Rest.A_LITTLE)),
        (refuses(501, "feature_not_implemented"), "feature_not_implemented", False, Untouched()),
        (answers(302, Location="http://127.0.0.1/"), "wrong_base_url", False, StopService("wrong_base_url")),
        (answers(418), "http_418", False, Untouched()),
        (answers(200, b"<html>"), "unreadable_answer", True, Untouched()),
        (answers(200), "unreadable_answer", True, Untouched()),
        (answers(200, b"[" * 100_000), "unreadable_answer", True, Untouched()),
    ],
)
def test_a_read_that_will_not_come_right_by_itself_is_asked_once(act, code, retryable, effect):
    with raw_server(act) as server, unipile_at(server.url) as unipile:
        with pytest.raises(ReadError) as failed:
            unipile.inmail_balance("acc-1")

        assert len(server.requests) == 1
    assert (failed.value.code, failed.value.retryable) == (code, retryable)
    assert failed.value.account_effect == effect


@pytest.mark.parametrize(
    "slow",
    [never_answers(), drips(b"x" * 500, every=0.02, first=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")],
    ids=["silence", "drip"],
)
def test_a_slow_read_ends_in_time_and_may_be_asked_again_later(slow):
    with raw_server(slow) as server, unipile_at(server.url, total_seconds=0.2) as unipile:
        with pytest.raises(ReadError) as failed:
            unipile.accounts(limit=10)

        assert len(server.requests) == 1
    assert (failed.value.code, failed.value.retryable) == ("timed_out", True)


def test_reads_share_a_connection():
    with raw_server(keeps_answering(ACCOUNTS)) as server, unipile_at(server.url) as unipile:
        for _ in range(3):
            unipile.accounts(limit=10)

        assert (len(server.requests), server.connections) == (3, 1)


def test_a_search_is_a_read_although_it_is_a_post():
    found = {"object": "LinkedinSearch", "items": [], "cursor": None, "paging": {"total_count": 3}}

    with raw_server(PASSING["503"], answers(200, found)) as server, unipile_at(server.url) as unipile:
        page = unipile.search(SearchByUrl("https://www.linkedin.com/search/x"), account_id="acc-1", limit=10)

        assert page.total_count == 3
        assert server.requests == ["POST /api/v1/linkedin/search?account_id=acc-1&limit=10"] * 2


# Lists


def page_of_invitations(*ids: str, cursor: str | None) -> dict:
    return {"object": "InvitationList", "items": [{"id": one} for one in ids], "cursor": cursor}


def test_no_list_is_not_an_empty_list():
    forgetful = answers(200, {"object": "InvitationList"})
    with (
        raw_server(forgetful) as server,
        unipile_at(server.url) as unipile,
        pytest.raises(ReadError, match="unreadable_answer"),
    ):
        unipile.sent_invitations("acc-1", limit=100)


def test_paging_survives_a_429_in_the_middle():
    script = (
        answers(200, page_of_invitations("a", "b", cursor="two")),
        refuses(429, "too_many_requests", Retry_After="3"),
        answers(200, page_of_invitations("c", cursor="three")),
        answers(200, page_of_invitations("d", cursor=None)),
    )
    with raw_server(*script) as server, unipile_at(server.url) as unipile:
        read = pages(lambda cursor: unipile.sent_invitations("acc-1", limit=2, cursor=cursor), cursor=None)

        assert [one.id for page in read for one in page.items] == ["a", "b", "c", "d"]
        asked = [request.partition("&limit=2")[2] for request in server.requests]
        assert asked == ["", "&cursor=two", "&cursor=two", "&cursor=three"]


def test_paging_that_fails_says_where_to_go_on():
    script = (
        answers(200, page_of_invitations("a", cursor="two")),
        refuses(429, "too_many_requests", Retry_After="3600"),
        answers(200, page_of_invitations("b", cursor=None)),
    )
    with raw_server(*script) as server, unipile_at(server.url) as unipile:

        def read(cursor):
            return unipile.sent_invitations("acc-1", limit=1, cursor=cursor)

        seen = []
        with pytest.raises(ReadError) as failed:
            seen.extend(one.id for page in pages(read, cursor=None) for one in page.items)
        seen.extend(one.id for page in pages(read, cursor=failed.value.cursor) for one in page.items)

        assert seen == ["a", "b"]


@pytest.mark.parametrize("status", [400, 410])
def test_a_cursor_that_is_refused_has_expired(status):
    script = (answers(200, page_of_invitations("a", cursor="two")), refuses(status, "invalid_parameters"))

    with raw_server(*script) as server, unipile_at(server.url) as unipile:
        read = pages(lambda cursor: unipile.sent_invitations("acc-1", limit=1, cursor=cursor), cursor=None)
        next(read)
        with pytest.raises(CursorExpiredError) as failed:
            next(read)

    assert failed.value.cursor == "two"


def test_a_list_refused_without_a_cursor_has_not_expired():
    with (
        raw_server(refuses(400, "invalid_parameters")) as server,
        unipile_at(server.url) as unipile,
        pytest.raises(ReadError) as failed,
    ):
        unipile.sent_invitations("acc-1", limit=1)

    assert not isinstance(failed.value, CursorExpiredError)


def test_a_cursor_that_comes_round_again_ends_the_reading():
    turning = (
        answers(200, page_of_invitations("a", cursor="two")),
        answers(200, page_of_invitations("b", cursor="one")),
        answers(200, page_of_invitations("c", cursor="two")),
    )
    with raw_server(*turning) as server, unipile_at(server.url) as unipile:
        read = pages(lambda cursor: unipile.sent_invitations("acc-1", limit=1, cursor=cursor), cursor=None)

        with pytest.raises(ReadError, match="cursor_loops"):
            list(read)
        assert len(server.requests) == 3
