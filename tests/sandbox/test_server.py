"""The server on its port: HTTP/1.1 as strict as it must be, and everything that is mounted."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from rapport_sandbox.options import Options
from rapport_sandbox.sandbox import Sandbox
from rapport_sandbox.server import SandboxServer
from rapport_sandbox.wire import Answer, Request

KEY = {"X-API-KEY": "sandbox"}


@pytest.fixture(scope="module")
def served() -> Iterator[SandboxServer]:
    with SandboxServer(Options(people=100, spontaneous=False)) as server:
        yield server


def talk(served: SandboxServer, sent: bytes) -> bytes:
    """What comes back on one connection until the server closes it."""
    received = b""
    with socket.create_connection(("127.0.0.1", served.port), timeout=3) as caller:
        caller.sendall(sent)
        while data := caller.recv(65_536):
            received += data
    return received


GET = b"GET /api/v1/accounts HTTP/1.1\r\nhost: x\r\nx-api-key: sandbox\r\n\r\n"
LAST_GET = GET.replace(b"host: x", b"host: x\r\nconnection: close")


def test_a_connection_serves_many_requests(served: SandboxServer) -> None:
    with requests.Session() as session:
        for _ in range(5):
            assert session.get(f"{served.api_url}/accounts", headers=KEY, timeout=3).status_code == 200


def test_pipelined_requests_are_answered_in_order(served: SandboxServer) -> None:
    missing = GET.replace(b"/accounts", b"/nowhere")

    received = talk(served, GET + missing + LAST_GET)

    assert re.findall(rb"HTTP/1\.1 (\d{3}) ", received) == [b"200", b"404", b"200"]


def test_a_request_may_arrive_byte_by_byte(served: SandboxServer) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=3) as caller:
        for byte in GET:
            caller.sendall(bytes([byte]))
        assert caller.recv(65_536).startswith(b"HTTP/1.1 200")


def test_a_chunked_body_is_understood(served: SandboxServer) -> None:
    account = served.sandbox.world.account(0).id
    body = b'{"api":"classic","category":"people"}'
    chunks = b"".join(b"%x;note=1\r\n%s\r\n" % (len(part), part) for part in (body[:10], body[10:]))
    head = (
        f"POST /api/v1/linkedin/search?account_id={account} HTTP/1.1\r\nhost: x\r\nx-api-key: sandbox\r\n"
        "content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    )

    received = talk(served, head.encode() + chunks + b"0\r\ntrailer: x\r\n\r\n")

    assert received.startswith(b"HTTP/1.1 200")


def test_expect_continue_is_answered_before_the_body(served: SandboxServer) -> None:
    head = (
        b"POST /api/v1/users/invite HTTP/1.1\r\nhost: x\r\nx-api-key: sandbox\r\nexpect: 100-continue\r\n"
        b"content-type: application/json\r\ncontent-length: 2\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port), timeout=3) as caller:
        caller.sendall(head)
        assert caller.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        caller.sendall(b"{}")
        assert caller.recv(65_536).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nhost: x\r\n\r\n", 505),
        (b"GET http://elsewhere/ HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\nbad header: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\nfolded: a\r\n b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nhost: x\r\nlong: " + b"x" * 40_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_two_parsers_might_read_differently_is_refused(served: SandboxServer, sent: bytes, status: int) -> None:
    assert talk(served, sent).startswith(f"HTTP/1.1 {status} ".encode())


def test_http_1_0_is_closed_after_its_answer(served: SandboxServer) -> None:
    received = talk(served, GET.replace(b"HTTP/1.1", b"HTTP/1.0"))

    assert received.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in received


def test_without_the_right_key_nothing_is_told(served: SandboxServer) -> None:
    for headers in ({}, {"X-API-KEY": "wrong"}):
        answer = requests.get(f"{served.api_url}/accounts", headers=headers, timeout=3)
        assert answer.status_code == 401
        assert answer.json()["type"] == "errors/missing_credentials"


def test_an_unknown_path_and_a_wrong_method_say_so(served: SandboxServer) -> None:
    missing = requests.get(f"{served.api_url}/horoscope", headers=KEY, timeout=3)
    wrong = requests.put(f"{served.api_url}/users/invite", headers=KEY, timeout=3)

    assert (missing.status_code, missing.json()["type"]) == (404, "errors/resource_not_found")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")
    assert requests.get(f"{served.url}/nothing", timeout=3).status_code == 404


def test_the_controls_hear_only_callers_who_use_a_local_name(served: SandboxServer) -> None:
    def asked(host: str) -> int:
        return requests.get(f"{served.url}/sandbox", headers={"Host": host}, timeout=3).status_code

    assert [asked(host) for host in ("127.0.0.1:5000", "localhost", "[::1]:5000")] == [200, 200, 200]
    rebound = ("evil.example.com", "127.0.0.1.example.com", "example.com:127", "user@192.0.2.1", "[::1")
    assert [asked(host) for host in rebound] == [403] * 5


def test_many_callers_at_once_are_all_answered_and_all_in_the_ledger(served: SandboxServer) -> None:
    before = len(served.sandbox.ledger)
    statuses: list[int] = []

    def call() -> None:
        with requests.Session() as session:
            for _ in range(20):
                answer = session.get(f"{served.api_url}/accounts", headers=KEY, timeout=5)
                statuses.append(answer.status_code)

    callers = [threading.Thread(target=call) for _ in range(16)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert statuses == [200] * 320
    lines = list(served.sandbox.ledger.read(after=before))
    assert [line["n"] for line in lines] == list(range(before + 1, before + 321))


@dataclass
class Echo:
    """A service that answers with the path it saw and has one switch."""

    name: str = "echo"
    due: float | None = None
    posted: list[int | None] = field(default_factory=list)

    def handle(self, request: Request, now: float) -> Answer:
        if request.path == "/silence":
            return Answer(200, hang="after")
        if request.path == "/later":
            self.due = now + 60
        return Answer.json(200, {"path": request.path, "now": now}, facts={"kind": "echo"}, effect=True)

    def turn(self, switch: str, arguments: dict[str, object]) -> object:
        return {switch: arguments}

    def next_due_at(self) -> float | None:
        return self.due

    def pump(self, _now: float, transport: object) -> int:
        self.due = None
        self.posted.append(transport(Letter()))  # type: ignore[operator]
        return 1


@dataclass(frozen=True)
class Letter:
    url: str = "http://127.0.0.1:9/letters"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"


def test_other_services_are_mounted_under_their_name_and_share_ledger_and_clock() -> None:
    echo = Echo()
    with SandboxServer(Options(people=10), apps=[echo], deliver=lambda *_: 202) as served:
        answer = requests.get(f"{served.url}/echo/a/b", timeout=3).json()
        assert answer == {"path": "/a/b", "now": served.sandbox.now()}
        [line] = served.sandbox.ledger.read(service="echo")
        assert (line["path"], line["kind"], line["effect"]) == ("/a/b", "echo", True)

        turned = {"service": "echo", "switch": "fail_next", "arguments": {"n": 1}}
        assert requests.post(f"{served.url}/sandbox/fakes", json=turned, timeout=3).status_code == 200

        requests.get(f"{served.url}/echo/later", timeout=3)
        served.sandbox.advance(61)
        assert echo.posted == [202], "what it posts goes out when the clock is there"

        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{served.url}/echo/silence", timeout=0.3)


def test_apps_may_be_made_from_the_servers_address() -> None:
    seen: list[str] = []

    def apps(url: str) -> list[Echo]:
        seen.append(url)
        return [Echo()]

    with SandboxServer(Options(people=10), apps=apps) as served:
        assert seen == [served.url]


@contextmanager
def start(*words: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, which is gone at the end whatever it does."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-m", "rapport_sandbox", "--people", "50", *words],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ready(process: subprocess.Popen[str]) -> str:
    """The address in the line the command prints when it can be called."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("sandbox at http://127.0.0.1:")
    return line.split()[2]


