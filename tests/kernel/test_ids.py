"""Ids: UUID version 7, in the order of the moments they were made at."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rapport.kernel.ids import AGENCY, Ids
from rapport.kernel.schema import ID_PATTERN

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_7_of_its_moment(moment, noise):
    made = Ids(lambda _n: noise).new(moment)

    parsed = uuid.UUID(made)
    assert str(parsed) == made
    assert re.fullmatch(ID_PATTERN, made)
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert abs((parsed.int >> 80) - moment.timestamp() * 1000) <= 1


@given(MOMENTS, st.integers(1, 10**9))
def test_later_ids_sort_later(moment, later):
    ids = Ids()

    assert ids.new(moment - timedelta(milliseconds=later) if moment.year > 2000 else moment) <= ids.new(
        moment + timedelta(milliseconds=later)
    )


def test_ten_thousand_ids_of_one_moment_differ():
    moment = datetime(2026, 3, 2, tzinfo=UTC)

    assert len({Ids().new(moment) for _ in range(10_000)}) == 10_000


def test_the_agencys_id_looks_like_any_other():
    assert re.fullmatch(ID_PATTERN, AGENCY)
    assert uuid.UUID(AGENCY).version == 7
