"""Ids sort by the moment they were made, and within a moment by the order they were asked for."""

from __future__ import annotations

import re
import threading
import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rapport.kernel.ids import AGENCY, Ids
from rapport.kernel.schema import ID_PATTERN

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_of_version_seven_that_bears_its_instant(moment, noise):
    made = Ids(lambda count: noise[:count]).new(moment)

    parsed = uuid.UUID(made)
    assert str(parsed) == made
    assert re.fullmatch(ID_PATTERN, made)
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert abs((parsed.int >> 80) - moment.timestamp() * 1000) <= 1


def test_the_agencys_id_looks_like_any_other():
    assert re.fullmatch(ID_PATTERN, AGENCY)
    assert uuid.UUID(AGENCY).version == 7


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
