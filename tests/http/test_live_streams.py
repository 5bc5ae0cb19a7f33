"""Live streams over real sockets: nothing is missed, nobody is held up, and who may see no more hears no more.

The long form is `python -m tests.faults.streams --streams 200 --cuts 100`.
"""

from __future__ import annotations

import http.client
import json
import time
from contextlib import ExitStack, contextmanager

import pytest

from rapport.kernel.clock import SystemClock
from rapport.people import sessions
from rapport.people.models import UserSession
from tests.faults.streams import tell
from tests.http.routes import unmatched_message
from tests.http.server import served
from tests.stage import Stage

QUICK = {"LIVE_BEAT_SECONDS": "0.3", "RATE_LIMIT_PER_MINUTE": "1000000"}


class Listening:
    """One open stream, read frame by frame."""

    def __init__(self, server, person, path, **headers):
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        sent = {"Authorization": f"Bearer {person.credential}"} if person is not None else {}
        self._connection.request("GET", f"/api/v1{path}", headers=sent | headers)
        self.answer = self._connection.getresponse()
        self.status = self.answer.status

    def frame(self):
        """The next frame: its fields, or a comment."""
        said = {}
        while True:
            raw = self.answer.readline()
            if not raw:
                raise EOFError
            name, _, value = raw.decode().rstrip("\n").partition(": ")
            if raw != b"\n":
                said[name or "comment"] = value
            elif said:
                return said

    def next(self, kind):
        """The next frame of a kind, past all others."""
        while True:
            said = self.frame()
            if said.get("event") == kind:
                return said | {"data": json.loads(said["data"])}

    def close(self):
        self.answer.close()
        self._connection.close()


@pytest.fixture
def stage(database):
    made = Stage(database, clock=SystemClock())
    yield made
    made.close()


@contextmanager
def listening(*given, **more):
    opened = Listening(*given, **more)
    try:
        yield opened
    finally:
        opened.close()


def note(stage, client=None, **subject):
    with stage.tx() as tx:
        tx.emit("lead.noted", client_id=(client or stage.acme).id, data={"name": "Ada"}, **subject)


def test_listeners_who_are_cut_again_and_again_miss_nothing_and_hear_nothing_twice(database, seed, record_property):
    processes = 2 if database.kind == "postgresql" else 1

    found = tell(database, streams=10, cuts=5, processes=processes, seed=seed)

    assert (found.gaps, found.doubles, found.strangers) == (0, 0, 0)
    assert found.heard > 100
    assert found.connections >= 60
    record_property("says", f"{found.heard} events in {found.connections} connections, p95 {found.p95_ms} ms")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_listener_who_forgets_where_they_stood_would_be_seen_to_miss_something(database):
    """The control: the judge is the same on both databases."""
    assert tell(database, streams=4, cuts=6, processes=1, seed=7, forgetful=True).gaps


