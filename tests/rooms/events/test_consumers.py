"""Consumers act on every event once: their cursor moves in the transaction of what they write."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from rapport.events import consumers
from rapport.events.consumers import Consumer
from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Executor, Job
from rapport.jobs.registry import JobType
from rapport.runtime import loops
from tests.together import together

_TASK = JobType("custom.task", "Something to be done.", executor=Executor.N8N)


class Follower:
    """A consumer that asks for one job an event, and can be told to fail at one of them."""

    def __init__(self, *types, name="follower"):
        self.fails_at: str | None = None
        self.tried: list[str] = []
        self.consumer = Consumer(name, frozenset(types) or None, self._handle)

    def _handle(self, tx, event):
        self.tried.append(event.type)
        enqueue(tx, _TASK, client_id=event.client_id, payload={"type": event.type, "seq": event.seq})
        if event.type == self.fails_at:
            raise ValueError("this event is not understood")


@pytest.fixture
def follower():
    return Follower("test.one", "test.two", "test.three")


@pytest.fixture
def story(make_stage, follower):
    return make_stage(consumers=[follower.consumer])


def tell(stage, *types, of=None):
    for each in types:
        with stage.tx() as tx:
            tx.emit(each, client_id=(of or stage.acme).id)


def read_on(stage):
    """Take turns until no cursor moves any more."""
    seen: list[int] | None = None
    now: list[int] = []
    while seen != now:
        seen = now
        loops.consumer_turn(stage.service)
        now = [row[1] for row in cursors(stage)]


def cursors(stage):
    with stage.reading() as reading:
        return [
            (row.client_id, row.seq, row.failures, row.last_error)
            for row in reading.session.execute(
                select(consumers.EventCursor)
                .where(consumers.EventCursor.consumer == "follower")
                .order_by(consumers.EventCursor.client_id)
            ).scalars()
        ]


def acted_on(stage, client=None):
    with stage.reading() as reading:
        jobs = reading.session.execute(select(Job).where(Job.client_id == (client or stage.acme).id)).scalars()
        return [job.payload["type"] for job in sorted(jobs, key=lambda job: job.payload["seq"])]


def test_each_event_is_acted_on_once_in_order(story):
    tell(story, "test.one", "test.two", "test.unwanted", "test.three")

    read_on(story)
    read_on(story)

    assert acted_on(story) == ["test.one", "test.two", "test.three"]


def test_an_event_that_cannot_be_handled_holds_up_what_follows_it_and_nothing_else(story, follower):
    tell(story, "test.one", "test.two", "test.three")
    tell(story, "test.one", of=story.globex)
    follower.fails_at = "test.two"

    for _ in range(3):
        loops.consumer_turn(story.service)

    assert acted_on(story) == ["test.one"]
    assert acted_on(story, story.globex) == ["test.one"]
    [(seq, failures, error)] = [row[1:] for row in cursors(story) if row[0] == story.acme.id]
    assert seq == 2
    assert failures >= 3
    assert error == "ValueError: this event is not understood"

    follower.fails_at = None
    read_on(story)
    assert acted_on(story) == ["test.one", "test.two", "test.three"]
    assert [row[2:] for row in cursors(story)] == [(0, None)] * len(cursors(story))


def test_what_a_failed_handler_wrote_is_gone_with_it(story, follower):
    follower.fails_at = "test.one"
    tell(story, "test.one")

    loops.consumer_turn(story.service)

    assert follower.tried
    assert acted_on(story) == []


def test_a_replay_reads_everything_again(story, follower):
    tell(story, "test.one", "test.two")
    read_on(story)
    with story.tx() as tx:
        consumers.rewind(tx, "follower", story.acme.id, to=0)
    follower.tried.clear()

    read_on(story)

    assert follower.tried == ["test.one", "test.two"]


def test_a_replay_makes_no_second_job_where_jobs_have_a_dedupe_key(make_stage):
    def handle(tx, event):
        tx.emit("test.consequence", client_id=event.client_id, dedupe_key=f"consequence:{event.id}")

    stage = make_stage(consumers=[Consumer("teller", frozenset({"test.one"}), handle)])
    tell(stage, "test.one", "test.one")
    read_on(stage)
    with stage.tx() as tx:
        consumers.rewind(tx, "teller", stage.acme.id, to=0)
    read_on(stage)

    with stage.reading() as reading:
        count = reading.session.execute(
            select(func.count()).select_from(consumers.Event).where(consumers.Event.type == "test.consequence")
        ).scalar_one()
    assert count == 2


def test_more_events_than_a_batch_are_all_read(story):
    with story.tx() as tx:
        for _ in range(consumers.BATCH + 5):
            tx.emit("test.one", client_id=story.acme.id)

    read_on(story)

    assert len(acted_on(story)) == consumers.BATCH + 5


def test_processes_that_read_at_once_share_the_work_and_repeat_nothing(story, make_stage, follower):
    other = make_stage(consumers=[follower.consumer])
    with story.tx() as tx:
        for _ in range(60):
            tx.emit("test.one", client_id=story.acme.id)

    def read(stage):
        for _ in range(10):
            with stage.tx() as tx:
                consumers.advance(tx, follower.consumer, story.acme.id, limit=7)

    together(*[lambda stage=stage: read(stage) for stage in (story, other, story, other)])
    read_on(story)

    assert acted_on(story) == ["test.one"] * 60


def test_admins_see_how_far_each_consumer_is(story, follower):
    tell(story, "test.one", "test.two")
    follower.fails_at = "test.two"
    read_on(story)

    rows = story.root.get("/admin/consumers").json["items"]

    mine = next(row for row in rows if (row["consumer"], row["client_id"]) == ("follower", story.acme.id))
    assert (mine["seq"], mine["behind"]) == (2, 2)
    assert mine["failures"] >= 1


def test_a_cursor_is_never_moved_beyond_the_end_of_the_log(story):
    tell(story, "test.one")
    read_on(story)
    asked = story.root.post("/admin/consumers/follower/rewind", {"client_id": story.acme.id, "to": 10**12})
    assert asked.status_code == 204

    tell(story, "test.two")
    read_on(story)

    assert acted_on(story) == ["test.one", "test.two"]
