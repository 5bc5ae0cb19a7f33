"""The session every client of the outside is made with: what it never does, whoever holds it."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from rapport.outside.web import Fault, NoAnswerError, fetch, new_session
from tests.outside.raw_server import answers, drips, hangs_up, never_answers, raw_server, resets_after_request


@contextmanager
def session_with(**options):
    session = new_session(**{"connect_seconds": 1.0, "read_seconds": 1.0, **options})
    try:
        yield session
    finally:
        session.close()


def fetched(session, url, *, seconds=1.0, max_bytes=10_000):
    request = requests.Request("GET", url)
    return fetch(session, request, seconds=seconds, max_bytes=max_bytes, monotonic=time.monotonic)


def test_it_does_not_follow_even_when_asked_to():
    with raw_server(answers(200, b"elsewhere")) as elsewhere:
        there = answers(302, Location=elsewhere.url)
        with raw_server(there) as server, session_with() as session:
            answer = session.get(server.url, allow_redirects=True)

            assert (answer.status_code, elsewhere.connections) == (302, 0)


def test_it_times_out_even_when_nobody_said_when():
    with (
        raw_server(never_answers()) as server,
        session_with(read_seconds=0.1) as session,
        pytest.raises(requests.ReadTimeout),
    ):
        session.get(server.url)


def test_it_does_not_repeat():
    with raw_server(resets_after_request()) as server, session_with() as session:
        with pytest.raises(requests.ConnectionError):
            session.get(server.url)

        assert server.connections == 1


def test_requests_would_repeat_if_it_were_let():
    """The control: one word to the adapter of requests, and a write arrives twice."""
    with raw_server(hangs_up()) as server, requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=Retry(1, allowed_methods=None)))
        with pytest.raises(requests.ConnectionError):
            session.post(server.url)

        assert server.requests == ["POST /api/v1", "POST /api/v1"]


def test_it_takes_no_cookie_proxy_or_netrc_from_around_it(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password s3cret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    with raw_server(answers(200, Set_Cookie="a=b")) as server, session_with() as session:
        session.get(server.url)
        session.get(server.url)

        assert [arrival.header("Cookie") for arrival in server.arrivals] == [None, None]
        assert [arrival.header("Authorization") for arrival in server.arrivals] == [None, None]


def test_a_drip_outlives_a_read_time_out_and_not_a_total():
    """The control: with no bounds in force, a byte now and then keeps a call alive."""
    drip = drips(b"x" * 25, every=0.02, first=b"HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n")

    with raw_server(drip) as server, session_with(read_seconds=0.2, keep_alive=False) as session:
        began = time.monotonic()
        session.get(server.url)
        assert time.monotonic() - began > 0.4

        with pytest.raises(NoAnswerError) as nothing:
            fetched(session, server.url, seconds=0.2)

    assert nothing.value.fault is Fault.TIMED_OUT


def test_the_time_of_a_call_ends_with_it():
    with raw_server(answers(200, b"good")) as server, session_with() as session:
        fetched(session, server.url, seconds=0.05)
        time.sleep(0.06)

        assert fetched(session, server.url).body == b"good"


def test_a_failure_holds_no_request_that_holds_the_key():
    with (
        raw_server(resets_after_request()) as server,
        session_with() as session,
        pytest.raises(NoAnswerError) as nothing,
    ):
        fetched(session, server.url)

    assert nothing.value.__context__ is None
    assert nothing.value.__cause__ is None


def test_an_answer_up_to_the_limit_is_taken_and_not_a_byte_more():
    with raw_server(answers(200, b"x" * 100)) as server, session_with() as session:
        assert len(fetched(session, server.url, max_bytes=100).body) == 100
        with pytest.raises(NoAnswerError) as nothing:
            fetched(session, server.url, max_bytes=99)

    assert nothing.value.fault is Fault.TOO_LARGE