def test_full_of_streams_a_process_refuses_the_next_and_still_says_that_it_is_ready(stage, record_property):
    path = f"/inbox/stream?client_id={stage.acme.id}"
    with served(stage.database, LIVE_STREAMS="25", WEB_THREADS="2", **QUICK) as server, ExitStack() as stack:
        held = [stack.enter_context(listening(server, stage.bob, path)) for _ in range(25)]
        assert {each.status for each in held} == {200}
        with listening(server, stage.bob, path) as refused:
            assert refused.status == 503
            assert refused.answer.getheader("Retry-After")
            assert json.loads(refused.answer.read())["code"] == "STREAMS_FULL"
        took = []
        for _ in range(20):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
            began = time.monotonic()
            connection.request("GET", "/health/ready")
            assert connection.getresponse().status in (200, 503)
            took.append(time.monotonic() - began)
            connection.close()
        held.pop().close()
        _until(lambda: _status(server, stage.bob, path) == 200)

    assert sorted(took)[len(took) // 2] < 0.1
    record_property("says", f"ready in {max(took) * 1000:.0f} ms at worst beside 25 streams")


def _status(*given):
    with listening(*given) as opened:
        return opened.status


def _until(happens, seconds=5.0):
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def test_a_stream_tells_what_happens_at_its_client_and_nowhere_else(stage):
    conversation = _conversation(stage)
    with served(stage.database, **QUICK) as server, ExitStack() as stack:
        whole = stack.enter_context(listening(server, stage.bob, f"/inbox/stream?client_id={stage.acme.id}"))
        one = stack.enter_context(listening(server, stage.bob, f"/inbox/conversations/{conversation}/stream"))
        begun = whole.next("ready")
        one.next("ready")
        note(stage)
        note(stage, stage.globex)
        note(stage, conversation_id=conversation)

        first, second = whole.next("lead.noted"), whole.next("lead.noted")
        alone = one.next("lead.noted")

    assert [int(each["id"]) for each in (first, second)] == [int(begun["id"]) + 1, int(begun["id"]) + 2]
    assert alone["id"] == second["id"]
    assert alone["data"]["conversation_id"] == conversation
    assert first["data"]["title"] == "A note was written about Ada"
    headers = dict(whole.answer.getheaders())
    assert headers["Content-Type"] == "text/event-stream"
    assert (headers["Cache-Control"], headers["X-Accel-Buffering"]) == ("no-cache", "no")


def test_whoever_is_too_far_behind_is_told_to_begin_anew(stage):
    assert stage.bob.credential is not None  # made now, for that is told as well
    for _ in range(4):
        note(stage)
    with served(stage.database, LIVE_REPLAY="3", **QUICK) as server:
        path = f"/inbox/stream?client_id={stage.acme.id}"
        with listening(server, stage.bob, path, **{"Last-Event-ID": "0"}) as far:
            newest = far.next("reset")["id"]
        with listening(server, stage.bob, f"{path}&last_event_id={int(newest) - 2}") as near:
            assert [near.next("lead.noted")["id"] for _ in range(2)] == [str(int(newest) - 1), newest]
        with listening(server, stage.bob, f"{path}&last_event_id={int(newest) + 5}") as beyond:
            assert beyond.next("reset")["id"] == newest, "a log that was put back"


def test_a_stream_beats_and_ends_when_its_listener_may_hear_no_more(stage):
    path = f"/inbox/stream?client_id={stage.acme.id}"
    with served(stage.database, **QUICK) as server, listening(server, stage.bob, path) as heard:
        assert "comment" in [name for _ in range(3) for name in heard.frame()]
        with stage.tx() as tx:
            row = tx.session.get_one(UserSession, stage.bob.session_id)
            sessions.end_session(tx, row, reason="signed_out")
        with pytest.raises((EOFError, http.client.IncompleteRead, ConnectionError)):
            heard.next("never")


def test_presence_is_heard_by_who_listens_now_in_every_process_and_kept_nowhere(stage):
    conversation = _conversation(stage)
    processes = 2 if stage.database.kind == "postgresql" else 1
    with ExitStack() as stack:
        servers = [stack.enter_context(served(stage.database, **QUICK)) for _ in range(processes)]
        heard = [
            stack.enter_context(listening(each, stage.bob, f"/inbox/conversations/{conversation}/stream"))
            for each in servers
        ]
        for each in heard:
            each.next("ready")
            each.frame()  # a beat: by now its process listens to the others
        connection = http.client.HTTPConnection("127.0.0.1", servers[0].port, timeout=5)
        connection.request(
            "POST",
            f"/api/v1/inbox/conversations/{conversation}/presence",
            body=json.dumps({"state": "replying"}),
            headers={"Authorization": f"Bearer {stage.alice.credential}", "Content-Type": "application/json"},
        )
        assert connection.getresponse().status == 204
        connection.close()

        said = [each.next("presence") for each in heard]

    assert {(each["data"]["user_id"], each["data"]["name"]) for each in said} == {(stage.alice.id, "Alice")}
    assert all("id" not in each for each in said), "it has no place in the log"


def _conversation(stage):
    from rapport.conversations.models import Message

    message_id = unmatched_message(stage, of=stage.acme)
    with stage.reading() as reading:
        return reading.session.get_one(Message, message_id).conversation_id
