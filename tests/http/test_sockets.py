"""Bytes on a real socket of the real server: what is no request, what ends early, what is killed in between."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter

import pytest
from sqlalchemy import select

from rapport.events.models import Event
from rapport.people.models import Client
from rapport.rules.permissions import Role
from tests.databases import fresh_database
from tests.http.server import Server, served
from tests.stage import PASSWORD, Stage

END = b"Host: x\r\nConnection: close\r\n\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nContent-Type: application/json\r\n"
UNREADABLE = {
    "no request line": (b"NONSENSE\r\n\r\n", 400),
    "a version nobody knows": (b"GET / HTTP/9.9\r\n" + END, 400),
    "bytes in the path": (b"GET /api/v1/\xff\xfe HTTP/1.1\r\n" + END, 400),
    "NUL in the path": (b"GET /api/v1/\x00 HTTP/1.1\r\n" + END, 400),
    "a line without end": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + END, 414),
    "a header too large": (b"GET /health/live HTTP/1.1\r\nX-A: " + b"a" * 9000 + b"\r\n" + END, 431),
    "a hundred headers": (
        b"GET /health/live HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % each for each in range(100)) + END,
        431,
    ),
    "a header name with a blank": (b"GET /health/live HTTP/1.1\r\nBad Header: 1\r\n" + END, 400),
    "a negative length": (LOGIN + b"Content-Length: -5\r\n" + END, 400),
    "two ways to measure the body": (LOGIN + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + END, 400),
    "an expectation nobody meets": (LOGIN + b"Expect: 200-maybe\r\nContent-Length: 2\r\n" + END + b"{}", 417),
}
UNREAD = {
    "a body that ends early": (LOGIN + b"Content-Length: 500\r\n" + END + b'{"email":', 400, "MALFORMED_JSON"),
    "a chunk of no size": (LOGIN + b"Transfer-Encoding: chunked\r\n" + END + b"ZZ\r\n", 400, "BAD_REQUEST"),
    "a chunk that ends early": (LOGIN + b"Transfer-Encoding: chunked\r\n" + END + b"ff\r\nabc", 400, "BAD_REQUEST"),
    "a length beyond all limits": (LOGIN + b"Content-Length: 99999999999\r\n" + END, 413, "BODY_TOO_LARGE"),
    "chunks beyond all limits": (
        LOGIN + b"Transfer-Encoding: chunked\r\n" + END + (b"90000\r\n" + b"x" * 0x90000 + b"\r\n") * 2 + b"0\r\n\r\n",
        413,
        "BODY_TOO_LARGE",
    ),
    "a credential of raw bytes": (
        b"GET /api/v1/clients HTTP/1.1\r\nAuthorization: Bearer \xff\xfe\r\n" + END,
        401,
        "UNAUTHENTICATED",
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with fresh_database("sqlite", tmp_path_factory.mktemp("served")) as database, served(database) as running:
        yield running


def answer_of(heard: bytes) -> tuple[int, dict[str, str], dict[str, object]]:
    head, _, body = heard.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, json.loads(body)


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_request_is_refused_in_the_one_shape(server, sent):
    status, headers, body = answer_of(server.say(sent[0]))
    assert (status, body["code"]) == (sent[1], "BAD_REQUEST")
    assert set(body) == {"code", "message", "details"}
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("sent", UNREAD.values(), ids=UNREAD.keys())
def test_a_request_that_cannot_be_read_to_its_end_is_the_callers_mistake(server, sent):
    status, headers, body = answer_of(server.say(sent[0], end=True))
    assert (status, body["code"]) == sent[1:]
    assert headers["X-Request-Id"]


def test_a_body_nobody_reads_is_not_taken_for_the_next_request(server):
    smuggled = b"GET /api/v1/clients HTTP/1.1\r\nHost: x\r\n\r\n"
    first = b"POST /api/v1/auth/logout HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(smuggled)
    heard = server.say(first + smuggled + b"GET /health/live HTTP/1.1\r\n" + END)
    assert heard.count(b"HTTP/1.1 ") == 2
    assert heard.endswith(b'{"status":"live"}')


def post(server: Server, token: str, key: str, name: str) -> tuple[int, bytes]:
    """Status and bytes; 0 when the connection broke."""
    request = urllib.request.Request(
        f"{server.address}/api/v1/clients",
        data=json.dumps({"name": name, "timezone": "UTC"}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key},
    )
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()
    except (OSError, http.client.HTTPException):  # cut off before the answer, or in the middle of it
        return 0, b""


def sign_in(server: Server, email: str) -> str:
    body = json.dumps({"email": email, "password": PASSWORD}).encode()
    request = urllib.request.Request(
        f"{server.address}/api/v1/auth/login", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=15) as answer:
        return str(json.load(answer)["access_token"])


def test_a_kill_leaves_no_half_state_and_the_key_finishes_the_work(database):
    """Four threads make clients while the server is killed, three times; then every key is sent once more."""
    seed = random.randrange(10**6)
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)
    stage = Stage(database)
    email = stage.user("Root", Role.ADMIN).email
    stage.close()
    token = ""
    numbers = itertools.count()
    first: dict[str, bytes] = {}
    open_keys: list[str] = []
    broken = 0
    for _ in range(3):
        with served(database) as server:
            token = token or sign_in(server, email)
            stop = threading.Event()

            def work(server: Server = server, token: str = token, stop: threading.Event = stop) -> None:
                nonlocal broken
                while not stop.is_set():
                    key = f"key-{next(numbers)}"
                    status, body = post(server, token, key, f"Client {key}")
                    if status == 201:
                        first[key] = body
                    else:
                        broken += 1
                        open_keys.append(key)
                        return

            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            stop.wait(chance.uniform(0.1, 0.4))
            server.kill()
            stop.set()
            for thread in threads:
                thread.join(30)
    assert broken >= 3, "no kill met a request"
    with served(database) as server:
        answers = {key: post(server, token, key, f"Client {key}") for key in [*first, *open_keys]}
    assert {status for status, _ in answers.values()} == {201}
    assert {key: answers[key][1] for key in first} == first, "what was answered is answered alike"
    after = Stage(database)
    with after.reading() as reading:
        rows = reading.session.execute(select(Client.id, Client.name)).all()
        told = Counter(reading.session.execute(select(Event.client_id).where(Event.type == "client.created")).scalars())
    after.close()
    assert Counter(row.name for row in rows) == Counter({f"Client {key}": 1 for key in answers})
    assert told == Counter({row.id: 1 for row in rows})
