"""The fakes stand beside Unipile in one process: their addresses, switches, posts and ledger over HTTP."""

import re
import subprocess
import sys
import threading
from inspect import signature
from pathlib import Path

import pytest
import requests

from rapport_sandbox.fakes import all_fakes
from rapport_sandbox.fakes.fake import Fake
from rapport_sandbox.fakes.postmark import DEFAULT_TOKEN as POSTMARK_TOKEN
from rapport_sandbox.fakes.salesforce import CLIENT_ID, CLIENT_SECRET
from rapport_sandbox.fakes.slack import DEFAULT_PATH
from rapport_sandbox.fakes.telegram import DEFAULT_CHAT, DEFAULT_TOKEN
from rapport_sandbox.options import Options
from rapport_sandbox.server import SandboxServer

ROOT = Path(__file__).parents[3]
SECONDS = 3
CLIENT = {
    "resend": {"Authorization": "Bearer re_sandbox", "User-Agent": "tests"},
    "hubspot": {"Authorization": "Bearer pat-sandbox"},
    "pipedrive": {"x-api-token": "pipedrive-sandbox"},
    "postmark": {"x-postmark-server-token": POSTMARK_TOKEN},
}
MAIL = {"from": "us@rapport.example", "to": "ada@example.com", "subject": "Hi", "text": "Hello"}
TOKEN_FORM = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
FIRST_CALLS = [
    ("resend", "POST", "/emails", {"json": MAIL}, 200, "email"),
    ("slack", "POST", DEFAULT_PATH, {"json": {"text": "A reply came"}}, 200, "notice"),
    ("telegram", "POST", f"/bot{DEFAULT_TOKEN}/sendMessage", {"json": {"chat_id": DEFAULT_CHAT, "text": "Hi"}}, 200,
     "notice"),
    ("hubspot", "POST", "/crm/v3/objects/contacts", {"json": {"properties": {"email": "ada@example.com"}}}, 201,
     "create"),
    ("pipedrive", "POST", "/api/v2/persons", {"json": {"name": "Ada"}}, 201, "create"),
    ("salesforce", "POST", "/services/oauth2/token", {"data": TOKEN_FORM}, 200, "token"),
    ("postmark", "GET", "/messages/inbound", {"params": {"count": 1, "offset": 0}}, 200, "list"),
]  # fmt: skip


class World:
    """A served sandbox with its fakes, and what they posted to a listener in this process."""

    def __init__(self, speed=0.0):
        options = Options(people=10, spontaneous=False, speed=speed)
        self.server = SandboxServer(options, apps=lambda url: all_fakes(public_url=url), deliver=self.listen)
        self.begin()

    def begin(self):
        """Forget what was before: services as new, no fault, an empty page of the ledger."""
        self.heard = []
        self.answers = []
        for app in self.server.sandbox.apps.values():
            if isinstance(app, Fake):
                app.reset()
        self.server.sandbox.faults.disarm()
        self.after = len(self.server.sandbox.ledger)

    def listen(self, url, headers, body):
        self.heard.append((url, headers, body))
        return self.answers.pop(0) if self.answers else 200

    def call(self, service, method, path, **more):
        url = f"{self.server.url}/{service}{path}"
        return requests.request(method, url, headers=CLIENT.get(service), timeout=more.pop("wait", SECONDS), **more)

    def turn(self, service, switch, **arguments):
        body = {"service": service, "switch": switch, "arguments": arguments}
        return requests.post(f"{self.server.url}/sandbox/fakes", json=body, timeout=SECONDS)

    def ledger(self, service):
        page = {"service": service, "after": self.after}
        asked = requests.get(f"{self.server.url}/sandbox/ledger", params=page, timeout=SECONDS)
        return asked.json()["items"]


@pytest.fixture(scope="module")
def served():
    world = World()
    with world.server:
        yield world


@pytest.fixture
def world(served):
    served.begin()
    return served


@pytest.mark.parametrize(
    ("service", "method", "path", "sent", "status", "kind"), FIRST_CALLS, ids=[row[0] for row in FIRST_CALLS]
)
def test_each_service_answers_at_its_address_and_has_a_ledger_of_its_own(
    world, service, method, path, sent, status, kind
):
    assert world.call(service, method, path, **sent).status_code == status

    [line] = world.ledger(service)
    assert (line["path"], line["kind"], line["status"]) == (path, kind, status)
    others = {name for name, *_ in FIRST_CALLS} - {service}
    assert [world.ledger(other) for other in others] == [[]] * len(others)


@pytest.mark.parametrize(
    ("service", "method", "path", "sent", "status", "kind"), FIRST_CALLS, ids=[row[0] for row in FIRST_CALLS]
)
def test_a_fault_is_ordered_over_http_and_struck_in_the_services_words(
    world, service, method, path, sent, status, kind
):
    ordered = world.turn(service, "fail_next", n=1, outcome=503, retry_after=7)
    struck = world.call(service, method, path, **sent)
    after = world.call(service, method, path, **sent)

    assert ordered.status_code == 200
    assert (struck.status_code, struck.headers["retry-after"]) == (503, "7")
    assert after.status_code == status
    line = world.ledger(service)[0]
    assert (line["status"], line["effect"], line["fault"]) == (503, False, "503")


