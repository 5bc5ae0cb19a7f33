"""The database's health on both databases: what was slow, who waited, what lies where, and the alarm."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from rapport.kernel.db import READING


def test_an_admin_sees_how_the_database_is_and_an_agent_does_not(stage):
    stage.lead("Ada Lovelace", company="Engines")
    stage.service.watch.took("SELECT 1", stage.service.watch.stopwatch() - 0.3)

    shown = stage.root.get("/admin/database").json
    assert (shown["kind"], shown["findings"], shown["bytes"] > 0) == (stage.database.kind, [], True)
    assert [(each["text"], each["times"]) for each in shown["slow"]] == [("SELECT 1", 1)]
    leads = next(each for each in shown["tables"] if each["name"] == "lead")
    assert leads["bytes"] > 0
    assert {each["name"]: each["is_unique"] for each in leads["indexes"]}["ix_lead_name"] is False
    assert "ix_lead_name" in stage.root.visit("/work/database").text
    assert (stage.alice.get("/admin/database").status_code, stage.alice.visit("/work/database").status_code) == (
        403,
        403,
    )


def test_who_waits_for_a_connection_in_vain_is_noted_and_raises_an_alarm_once_a_day(make_stage):
    stage = make_stage(settings={"DB_POOL_SIZE": "2", "DB_WAIT_SECONDS": "0.2"})
    service = stage.service
    reading = service.engine.execution_options(**{READING: True})
    held = [reading.connect() for _ in range(6)]  # two, and four that may come beyond them
    with ThreadPoolExecutor(1) as other, pytest.raises(PoolTimeoutError):
        other.submit(reading.connect).result(20)
    for each in held:
        each.close()

    assert service.watch.waits()["connection"].in_vain == 1
    numbers = stage.root.get("/metrics").text
    assert 'rapport_database_waits_in_vain_total{what="connection"} 1.0' in numbers
    for _ in range(2):
        asked = stage.root.post("/jobs", {"type": "admin.check_database", "client_id": None, "payload": {}})
        assert asked.status_code == 202, asked.json
        stage.run_due_jobs()
    told = stage.root.get("/events/timeline?limit=50").json["items"]
    assert [each["data"]["kind"] for each in told if each["type"] == "database.unwell"] == ["waited_in_vain"]
