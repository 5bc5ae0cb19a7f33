"""Faults to order: every one in the table, over real sockets and in process, with and without the effect."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
import requests

from rapport_sandbox.faults import WHATS, Fault
from rapport_sandbox.options import Options
from rapport_sandbox.refusals import TITLES
from rapport_sandbox.server import SandboxServer
from rapport_sandbox.trouble import ConnectionLost, TimedOut
from tests.sandbox.stage import Stage, refusal, said

KEY = {"X-API-KEY": "sandbox"}


@pytest.fixture(scope="module")
def served() -> Iterator[SandboxServer]:
    with SandboxServer(Options(people=2_000, spontaneous=False)) as server:
        server.sandbox.patience.change(burst=None, weekly_invites=None)
        yield server


@pytest.fixture
def invite(served: SandboxServer) -> Iterator[object]:
    """Send one invitation over a socket, to somebody new each time; answers the response and the person."""
    account = served.sandbox.world.account(0)

    def send(timeout: float = 2.0) -> tuple[requests.Response, str]:
        person = next(
            one
            for one in served.sandbox.world.state.people
            if one.number not in account.relations and one.number not in account.last_invitation
        )
        body = {"account_id": account.id, "provider_id": person.provider_id}
        return requests.post(
            f"{served.api_url}/users/invite",
            json=body,
            headers=KEY,
            timeout=timeout,
            allow_redirects=False,
        ), person.provider_id

    yield send
    served.sandbox.faults.disarm()


def last_line(served: SandboxServer) -> dict:
    return next(served.sandbox.ledger.read(after=len(served.sandbox.ledger) - 1))


# ── each row of the error table ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("word", "status"), [(word, row[0]) for word, row in TITLES.items()])
def test_every_error_of_the_contract_can_be_ordered(stage: Stage, word: str, status: int) -> None:
    stage.sandbox.faults.arm(Fault("status", on="invite", type=word))
    ada = stage.stranger()

    assert refusal(stage.invite(ada)) == (status, word)
    assert stage.world.received(ada) == []
    assert stage.invite(ada).status == 201, "a fault of one call is spent"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 415, 418, 422, 429, 500, 501, 502, 503, 504])
def test_a_bare_status_can_be_ordered(stage: Stage, status: int) -> None:
    stage.sandbox.faults.arm(Fault("status", on="invite", status=status))

    assert refusal(stage.invite(stage.stranger()))[0] == status


def test_an_unknown_error_word_is_sent_as_it_is(stage: Stage) -> None:
    stage.sandbox.faults.arm(Fault("status", on="invite", status=422, type="moon_in_wrong_phase"))

    assert refusal(stage.invite(stage.stranger())) == (422, "moon_in_wrong_phase")


@pytest.mark.parametrize("said_so", ["120", "Wed, 21 Oct 2026 07:28:00 GMT", "-5", "315360000", "soon"])
def test_retry_after_is_sent_as_it_is(stage: Stage, said_so: str) -> None:
    stage.sandbox.faults.arm(Fault("status", on="invite", status=429, retry_after=said_so))

    assert stage.invite(stage.stranger()).headers["retry-after"] == said_so


# ── over real sockets ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("effect", [False, True])
@pytest.mark.parametrize("what", WHATS)
def test_each_fault_happens_with_and_without_its_effect(
    served: SandboxServer, invite: object, what: str, *, effect: bool
) -> None:
    fault = Fault(what, on="invite", effect=effect, seconds=0.3, field="invitation_id")  # type: ignore[arg-type]
    served.sandbox.faults.arm(fault)
    account = served.sandbox.world.account(0)
    before = len(account.sent)

    try:
        invite(timeout=0.2 if what == "timeout" else 10)  # type: ignore[operator]
    except requests.RequestException as error:
        met = type(error).__name__
    else:
        met = "answer"

    line = last_line(served)
    assert (line["effect"], line["fault"], line["kind"]) == (effect, what, "invite")
    assert len(account.sent) - before == int(effect)
    assert line["account"] == account.id
    assert line["person"].startswith("ACoAA")
    if effect:
        assert line["done"]["invitation_id"] in account.sent
    expected = {
        "timeout": {"ReadTimeout"},
        "reset": {"ConnectionError"},
        "truncated": {"ChunkedEncodingError"},
    }
    assert met in expected.get(what, {"answer", "ConnectionError"})


def test_a_time_out_holds_the_line_until_the_caller_gives_up(served: SandboxServer, invite: object) -> None:
    served.sandbox.faults.arm(Fault("timeout", on="invite", seconds=30))
    began = time.perf_counter()

    with pytest.raises(requests.ReadTimeout):
        invite(timeout=0.3)  # type: ignore[operator]

    assert 0.25 < time.perf_counter() - began < 15


def test_a_drip_feeds_every_single_read_but_takes_its_time(served: SandboxServer, invite: object) -> None:
    served.sandbox.faults.arm(Fault("drip", on="invite", seconds=1.2))
    began = time.perf_counter()

    response, _ = invite(timeout=0.6)  # type: ignore[operator]

    assert response.status_code == 201
    assert response.json()["object"] == "UserInvitationSent"
    assert time.perf_counter() - began > 1


def test_spoiled_answers_are_spoiled_as_ordered(served: SandboxServer, invite: object) -> None:
    def struck(what: str, **more: object) -> requests.Response:
        served.sandbox.faults.arm(Fault(what, on="invite", **more))  # type: ignore[arg-type]
        return invite()[0]  # type: ignore[operator]

    assert struck("html").headers["content-type"] == "text/html"
    assert struck("html", status=502).status_code == 502
    assert struck("empty").content == b""
    with pytest.raises(requests.JSONDecodeError):
        struck("malformed_json").json()
    with pytest.raises(requests.JSONDecodeError):
        struck("wrong_length").json()
    assert struck("wrong_content_type").headers["content-type"] == "text/plain"
    assert "invitation_id" not in struck("missing_field", field="invitation_id").json()
    redirect = struck("redirect", status=307, location="http://127.0.0.1:9/x")
    assert (redirect.status_code, redirect.headers["location"]) == (307, "http://127.0.0.1:9/x")


def test_a_reset_is_a_reset_and_not_a_polite_end(served: SandboxServer) -> None:
    served.sandbox.faults.arm(Fault("reset", on="list_accounts"))
    with socket.create_connection(("127.0.0.1", served.port)) as caller:
        caller.sendall(b"GET /api/v1/accounts HTTP/1.1\r\nhost: x\r\nx-api-key: sandbox\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            caller.recv(100)


# ── aiming ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_fault_strikes_as_often_as_it_says_after_letting_some_pass(stage: Stage) -> None:
    stage.sandbox.faults.arm(Fault("status", on="profile", status=503, skip=2, count=3))

    statuses = [stage.get("/users/me", account_id=stage.account.id).status for _ in range(2)]
    statuses += [
        stage.get(f"/users/{stage.stranger().provider_id}", account_id=stage.account.id).status for _ in range(7)
    ]

    assert statuses == [200, 200, 200, 200, 503, 503, 503, 200, 200]


def test_a_fault_can_be_aimed_at_a_path_an_account_or_a_person(stage: Stage) -> None:
    ada, bob = stage.stranger(0), stage.stranger(1)
    other = stage.world.account(1)
    faults = stage.sandbox.faults

    faults.arm(Fault("status", on="POST /api/v1/users/inv"))
    assert stage.items("/users/invite/sent") == []
    assert stage.invite(ada).status == 500

    faults.arm(Fault("status", account=other.id))
    assert stage.get("/users/me", account_id=stage.account.id).status == 200
    assert stage.get("/users/me", account_id=other.id).status == 500

    faults.arm(Fault("status", person=bob.provider_id))
    assert stage.invite(ada).status == 201
    assert stage.invite(bob).status == 500


def test_a_fault_can_be_aimed_at_messages_in_a_known_chat(stage: Stage) -> None:
    ada = stage.friend()
    chat_id = said(stage.write(ada))["chat_id"]
    stage.sandbox.faults.arm(Fault("status", on="message", person=ada.provider_id))

    assert stage.form(f"/chats/{chat_id}/messages", ("text", "hi")).status == 500


def test_chance_strikes_the_same_calls_in_every_run() -> None:
    def struck(seed: int) -> list[int]:
        stage = Stage(seed=seed)
        stage.sandbox.faults.arm(Fault("status", on="me", probability=0.3, count=None))
        return [stage.get("/users/me", account_id=stage.account.id).status for _ in range(100)]

    first = struck(11)
    assert first == struck(11)
    assert first != struck(12)
    assert 10 < first.count(500) < 50


def test_a_fault_can_be_taken_back(stage: Stage) -> None:
    number = stage.sandbox.faults.arm(Fault("status", count=None))
    assert stage.get("/accounts").status == 500

    stage.sandbox.faults.disarm(number)

    assert stage.get("/accounts").status == 200


@pytest.mark.parametrize(
    "wrong", [{"what": "explode"}, {"what": "missing_field"}, {"what": "reset", "probability": 2}, {"x": 1}]
)
def test_a_fault_that_makes_no_sense_is_refused(stage: Stage, wrong: dict[str, object]) -> None:
    assert stage.control("POST", "faults", wrong).status == 400


# ── without a socket ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("what", "trouble"), [("timeout", TimedOut), ("reset", ConnectionLost), ("truncated", ConnectionLost)]
)
def test_in_process_trouble_is_raised(stage: Stage, what: str, trouble: type[Exception]) -> None:
    stage.sandbox.faults.arm(Fault(what, on="invite", effect=True))  # type: ignore[arg-type]
    ada = stage.stranger()

    with pytest.raises(trouble):
        stage.invite(ada)

    assert stage.world.received(ada) == ["invite"]


def test_in_process_a_long_drip_times_out_and_a_short_one_comes_whole(stage: Stage) -> None:
    stage.sandbox.faults.arm(Fault("drip", on="me", seconds=31))
    with pytest.raises(TimedOut):
        stage.get("/users/me", account_id=stage.account.id)

    stage.sandbox.faults.arm(Fault("drip", on="me", seconds=5))
    assert said(stage.get("/users/me", account_id=stage.account.id))["object"] == "AccountOwnerProfile"
