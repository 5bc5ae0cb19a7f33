"""The ledger on disk, and the controls other processes use."""

from __future__ import annotations

import shlex
from pathlib import Path

import orjson
import pytest
import requests

from rapport_sandbox.adapter import SandboxAdapter
from rapport_sandbox.faults import Fault
from rapport_sandbox.hooks.post import is_loopback, post
from rapport_sandbox.ledger import Ledger
from rapport_sandbox.options import Options, parse_options
from rapport_sandbox.server import SandboxServer
from rapport_sandbox.wire import Request
from tests.sandbox.stage import Stage, said

HOUR = 3_600.0


# ── the ledger ───────────────────────────────────────────────────────────────────────────────────────


def test_every_call_is_one_line_with_what_a_judge_needs(stage: Stage) -> None:
    ada = stage.friend()
    said(stage.write(ada, "Grüße, nonce 4711"))

    [line] = stage.sandbox.ledger.read()

    assert {key: line[key] for key in ("n", "service", "at", "method", "path", "kind", "effect", "status")} == {
        "n": 1,
        "service": "unipile",
        "at": "2026-01-05T08:00:00.000Z",
        "method": "POST",
        "path": "/api/v1/chats",
        "kind": "message",
        "effect": True,
        "status": 201,
    }
    assert (line["account"], line["person"]) == (stage.account.id, ada.provider_id)
    assert line["body"]["text"] == "Grüße, nonce 4711"
    assert line["bytes"] > 100
    assert orjson.loads(str(line["answer"]))["object"] == "ChatStarted"


def test_a_refused_call_is_a_line_without_effect(stage: Stage) -> None:
    stage.write(stage.stranger())

    [line] = stage.sandbox.ledger.read()

    assert (line["effect"], line["status"], line["error"]) == (False, 422, "no_connection_with_recipient")


def test_the_line_is_on_disk_before_the_answer_leaves(tmp_path: Path) -> None:
    with Stage(home=tmp_path).sandbox as sandbox:
        for number in range(1, 4):
            sandbox.call(Request("GET", "/api/v1/accounts", (), {"x-api-key": "sandbox", "x-request-id": "r"}))
            lines = (tmp_path / "ledger.jsonl").read_bytes().splitlines()
            assert len(lines) == number
            assert orjson.loads(lines[-1])["request_id"] == "r"


def test_a_ledger_goes_on_where_it_ended_and_drops_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    first = Ledger(path)
    first.write("unipile", {"kind": "invite"})
    first.close()
    with path.open("ab") as file:
        file.write(b'{"n": 2, "service": "uni')

    again = Ledger(path)
    assert again.write("unipile", {"kind": "message"}) == 2
    assert [line["kind"] for line in again.read()] == ["invite", "message"]
    assert [line["n"] for line in again.read(after=1)] == [2]
    again.close()


def test_a_sandbox_begun_again_gives_no_id_twice_and_never_goes_back_in_time(tmp_path: Path) -> None:
    def life(**more: object) -> tuple[str, list[str], float]:
        stage = Stage(home=tmp_path, **more)
        with stage.sandbox as sandbox:
            began = sandbox.now()
            said(stage.invite(stage.stranger()))
            said(stage.write(stage.friend()))
            [message] = stage.items("/messages")
            [invitation] = stage.items("/users/invite/sent")
            stage.advance(HOUR)
            stage.get("/accounts")
            return stage.account.id, [message["id"], message["chat_id"], invitation["id"]], began

    first_account, first_ids, began = life()
    second_account, second_ids, began_again = life()

    assert first_account == second_account
    assert not set(first_ids) & set(second_ids)
    assert began_again == began + HOUR
    assert life(start=began)[2] == began, "who says when is obeyed"


@pytest.mark.parametrize("on_disk", [True, False])
def test_the_ledger_is_read_by_service_kind_and_number(tmp_path: Path, *, on_disk: bool) -> None:
    ledger = Ledger(tmp_path / "l.jsonl" if on_disk else None)
    for number in range(1, 11):
        ledger.write("unipile" if number % 2 else "resend", {"kind": "invite" if number < 6 else "message"})

    assert [line["n"] for line in ledger.read(service="unipile", after=3)] == [5, 7, 9]
    assert [line["n"] for line in ledger.read(kind="message", limit=2)] == [6, 7]
    assert list(ledger.read(after=10)) == []
    ledger.close()


