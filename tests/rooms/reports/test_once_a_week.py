"""One report for each client and ISO week, by the provider's ledger: over restarts, races, clock changes, odd zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from rapport.reports.turn import turn
from rapport.rules.weekly import Terms, occurrence
from tests.rooms.reports.world import Workers, pass_time, reporting, settle, wants, weeks

FEW_SECONDS = timedelta(seconds=6)
RESTARTS = 10
WEEKS = range(10, 15)
CLIENTS = {
    "kiritimati": Terms("Pacific/Kiritimati", 1, 8),
    "pago": Terms("Pacific/Pago_Pago", 1, 8),
    "newyork": Terms("America/New_York", 7, 2),
    "berlin": Terms("Europe/Berlin", 7, 2),
    "sydney": Terms("Australia/Sydney", 7, 2),
}
"""On 8 and 29 March and on 5 April the last three have that hour not at all, or twice."""
CHANGES = {("kiritimati", 12), ("pago", 12), ("berlin", 13)}
"""Which of them both workers are restarted across, ten times."""
FORGOTTEN = {("pago", 11)}


def address(name: str) -> str:
    return f"boss@{name}.example"


def play(make_stage, *, forgetful: bool = False):
    """Five weeks of five clients. Forgetful workers lose with each restart what they wrote down of reports."""
    zones = {address(name): terms.zone for name, terms in CLIENTS.items()}
    with reporting(make_stage) as world:
        for name, terms in CLIENTS.items():
            client = world.stage.client(name, timezone=terms.zone)
            wants(world, client, emails=[address(name)], weekday=terms.weekday, hour=terms.hour)
        workers = Workers(world)
        workers.restart()
        workers.look()
        due = sorted(
            (occurrence(terms, (2026, week)).at, name, week)
            for name, terms in CLIENTS.items()
            for week in WEEKS
            if not forgetful or (name, week) in FORGOTTEN
        )
        for at, name, week in due:
            if at < world.now:
                continue
            if (name, week) in (FORGOTTEN if forgetful else CHANGES):
                _across(world, workers, at, forgetful)
            else:
                pass_time(world, max(at, world.now))
                workers.look()
            world.run()
        workers.stop()
        return (
            weeks(world, zones),
            {(address(name), (2026, week)) for at, name, week in due if at > datetime(2026, 3, 2, 9, tzinfo=UTC)},
            workers.restarts,
        )


def _across(world, workers, at, forgetful):
    """Ten restarts over the minute in which it is due, and both look after each."""
    pass_time(world, max(world.now, at - RESTARTS // 2 * FEW_SECONDS))
    before = _remembered(world)
    for _ in range(RESTARTS):
        if forgetful:
            _forget(world, before)
        workers.restart()
        workers.look()
        world.stage.clock.advance(FEW_SECONDS)
        world.run()


def _remembered(world):
    with world.stage.service.engine.connect() as connection:
        return connection.execute(text("SELECT client_id, due_at, iso_year, iso_week FROM report_plan")).all()


def _forget(world, before):
    with world.stage.service.engine.begin() as connection:
        for table in ("report_mail", "report"):
            connection.execute(text(f"DELETE FROM {table}"))
        for client_id, due_at, year, week in before:
            values = {"id": client_id, "at": due_at, "year": year, "week": week}
            connection.execute(
                text("UPDATE report_plan SET due_at = :at, iso_year = :year, iso_week = :week WHERE client_id = :id"),
                values,
            )


def test_each_client_gets_one_report_a_week_whatever_restarts(make_stage, record_property):
    arrived, wanted, restarts = play(make_stage)

    assert dict(arrived) == dict.fromkeys(wanted, 1)
    assert len(wanted) >= 20
    assert restarts == 1 + RESTARTS * len(CHANGES)
    record_property("says", f"{len(arrived)} reports over {restarts} restarts of two workers, each once")


def test_workers_that_only_remember_would_be_seen(make_stage):
    """The control."""
    arrived, _, _ = play(make_stage, forgetful=True)

    assert max(arrived.values()) > 1


def test_a_plan_that_a_backup_puts_back_sends_no_week_twice(make_stage):
    with reporting(make_stage) as world:
        acme = world.stage.acme
        wants(world, acme, emails=["boss@acme.example"])
        turn(world.stage.service)
        before = _remembered(world)
        for _ in range(2):
            pass_time(world, max(world.now, datetime(2026, 3, 9, 7, tzinfo=UTC)))
            turn(world.stage.service)
            settle(world)
            with world.stage.service.engine.begin() as connection:
                for client_id, due_at, year, week in before:
                    connection.execute(
                        text("UPDATE report_plan SET due_at = :at, iso_year = :y, iso_week = :w WHERE client_id = :id"),
                        {"id": client_id, "at": due_at, "y": year, "w": week},
                    )

        assert set(weeks(world, {"boss@acme.example": "Europe/Berlin"}).values()) == {1}


def test_what_was_due_while_nobody_looked_is_sent_late_or_said_to_be_missed(make_stage):
    with reporting(make_stage) as world:
        stage = world.stage
        wants(world, stage.acme, emails=["boss@acme.example"])
        turn(stage.service)
        for at in (datetime(2026, 3, 12, tzinfo=UTC), datetime(2026, 3, 21, tzinfo=UTC), datetime(2026, 3, 23, 7)):
            pass_time(world, at.replace(tzinfo=UTC))
            turn(stage.service)
            settle(world)

        items = stage.bob.get("/reports", query_string={"order": "asc"}).json["items"]
        told = [(each["week"], each["status"], each["reason"], each["first_on"]) for each in items]
        assert told == [
            ("2026-W11", "sent", None, "2026-03-02"),
            ("2026-W12", "skipped", "missed", "2026-03-09"),
            ("2026-W13", "sent", None, "2026-03-16"),
        ]
        assert set(weeks(world, {"boss@acme.example": "Europe/Berlin"}).values()) == {1}


def test_other_wishes_send_no_week_twice_and_nothing_at_once(make_stage):
    with reporting(make_stage) as world:
        stage = world.stage
        wants(world, stage.acme, emails=["boss@acme.example"])
        turn(stage.service)
        pass_time(world, datetime(2026, 3, 9, 7, 1, tzinfo=UTC))
        turn(stage.service)  # the week's report has gone
        settings = stage.alice.patch("/reports/settings", {"client_id": stage.acme.id, "weekday": 5, "hour": 16})
        assert settings.json["next_at"] == "2026-03-20T15:00:00Z", "Friday of this week would be a second one"
        for day in range(9, 20):
            pass_time(world, max(world.now, datetime(2026, 3, day, 20, tzinfo=UTC)))
            turn(stage.service)
        back = stage.alice.patch("/reports/settings", {"client_id": stage.acme.id, "weekday": 1, "hour": 8})
        assert back.json["next_at"] == "2026-03-23T07:00:00Z", "Monday of this week is over"
        off = stage.alice.patch("/reports/settings", {"client_id": stage.acme.id, "enabled": False})
        assert off.json["next_at"] is None

        assert [each["week"] for each in stage.bob.get("/reports").json["items"]] == ["2026-W11"]
