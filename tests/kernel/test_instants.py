"""Instants: aware in, the same instant out, in one order, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from rapport.people.models import Client

MOMENTS = [
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=0),
    datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
    datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 3, 2, 9, 0, 0, 999999, tzinfo=UTC),
    datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=14))),
    datetime(2026, 3, 2, 9, 0, tzinfo=timezone(-timedelta(hours=12, minutes=1))),
    datetime(9998, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1, 1, 2, tzinfo=UTC),
]


def test_every_instant_comes_back_as_it_was_and_in_its_place(stage):
    ids = {}
    for moment in MOMENTS:
        client = stage.client(f"Client {stage.number()}")
        ids[client.id] = moment.astimezone(UTC)
        with stage.tx() as tx:
            tx.session.get_one(Client, client.id).created_at = moment

    with stage.reading() as reading:
        rows = reading.session.execute(select(Client.id, Client.created_at).order_by(Client.created_at)).all()
        for moment in MOMENTS:
            found = reading.session.execute(select(Client.id).where(Client.created_at == moment)).scalars().all()
            assert [ids[each] for each in found] == [moment.astimezone(UTC)]

    assert {row.id: row.created_at for row in rows} == ids
    assert [row.created_at for row in rows] == sorted(ids.values())
    assert {row.created_at.utcoffset() for row in rows} == {timedelta(0)}


def test_an_instant_without_a_zone_is_refused(stage):
    acme = stage.acme.id
    with pytest.raises(StatementError, match="without a time zone"), stage.tx() as tx:
        tx.session.get_one(Client, acme).created_at = datetime(2026, 3, 2)
    with pytest.raises(StatementError), stage.reading() as reading:
        reading.session.execute(select(Client.id).where(Client.created_at > datetime(2026, 3, 2)))


def test_the_api_shows_instants_in_utc_with_a_z(stage):
    assert stage.root.get(f"/clients/{stage.acme.id}").json["created_at"] == "2026-03-02T09:00:00Z"