# ── the controls ─────────────────────────────────────────────────────────────────────────────────────


def test_a_whole_story_can_be_told_over_http(stage: Stage) -> None:
    ada = said(stage.control("POST", "people", {"first_name": "Ada", "last_name": "Lovelace"}))
    stage.listen()
    for act in (
        {"act": "accepts", "person": ada["provider_id"], "in": HOUR},
        {"act": "replies", "person": ada["provider_id"], "at": "2026-01-05T12:00:00Z", "text": "Thanks"},
        {"act": "owner_writes", "person": ada["provider_id"], "in": 5 * HOUR, "text": "Call me"},
    ):
        said(stage.control("POST", "acts", act))
    stage.invite(stage.world.person(ada["provider_id"]))

    clock = said(stage.control("POST", "clock", {"advance": 6 * HOUR}))

    assert clock["now"] == "2026-01-05T14:00:00.000Z"
    assert [body["message"] for body in stage.listener.bodies] == ["Thanks", "Call me"]
    received = said(stage.control("GET", "received", person=ada["provider_id"]))["items"]
    assert [one["kind"] for one in received] == ["invite"]


@pytest.mark.parametrize("act", ["disconnects", "restricts"])
def test_troubles_of_accounts_can_be_told_over_http(stage: Stage, act: str) -> None:
    said(stage.control("POST", "acts", {"act": act, "account": stage.account.id, "word": "checkpoint_error"}))
    assert not stage.account.is_ok

    said(stage.control("POST", "acts", {"act": "reconnects", "account": stage.account.id}))
    assert stage.account.is_ok


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"act": "dances", "person": 1},
        {"act": "accepts"},
        {"act": "accepts", "person": "nobody"},
        {"act": "replies", "person": "nobody", "at": "yesterday", "text": "x"},
        {"act": "reconnects", "account": "none"},
    ],
)
def test_an_act_that_makes_no_sense_is_refused(stage: Stage, wrong: dict[str, object]) -> None:
    assert stage.control("POST", "acts", wrong).status == 400


def test_the_clock_can_be_read_and_moved(stage: Stage) -> None:
    assert said(stage.control("GET", "clock"))["mode"] == "stepwise"

    moved = said(stage.control("POST", "clock", {"to": "2026-01-09T10:00:00Z"}))

    assert moved["now"] == "2026-01-09T10:00:00.000Z"
    for wrong in ({}, {"advance": -1}, {"to": "later"}, {"speed": 2}, {"speed": 0}):
        assert stage.control("POST", "clock", wrong).status == 400


def test_switches_and_patience_can_be_read_and_set(stage: Stage) -> None:
    assert said(stage.control("POST", "switches", {"list_lag": 7, "participants": True}))["list_lag"] == 7
    assert said(stage.control("GET", "switches"))["participants"] is True
    assert said(stage.control("POST", "patience", {"weekly_invites": None}))["weekly_invites"] is None
    assert said(stage.control("GET", "patience"))["burst"] == 12
    for wrong in ({"nonsense": 1}, {"list_lag": "long"}, {"list_lag": -1}, {"participants": 1}):
        assert stage.control("POST", "switches", wrong).status == 400
    for wrong in ({"nonsense": 1}, {"burst": "few"}, {"burst": -1}):
        assert stage.control("POST", "patience", wrong).status == 400


def test_faults_can_be_armed_listed_and_disarmed(stage: Stage) -> None:
    armed = said(stage.control("POST", "faults", {"what": "status", "on": "invite", "status": 503}))

    [listed] = said(stage.control("GET", "faults"))["items"]
    assert (listed["id"], listed["what"], listed["left"]) == (armed["id"], "status", 1)
    assert said(stage.control("DELETE", "faults", id=armed["id"]))["items"] == []


def test_the_overview_counts(stage: Stage) -> None:
    stage.invite(stage.stranger())

    overview = said(stage.control("GET", ""))

    assert overview["accounts"][0]["pending"] == 1
    assert overview["ledger"] == 1
    assert said(stage.control("GET", "people", limit=3))["items"][0]["number"] == 0
    assert said(stage.control("GET", "ledger", kind="invite"))["last"] == 1
    assert stage.control("GET", "nonsense").status == 404


def test_a_switch_of_something_without_switches_is_refused(stage: Stage) -> None:
    assert stage.control("POST", "fakes", {"service": "hosted", "switch": "x"}).status == 400