def test_a_time_out_after_the_effect_is_one_effect_in_the_ledger(world):
    world.turn("resend", "fail_next", n=1, outcome="timeout_after_effect")
    keyed = {**CLIENT["resend"], "Idempotency-Key": "a-1"}
    url = f"{world.server.url}/resend/emails"

    with pytest.raises(requests.ReadTimeout):
        requests.post(url, json=MAIL, headers=keyed, timeout=0.3)
    again = requests.post(url, json=MAIL, headers=keyed, timeout=SECONDS)

    first, second = world.ledger("resend")
    assert (first["effect"], first["status"], first["fault"]) == (True, None, "timeout_after_effect")
    assert (second["effect"], second["status"], second["key"]) == (False, 200, "a-1")
    assert again.json()["id"] in first["answer"]


def test_a_broken_answer_is_ordered_like_unipiles(world):
    fault = {"service": "hubspot", "on": "create", "what": "malformed_json"}
    requests.post(f"{world.server.url}/sandbox/faults", json=fault, timeout=SECONDS)

    answer = world.call("hubspot", "POST", "/crm/v3/objects/contacts", json={"properties": {"email": "a@b.example"}})

    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    [line] = world.ledger("hubspot")
    assert (line["fault"], line["effect"]) == ("malformed_json", True)


def test_the_overview_lists_switches_limits_and_faults_of_every_fake(world):
    world.turn("slack", "set_limit", name="channel", limit=1)
    world.turn("slack", "fail_next", n=2, outcome=500)

    fakes = requests.get(f"{world.server.url}/sandbox/fakes", timeout=SECONDS).json()

    assert set(fakes) == {name for name, *_ in FIRST_CALLS}
    assert fakes["slack"] == {
        "switches": ["add_webhook", "break_webhook", "fail_next", "reset", "set_limit"],
        "limits": {"channel": 1},
        "faults": 2,
    }


@pytest.mark.parametrize(
    ("service", "switch", "arguments"),
    [
        ("resend", "handle", {}),
        ("nobody", "reset", {}),
        ("hosted", "reset", {}),
        ("resend", "fail_next", {"n": 1}),
        ("resend", "fail_next", {"n": 1, "outcome": "timeout"}),
        ("resend", "fail_next", {"n": 1, "outcome": 429, "reason": "no such word"}),
        ("resend", "set_limit", {"name": "requests", "limit": "many"}),
        ("resend", "set_limit", {"name": "nothing", "limit": 1}),
        ("resend", "reset", []),
    ],
)
def test_a_switch_that_makes_no_sense_is_refused_at_once(world, service, switch, arguments):
    body = {"service": service, "switch": switch, "arguments": arguments}

    assert requests.post(f"{world.server.url}/sandbox/fakes", json=body, timeout=SECONDS).status_code == 400
    assert world.call("resend", "POST", "/emails", json=MAIL).status_code == 200


def test_a_mail_let_in_by_hand_is_posted_now_and_retried_on_the_sandboxs_clock(world):
    world.answers = [500]
    world.turn("postmark", "post_to", url="https://user:pass@product.example/inbound")

    world.turn("postmark", "receive", mail={"From": "ada@example.com", "To": "in@x.example", "Subject": "Re: Hi"})
    world.server.sandbox.advance(61)

    assert [url for url, _, _ in world.heard] == ["https://product.example/inbound"] * 2
    assert {headers["authorization"] for _, headers, _ in world.heard} == {"Basic dXNlcjpwYXNz"}
    posts = [line for line in world.ledger("postmark") if line["kind"] == "posted"]
    assert [line["status"] for line in posts] == [500, 200]
    assert '"Subject":"Re: Hi"' in posts[0]["body"]


def test_every_switch_that_happens_at_an_instant_is_known_to_need_one():
    for fake in all_fakes(public_url="http://x"):
        asks = {name for name in fake.switches if "at" in signature(getattr(fake, name)).parameters}
        assert asks == fake.timed


def test_every_switch_is_in_the_documentation():
    rows = re.findall(r"^\| ([a-z]+) \| (`[^|]*`) \|$", (ROOT / "docs/fakes.md").read_text(), flags=re.MULTILINE)
    told = {service: set(re.findall(r"`(\w+)`", switches)) for service, switches in rows}

    assert told == {fake.name: fake.switches for fake in all_fakes(public_url="http://x")}


def test_a_slow_listener_delays_no_caller():
    world = World(speed=1.0)
    let_go = threading.Event()
    entered = threading.Event()

    def slowly(url, headers, body):
        entered.set()
        let_go.wait(SECONDS)
        return 200

    world.server.sandbox.courier.deliver = slowly
    with world.server:
        world.turn("resend", "subscribe", url="http://product.example/hooks", secret="whsec_c2VjcmV0")
        world.call("resend", "POST", "/emails", json=MAIL)
        assert entered.wait(SECONDS)
        try:
            world.call("resend", "POST", "/emails", json=MAIL)  # whose event is due while the first is told
            assert world.call("resend", "GET", "/emails", wait=1).status_code == 200
        finally:
            let_go.set()


def test_the_command_serves_the_fakes_too():
    command = [sys.executable, "-m", "rapport_sandbox", "--people", "10", "--still"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": ":".join(sys.path)})
    try:
        url = process.stdout.readline().split()[2]
        answer = requests.post(f"{url}/resend/emails", json=MAIL, headers=CLIENT["resend"], timeout=SECONDS)
        assert answer.status_code == 200
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0
        process.stdout.close()