def test_the_command_prints_its_address_and_stops_when_told(tmp_path: Path) -> None:
    with start("--home", str(tmp_path), "--speed", "60") as process:
        url = ready(process)
        listed = requests.get(f"{url}/api/v1/accounts", headers=KEY, timeout=5).json()["items"]
        health = requests.get(f"{url}/sandbox/health", timeout=5).json()
        assert requests.get(f"{url}/sandbox/clock", timeout=5).json()["mode"] == "running"
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert health["status"] == "ok"
    assert health["accounts"] == {one["id"]: "OK" for one in listed}
    assert len(listed) == 3
    assert (tmp_path / "ledger.jsonl").read_bytes().count(b"\n") == 1


def test_an_attached_command_ends_with_its_parent() -> None:
    with start("--attached") as process:
        ready(process)
        assert process.poll() is None
        process.stdin.close()  # type: ignore[union-attr]
        assert process.wait(timeout=10) == 0


def test_a_taken_port_and_a_home_that_is_a_file_are_told_in_one_line(served: SandboxServer, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for words, named in (
        (["--port", str(served.port)], f"127.0.0.1:{served.port}"),
        (["--home", str(file)], str(file)),
    ):
        with start(*words) as process:
            printed, complaint = process.communicate(timeout=10)
        assert (process.returncode, printed) == (2, "")
        [line] = complaint.splitlines()
        assert line.startswith(f"rapport_sandbox: {named}: ")


def test_the_accounts_of_a_seed_are_always_the_same() -> None:
    def ids(**options: object) -> list[str]:
        return list(Sandbox(Options(**options)).world.state.accounts)  # type: ignore[arg-type]

    assert ids(seed=1, people=50, accounts=2) == ids(seed=1, people=900, accounts=3)[:2]
    assert ids(seed=1) != ids(seed=2)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_a_server_is_for_this_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        SandboxServer(Options(host=host))


@pytest.mark.parametrize("host", ["127.0.0.2", "::1"])
def test_a_server_may_be_at_any_loopback_address(host: str) -> None:
    with SandboxServer(Options(people=10, host=host)) as served:
        assert requests.get(f"{served.url}/sandbox/health", timeout=3).json()["status"] == "ok"