# ── ways in and out ──────────────────────────────────────────────────────────────────────────────────


def test_a_requests_session_may_use_the_sandbox_without_a_port(stage: Stage) -> None:
    session = requests.Session()
    session.mount("http://sandbox.test", SandboxAdapter(stage.sandbox))
    session.headers["X-API-KEY"] = "sandbox"
    base = "http://sandbox.test/api/v1"
    body = {"account_id": stage.account.id, "provider_id": stage.stranger().provider_id}

    assert session.get(f"{base}/accounts").json()["object"] == "AccountList"
    assert session.post(f"{base}/users/invite", json=body).status_code == 201
    parts = {name: (None, value) for name, value in (("account_id", stage.account.id), ("text", "hi"))}
    parts["attendees_ids"] = (None, stage.friend().provider_id)
    assert session.post(f"{base}/chats", files=parts).status_code == 201
    stage.sandbox.faults.arm(Fault("timeout"))
    with pytest.raises(requests.ReadTimeout):
        session.get(f"{base}/accounts")
    stage.sandbox.faults.arm(Fault("reset"))
    with pytest.raises(requests.ConnectionError):
        session.get(f"{base}/accounts")


def test_webhooks_are_posted_over_real_http_to_this_machine_only() -> None:
    with SandboxServer(Options(people=10)) as target:
        answer = post(f"{target.url}/api/v1/webhooks", {"content-type": "application/json"}, b"{}")
        assert answer == 401
        [line] = target.sandbox.ledger.read()
        assert (line["method"], line["body"]) == ("POST", "{}")
    assert post("http://127.0.0.1:9/nobody", {}, b"{}") == 0
    assert post("https://127.0.0.1:9/secret", {}, b"{}") == 0
    assert post("http://192.0.2.1/elsewhere", {}, b"{}") == 0
    assert is_loopback("localhost")
    assert not is_loopback("192.0.2.1")


def test_the_command_line_says_everything_an_option_can() -> None:
    line = (
        "--host 127.0.0.2 --port 8123 --home /tmp/x --seed 3 --people 9 --accounts 1 --relations 4 --speed 0 "
        "--start 2026-02-02T09:00:00Z --quirks calm --switch webhook_delay=90 --switch participants=on "
        "--still --no-sync --api-key k"
    )
    said_so = parse_options(shlex.split(line))

    assert said_so == Options(
        seed=3,
        people=9,
        accounts=1,
        relations=4,
        speed=0.0,
        start=1_770_022_800.0,
        home=Path("/tmp/x"),
        sync=False,
        quirks="calm",
        switched=(("webhook_delay", 90.0), ("participants", True)),
        spontaneous=False,
        api_key="k",
        host="127.0.0.2",
        port=8_123,
    )


def test_a_switch_of_the_command_line_is_laid_over_the_quirks() -> None:
    realistic = parse_options(["--switch", "webhook_delay=90"]).switches()

    assert realistic.webhook_delay == 90
    assert realistic.webhook_duplicate > 0, "the rest stays realistic"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (["--start", "tomorrow"], "--start"),
        (["--start", "2026-02-02T09:00:00"], "no time zone"),
        (["--quirks", "wild"], "--quirks"),
        (["--people", "many"], "--people"),
        (["--people", "0"], "--people"),
        (["--accounts", "-1"], "--accounts"),
        (["--relations", "-1"], "--relations"),
        (["--port", "65536"], "--port"),
        (["--speed", "-1"], "--speed"),
        (["--speed", "nan"], "--speed"),
        (["--speed", "inf"], "--speed"),
        (["--host", "0.0.0.0"], "127.0.0.1"),
        (["--host", "example.com"], "127.0.0.1"),
        (["--api-key", ""], "--api-key"),
        (["--switch", "list_lag"], "name=value"),
        (["--switch", "list_lag=long"], "list_lag"),
        (["--switch", "list_lag=-1"], "list_lag"),
        (["--switch", "webhook_delay=nan"], "webhook_delay"),
        (["--switch", "nonsense=1"], "nonsense"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_a_wrong_command_line_is_refused_in_one_line(
    wrong: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse_options(wrong)

    [line] = capsys.readouterr().err.splitlines()
    assert stopped.value.code == 2
    assert line.startswith("rapport_sandbox: ")
    assert named in line
