"""From settings to a client: what is wrong is said before anything starts, and what is right is used."""

from __future__ import annotations

import time

import pytest
from prometheus_client import CollectorRegistry

from rapport.kernel.chance import Chance
from rapport.kernel.clock import VirtualClock
from rapport.kernel.settings import SettingsError, read_settings
from rapport.outside.unipile.client import UnipileClient, connect
from rapport.ports.outcomes import Accepted, Refused, Unknown
from tests.outside.raw_server import answers, drips, raw_server
from tests.outside.unipile_at import KEY, NOW

ACCEPTANCE = answers(200, {"object": "UserInvitationSent", "invitation_id": "inv-1"})


def connected(url: str, **more: str) -> UnipileClient:
    settings = read_settings({"UNIPILE_BASE_URL": url, "UNIPILE_API_KEY": KEY, **more}, None)
    return connect(settings, clock=VirtualClock(NOW), chance=Chance("a test"), registry=CollectorRegistry())


def test_the_address_and_the_key_of_the_settings_are_used():
    with raw_server(ACCEPTANCE) as server:
        unipile = connected(server.url)
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)
        unipile.close()

        assert isinstance(outcome, Accepted)
        assert [arrival.header("X-API-KEY") for arrival in server.arrivals] == [KEY]


def test_nobody_needs_to_be_there_when_the_client_is_made():
    connected("http://127.0.0.1:9").close()


def test_the_time_of_a_call_is_of_the_machine_though_the_clock_is_virtual():
    drip = drips(b"x" * 500, every=0.02, first=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")

    with raw_server(drip) as server:
        unipile = connected(server.url, UNIPILE_CALL_SECONDS="0.2")
        began = time.monotonic()
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)
        unipile.close()

    assert outcome == Unknown("timed_out")
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(("given", "called"), [("", False), ("no", False), ("yes", True)])
def test_people_are_followed_only_where_the_settings_say_so(given, called):
    with raw_server(answers(200, {"object": "UserFollowed"})) as server:
        unipile = connected(server.url, UNIPILE_CAN_FOLLOW=given)
        outcome = unipile.follow("ACoAAAda", account_id="acc-1")
        unipile.close()

        assert (server.connections == 1) is called
    assert isinstance(outcome, Accepted if called else Refused)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://api3.example.com:13359", "https://api3.example.com:13359/api/v1"),
        ("https://api3.example.com:13359/", "https://api3.example.com:13359/api/v1"),
        ("https://api3.example.com:13359/api/v1/", "https://api3.example.com:13359/api/v1"),
        ("https://api.example.com/v1", "https://api.example.com/v1"),
    ],
)
def test_an_address_may_leave_out_the_path_of_the_api(given, used):
    unipile = connected(given)
    unipile.close()

    assert unipile.base_url == used


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "clé"])
def test_a_key_that_no_header_takes_stops_the_start_and_is_not_quoted(key):
    with pytest.raises(SettingsError) as refused:
        connected("https://api3.example.com", UNIPILE_API_KEY=key)

    assert len(refused.value.problems) == 1
    assert refused.value.problems[0].startswith("UNIPILE_API_KEY is a value that is not shown")
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["api3.example.com", "ftp://example.com", "https://", "https://u:p@e.com", "https://e.com?x", "https://e.com#x"],
)
def test_an_address_that_cannot_be_one_stops_the_start(url):
    with pytest.raises(SettingsError) as refused:
        connected(url)

    assert [problem.split(" ")[0] for problem in refused.value.problems] == ["UNIPILE_BASE_URL"]
