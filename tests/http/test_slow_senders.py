"""Senders who stop in the middle, over real sockets: they wait, and nobody waits for them."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
import urllib.request
from collections.abc import Iterator

import pytest

from rapport.rules.permissions import Role
from tests.databases import fresh_database
from tests.http.server import Server, served
from tests.stage import PASSWORD, Stage

END = b"Host: x\r\nConnection: close\r\n\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
HALF = {
    "nothing": b"",
    "half a line": b"GET /api/v1/cl",
    "half a head": LIVE,
    "half a body": LOGIN + b"Content-Length: 60\r\n\r\n" + b'{"email":',
    "half a chunk": LOGIN + b"Transfer-Encoding: chunked\r\n\r\n20\r\n" + b'{"email":',
    "a body that was promised": LOGIN + b"Expect: 100-continue\r\nContent-Length: 60\r\n\r\n",
}
MANY = 200
SHORT = 0.6
ANSWERED_LATE = 0.5
"""Seconds. A thread held by somebody else would make it a multiple of that."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with fresh_database("sqlite", tmp_path_factory.mktemp("served")) as database:
        Stage(database).close()
        with served(database) as running:
            yield running


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A service that soon loses its patience, and takes uploads of more than 2,000 bytes apart; somebody who may."""
    with fresh_database("sqlite", tmp_path_factory.mktemp("hasty")) as database:
        stage = Stage(database)
        email, client = stage.user("Root", Role.ADMIN).email, stage.acme.id
        stage.close()
        limits = {name: str(SHORT) for name in ("HEAD_SECONDS", "BODY_SECONDS", "UPLOAD_SECONDS")}
        with served(database, MAX_BODY_BYTES="2000", **limits) as running:
            asked = urllib.request.Request(
                f"{running.address}/api/v1/auth/login",
                data=json.dumps({"email": email, "password": PASSWORD}).encode(),
                headers={"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(asked, timeout=15) as answer:
                token = json.load(answer)["access_token"]
            upload = (
                f"POST /api/v1/leads/imports?client_id={client} HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
                f"Authorization: Bearer {token}\r\n"
            )
            yield running, upload.encode()


@contextlib.contextmanager
def stopped(server: Server, sent: bytes, count: int = MANY) -> Iterator[list[socket.socket]]:
    """So many connections that sent this and then nothing more."""
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(server.socket()) for _ in range(count)]
        for wire in wires:
            wire.sendall(sent)
        yield wires


def times_of(server: Server, count: int = 40) -> list[float]:
    """How long others wait, each on a connection of its own, in order of length."""
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        assert server.say(LIVE + b"Connection: close\r\n\r\n").endswith(b'{"status":"live"}')
        taken.append(time.perf_counter() - began)
    return sorted(taken)


def heard(wire: socket.socket) -> tuple[int, dict[str, object] | None]:
    """The status and body of the only answer."""
    wire.settimeout(15)
    answer = http.client.HTTPResponse(wire)
    answer.begin()
    body = answer.read()
    return answer.status, json.loads(body) if body else None


@pytest.mark.parametrize("sent", HALF.values(), ids=HALF)
def test_two_hundred_who_stopped_in_the_middle_keep_nobody_waiting(server, sent):
    alone = times_of(server)
    with stopped(server, sent):
        beside = times_of(server)
    assert beside[-3] < max(2 * alone[-3], ANSWERED_LATE), (alone, beside)  # the 95th of a hundred


@pytest.mark.parametrize("kind", [name for name in HALF if name != "nothing"])
def test_who_does_not_finish_is_told_so_in_the_one_shape(hasty, kind):
    server, _ = hasty
    with stopped(server, HALF[kind], 1) as (wire,):
        if kind == "a body that was promised":
            assert wire.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        status, body = heard(wire)
        assert (status, body["code"]) == (408, "REQUEST_TIMEOUT")
        assert set(body) == {"code", "message", "details"}
        assert wire.recv(1) == b""


def test_a_drip_of_bytes_buys_no_time(hasty):
    server, _ = hasty
    began = time.monotonic()
    with stopped(server, LIVE, 1) as (wire,):
        wire.settimeout(0.05)
        answer = b""
        while not answer and time.monotonic() < began + 15:
            with contextlib.suppress(TimeoutError):
                wire.sendall(b"X-Drip: 1\r\n")
                answer = wire.recv(1000)
        assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began > SHORT


def test_who_never_began_is_parted_from_without_a_word(hasty):
    server, _ = hasty
    with stopped(server, b"", 1) as (wire,):
        assert wire.recv(1) == b""


def test_what_comes_in_pieces_is_answered_when_the_last_is_there(server):
    body = json.dumps({"email": "nobody@x.example", "password": "not the right one"}).encode()
    whole = LOGIN + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with server.socket() as wire:
        for begin in range(0, len(whole), 40):
            wire.sendall(whole[begin : begin + 40])
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        status, told = heard(wire)
    assert (status, told["code"]) == (401, "CREDENTIALS_INVALID")


def test_requests_sent_in_one_go_are_answered_in_order_and_half_a_one_waits(server):
    with server.socket() as wire:
        wire.sendall(LIVE + b"\r\n" + LIVE + b"\r\n" + LIVE)
        answers = b""
        while answers.count(b'{"status":"live"}') < 2:
            answers += wire.recv(65536)
        assert times_of(server, 4)[-1] < ANSWERED_LATE
        wire.sendall(b"Connection: close\r\n\r\n")
        while more := wire.recv(65536):
            answers += more
    assert answers.count(b"HTTP/1.1 200 OK") == answers.count(b'{"status":"live"}') == 3


def test_who_asks_whether_to_go_on_is_told_once(server):
    body = b'{"email":"nobody@x.example","password":"not the right one"}'
    with server.socket() as wire:
        wire.sendall(LOGIN + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert wire.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(body)
        answer = b""
        while more := wire.recv(65536):
            answer += more
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_refused_caller_who_does_not_hang_up_keeps_nobody_waiting(server):
    with stopped(server, b"NONSENSE\r\n\r\n", 40):
        assert times_of(server, 10)[-1] < ANSWERED_LATE


def test_uploads_that_stop_hold_only_half_of_the_threads_and_not_for_long(hasty):
    server, upload = hasty
    sent = upload + b"Connection: close\r\nContent-Length: 100000\r\n\r\n" + b"First name\r\nAda\r\n"
    with stopped(server, sent, 6) as wires:
        assert times_of(server, 20)[-1] < ANSWERED_LATE
        assert [heard(wire)[0] for wire in wires[:2]] == [400, 400]
    rows = b"First name,LinkedIn\r\n" + b"Ada,https://www.linkedin.com/in/ada\r\n" * 100
    whole = server.say(upload + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(rows) + rows)
    assert whole.startswith(b"HTTP/1.1 201 ")


def test_beyond_a_number_the_one_that_waits_longest_goes(server):
    with stopped(server, LIVE, 1) as (first,):
        assert times_of(server, 4)  # so that the first one's words have been heard before the others come
        with stopped(server, LIVE, 510) as others:
            status, body = heard(first)
            assert (status, body["code"]) == (408, "REQUEST_TIMEOUT")
            others[-1].sendall(b"Connection: close\r\n\r\n")
            assert heard(others[-1]) == (200, {"status": "live"})


def test_a_service_that_is_told_to_stop_does_not_wait_for_the_rest(tmp_path):
    with fresh_database("sqlite", tmp_path) as database, served(database) as server, stopped(server, LIVE, 5):
        assert times_of(server, 1)
        assert server.stop() < 9
