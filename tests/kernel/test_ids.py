"""Ids sort by the moment they were made, and within a moment by the order they were asked for."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta

from rapport.kernel.ids import Ids

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_an_id_is_a_uuid_of_version_seven_that_bears_its_instant():
    made = uuid.UUID(Ids().new(NOON))

    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == int(NOON.timestamp() * 1000)


def test_ids_of_one_instant_go_up():
    ids = Ids()
    made = [ids.new(NOON) for _ in range(2000)]

    assert made == sorted(made)
    assert len(set(made)) == 2000


def test_later_ids_sort_later():
    ids = Ids()

    assert ids.new(NOON) < ids.new(NOON + timedelta(milliseconds=1))


def test_threads_never_get_the_same_id():
    ids = Ids(lambda count: b"\x00" * count, turn=threading.Lock())
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend(ids.new(NOON) for _ in range(500))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 4000
