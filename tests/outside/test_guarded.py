"""Webhooks to where strangers say: what resolves into our own network gets no connection, whatever its name."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime
from ipaddress import ip_network
from time import monotonic

import pytest

from rapport.kernel import signatures
from rapport.outside.guarded import guarded_session
from rapport.outside.posting import Poster
from rapport.outside.webhooks import Webhooks
from rapport.ports.carriers import Carried, Failed, Letter, Refused
from tests.rules.test_addresses import OURS, REFUSED

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Canary:
    """A listener on every address of this machine, which counts who comes and answers them well."""

    def __init__(self):
        self._socket = socket.create_server(("", 0))
        self.port = self._socket.getsockname()[1]
        self.accepted = 0
        self.heads = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                heard, _ = self._socket.accept()
            except OSError:
                return
            self.accepted += 1
            with heard:
                heard.settimeout(2)
                self.heads.append(heard.recv(65536))
                heard.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")

    def close(self):
        self._socket.close()


@pytest.fixture
def canary():
    made = Canary()
    yield made
    made.close()


def carry(url, *, resolve=None, allowed=(), insecure=True):
    asked = {"resolve": resolve} if resolve is not None else {}
    session = guarded_session(connect_seconds=0.5, read_seconds=0.5, allowed=allowed, **asked)
    carrier = Webhooks(Poster(session, 1.0, monotonic), insecure=insecure)
    try:
        return carrier.carry(Letter("del_1", url, {}, b"{}", {"secret": signatures.new_secret()}), now=NOW)
    finally:
        carrier.close()


def test_no_address_of_our_own_is_called_however_it_is_written_or_named(canary):
    addresses = [each for each in OURS if each and " " not in each and each != "localhost"]
    written = [f"http://{f'[{each}]' if ':' in each else each}:{canary.port}/" for each in addresses]
    written += [f"http://{host}:{canary.port}/" for host in ("localhost", "LOCALHOST", "localhost.", "2130706433")]
    written += [each.replace("https://", "http://", 1) for each in REFUSED if each.startswith("https://")]
    named = [(f"http://hooks.example:{canary.port}/", lambda _h, _p, each=each: [each]) for each in addresses]
    mixed = [(f"http://hooks.example:{canary.port}/", lambda _h, _p: ["93.184.215.14", "127.0.0.1"])]

    outcomes = [carry(url) for url in written] + [carry(url, resolve=resolve) for url, resolve in named + mixed]

    assert len(outcomes) >= 80
    assert all(isinstance(each, Refused | Failed) for each in outcomes)
    assert canary.accepted == 0


def test_the_address_that_was_checked_is_the_one_that_is_called(canary):
    """A resolver that answers well at first and ill afterwards: the second answer is never asked for."""
    answers = iter([["127.0.0.2"], ["127.0.0.1"]])
    resolve = lambda _host, _port: next(answers)  # noqa: E731

    outcome = carry(f"http://hooks.example:{canary.port}/", resolve=resolve, allowed=[ip_network("127.0.0.2/32")])

    assert isinstance(outcome, Failed)
    assert outcome.status == 302, "a redirect is no success, and is not followed"
    assert canary.accepted == 1
    assert f"Host: hooks.example:{canary.port}".encode() in canary.heads[0]
    assert next(answers) == ["127.0.0.1"], "asked once"


def test_a_network_that_was_allowed_is_called_and_that_is_seen(canary):
    """The control: without the guard these would have been called."""
    outcome = carry(f"http://127.0.0.1:{canary.port}/", allowed=[ip_network("127.0.0.0/8")])

    assert not isinstance(outcome, Carried)
    assert canary.accepted == 1
