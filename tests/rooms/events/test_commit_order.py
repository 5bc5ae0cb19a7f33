"""A reader by number misses nothing, in whatever order transactions begin and commit."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from sqlalchemy import insert, select, update

from rapport.events import log, queries
from rapport.events.models import EventStream
from rapport.kernel.tenancy import SCOPED
from tests.together import together


class Tail:
    """A reader that keeps the last number it saw and asks for what comes after: what every consumer does."""

    def __init__(self, stage, client):
        self._stage, self._client = stage, client
        self.after = 0
        self.seen: list[str] = []
        self.numbers: list[int] = []

    def read(self):
        with self._stage.reading() as reading:
            events, self.after = queries.after(reading, self._client.id, self.after, limit=200)
        self.numbers += [event["seq"] for event in events]
        self.seen += [event["type"] for event in events]
        return len(events)

    def read_all(self):
        while self.read():
            pass


@contextmanager
def numbered_last(stage, client, what) -> Iterator[None]:
    """How the product writes: the number is taken when all else is done."""
    with stage.tx() as tx:
        tx.emit(what, client_id=client.id)
        yield


@contextmanager
def numbered_first(stage, client, what) -> Iterator[None]:
    """How an autoincrement writes: the number is taken outside the transaction's order of commit."""
    counter = EventStream.__table__
    with stage.tx() as tx:
        seq = tx.rows(
            update(counter)
            .where(counter.c.client_id == client.id)
            .values(seq=counter.c.seq + 1)
            .returning(counter.c.seq)
        ).scalar_one()
    with stage.tx() as tx:
        tx.emit(what, client_id=client.id)
        event = tx.events.pop()
        yield
        tx.session.execute(insert(log._EVENT).execution_options(**{SCOPED: True}), [log._row(tx, event, seq)])


def begun_first_committed_last(stage, write) -> Tail:
    client = stage.acme
    tail = Tail(stage, client)
    tail.read()
    with write(stage, client, "test.began_first"):
        with write(stage, client, "test.began_second"):
            tail.read()
        tail.read()
    tail.read()
    tail.seen.remove("client.created")
    return tail


def test_a_transaction_that_began_first_and_commits_last_is_not_missed(stage):
    tail = begun_first_committed_last(stage, numbered_last)

    assert tail.seen == ["test.began_second", "test.began_first"]
    assert tail.numbers == [1, 2, 3]


def test_a_number_taken_first_would_be_missed(stage):
    """The control: the same story with the number taken at the beginning loses an event for good."""
    tail = begun_first_committed_last(stage, numbered_first)

    assert tail.seen == ["test.began_second"]


def test_a_writer_waits_for_the_number_of_one_that_is_about_to_commit(stage):
    """Two commits at once: the later one gets its number only when the earlier is visible."""
    client, tail = stage.acme, Tail(stage, stage.acme)
    numbered, seen_to_wait, over = threading.Event(), threading.Event(), threading.Event()

    def first():
        with stage.tx() as tx:
            tx.emit("test.first", client_id=client.id)
            log.append(tx)
            tx.events.clear()
            numbered.set()
            seen_to_wait.wait(10)

    def second():
        numbered.wait(10)
        with stage.tx() as tx:
            tx.emit("test.second", client_id=client.id)
        over.set()

    def look():
        numbered.wait(10)
        assert not over.wait(0.3)
        tail.read()
        assert tail.seen == ["client.created"]
        seen_to_wait.set()

    together(first, second, look)
    tail.read()
    assert tail.seen == ["client.created", "test.first", "test.second"]
    assert tail.numbers == [1, 2, 3]


class Writer:
    """Tells at random of one client or two, in transactions short and long; now and then it thinks better of it."""

    def __init__(self, stage, clients, name):
        self._stage, self._clients = stage, clients
        self._chance = random.Random(name)
        self._name = name
        self._never = threading.Event()
        self.told: list[str] = []

    def write(self, turns):
        for turn in range(turns):
            names = [f"{self._name}.{turn}.{part}" for part in range(self._chance.randint(1, 3))]
            of = self._chance.sample(self._clients, k=self._chance.randint(1, 2))
            with suppress(ThoughtBetterError), self._stage.tx() as tx:
                if self._chance.random() < 0.5:
                    tx.rows(select(EventStream.seq))  # begins in the database long before it ends
                self._never.wait(self._chance.random() * 0.004)
                for client in of:
                    for name in names:
                        tx.emit(name, client_id=client.id)
                if self._chance.random() < 0.1:
                    raise ThoughtBetterError
                self.told += [f"{client.id}:{name}" for client in of for name in names]


class ThoughtBetterError(Exception):
    """A transaction that ends without a commit."""


def test_writers_in_every_order_and_readers_at_their_heels(stage, seed):
    clients = [stage.acme, stage.globex]
    writers = [Writer(stage, clients, f"test.{seed}.{number}") for number in range(5)]
    tails = [Tail(stage, client) for client in clients]
    over = threading.Event()

    def write():
        together(*[partial(writer.write, 30) for writer in writers])
        over.set()

    def follow():
        while not over.is_set():
            for tail in tails:
                tail.read()

    together(write, follow)

    for tail in tails:
        tail.read_all()
        assert tail.numbers == list(range(1, len(tail.numbers) + 1))
    seen = [
        f"{client.id}:{name}"
        for tail, client in zip(tails, clients, strict=True)
        for name in tail.seen
        if "test" in name
    ]
    assert sorted(seen) == sorted(name for writer in writers for name in writer.told)
