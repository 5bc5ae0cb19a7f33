"""Every figure of every answer is what plain SQL over the log says; every form of an answer says the same."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from openpyxl import load_workbook

from rapport.rules.windows import WEEKDAYS
from tests.rooms.analytics.history import ZONES, Month, a_month
from tests.rooms.analytics.recount import ALL, OF_CAMPAIGN, Fact, facts, last_activity
from tests.stage import MONDAY, Stage

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIRST, LAST = MONDAY.date() - timedelta(days=2), MONDAY.date() + timedelta(days=40)


@pytest.fixture
def month(stage, seed) -> Month:
    made = a_month(stage, seed, people=40)
    stage.wait(days=20)
    stage.run_consumers()
    return made


def count(found: Iterable[Fact], metrics: Iterable[str]) -> dict[str, int]:
    numbers = Counter(fact.metric for fact in found)
    return {metric: numbers[metric] for metric in metrics}


def on_wall(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))


def share(found: Iterable[Fact], hits: str, of: str) -> dict[str, Any]:
    numbers = Counter(fact.metric for fact in found)
    return {"hits": numbers[hits], "of": numbers[of], "rate": rounded(numbers[hits], numbers[of])}


def rounded(hits: int, of: int) -> float | None:
    return round(min(hits, of) / of, 6) if of else None


def bare(answered: dict[str, Any]) -> dict[str, Any]:
    """A share without its interval, which the rules are asked about elsewhere."""
    return {name: answered[name] for name in ("hits", "of", "rate")}


def by(found: Iterable[Fact], key: Callable[[Fact], Any]) -> dict[Any, list[Fact]]:
    grouped: dict[Any, list[Fact]] = {}
    for fact in found:
        grouped.setdefault(key(fact), []).append(fact)
    return grouped


def test_every_figure_is_what_plain_sql_over_the_log_says(stage, month):
    whole = facts(stage, month.client.id)
    assert len(whole) > 300
    places = [(f"clients/{month.client.id}", "Europe/Berlin", ALL, whole)]
    for campaign, zone in zip(month.campaigns, ZONES, strict=True):
        mine = [fact for fact in whole if fact.campaign == campaign]
        places.append((f"campaigns/{campaign}", zone, OF_CAMPAIGN, mine))

    for path, zone, metrics, mine in places:
        _check_summary(stage, path, zone, metrics, mine)
        _check_days(stage, path, zone, metrics, mine)
        _check_replies(stage, path, zone, mine)
        _check_hours(stage, path, zone, mine)
        _check_accounts(stage, path, mine)
    for campaign in month.campaigns:
        _check_steps(stage, campaign, [fact for fact in whole if fact.campaign == campaign])
    _check_comparisons(stage, month, whole)


def ask(stage: Stage, path: str) -> dict[str, Any]:
    answer = stage.bob.get(f"/analytics/{path}")
    assert answer.status_code == 200, answer.json
    return answer.json


def _check_summary(stage: Stage, path: str, zone: str, metrics: tuple[str, ...], mine: list[Fact]) -> None:
    answer = ask(stage, f"{path}/summary")
    today = on_wall(stage.clock.now(), zone).date()
    week = [fact for fact in mine if today - timedelta(days=6) <= on_wall(fact.at, zone).date() <= today]

    assert answer["timezone"] == zone
    assert answer["totals"] == count(mine, metrics)
    assert answer["last_7_days"] == count(week, metrics)
    campaign = path.removeprefix("campaigns/") if path.startswith("campaigns") else None
    assert datetime.fromisoformat(answer["last_activity_at"]) == last_activity(stage, campaign)
    assert bare(answer["rates"]["acceptance"]) == share(mine, "accepted", "invited")
    assert bare(answer["rates"]["reply"]) == share(mine, "replied", "contacted")
    assert bare(answer["rates"]["interest"]) == share(mine, "interested", "replied")

    funnel = ask(stage, f"{path}/funnel")
    stages = ("invited", "accepted", "messaged", "replied", "interested")
    assert {each["stage"]: each["people"] for each in funnel["stages"]} == count(mine, stages)
    assert funnel["contacted"] == count(mine, ["contacted"])["contacted"]
    part = ask(stage, f"{path}/funnel?from={MONDAY.date()}&to={MONDAY.date() + timedelta(days=6)}")
    early = [fact for fact in mine if 0 <= (on_wall(fact.at, zone).date() - MONDAY.date()).days < 7]
    assert {each["stage"]: each["people"] for each in part["stages"]} == count(early, stages)


def _check_days(stage: Stage, path: str, zone: str, metrics: tuple[str, ...], mine: list[Fact]) -> None:
    for clock, wall in (("local", zone), ("utc", "UTC")):
        answer = ask(stage, f"{path}/timeseries?from={FIRST}&to={LAST}&clock={clock}")
        found = by(mine, lambda fact, wall=wall: on_wall(fact.at, wall).date().isoformat())

        assert [each["day"] for each in answer["days"]] == [
            (FIRST + timedelta(days=each)).isoformat() for each in range((LAST - FIRST).days + 1)
        ]
        for each in answer["days"]:
            assert each == {"day": each["day"], **count(found.get(each["day"], []), metrics)}
        assert any(not any(each[metric] for metric in metrics) for each in answer["days"])


def _check_replies(stage: Stage, path: str, zone: str, mine: list[Fact]) -> None:
    answer = ask(stage, f"{path}/replies?from={FIRST}&to={LAST}")
    day_of = {id(fact): on_wall(fact.at, zone).date() for fact in mine}

    def of(first: date, last: date) -> list[Fact]:
        return [fact for fact in mine if first <= day_of[id(fact)] <= last]

    for each in answer["days"]:
        day = date.fromisoformat(each["day"])
        assert {name: each[name] for name in ("contacted", "replied", "replies")} == count(
            of(day, day), ("contacted", "replied", "replies")
        )
        assert bare(each["week"]) == share(of(day - timedelta(days=6), day), "replied", "contacted")
    trend = answer["trend"]
    assert bare(trend["last"]) == share(of(LAST - timedelta(days=13), LAST), "replied", "contacted")
    assert bare(trend["before"]) == share(
        of(LAST - timedelta(days=27), LAST - timedelta(days=14)), "replied", "contacted"
    )

    times = _reply_times(stage, {fact.campaign for fact in mine} if path.startswith("campaigns") else None)
    answer = ask(stage, f"{path}/time-to-reply")
    assert answer["replied"] == len(times)
    assert answer["median_hours"] == round(_middle(times, 0.5) / 3600, 6)
    assert answer["p90_hours"] == round(_middle(times, 0.9) / 3600, 6)
    assert sum(each["replied"] for each in answer["buckets"]) == len(times)
    assert answer["buckets"][0]["replied"] == sum(each <= 3600 for each in times)
    assert answer["buckets"][-1]["replied"] == sum(each > 14 * 24 * 3600 for each in times)


def _reply_times(stage: Stage, campaigns: set[str] | None) -> list[float]:
    """By plain SQL: from the first word to each person to their first reply."""
    pair = (
        "SELECT enrollment_id, campaign_id, min(CASE WHEN type = 'action.sent' THEN occurred_at END), "
        "min(CASE WHEN type = 'reply.received' THEN occurred_at END) FROM event "
        "WHERE enrollment_id IS NOT NULL AND (type = 'reply.received' OR (type = 'action.sent' AND {kind} <> 'visit')) "
        "GROUP BY enrollment_id, campaign_id"
    )
    with stage.service.engine.connect() as connection:
        kind = "json_extract(data, '$.kind')" if connection.dialect.name == "sqlite" else "data->>'kind'"
        rows = connection.exec_driver_sql(pair.format(kind=kind)).all()
        connection.rollback()
    found = []
    for _, campaign, sent_at, replied_at in rows:
        if replied_at is not None and sent_at is not None and (campaigns is None or campaign in campaigns):
            sent, replied = (
                datetime.fromisoformat(each) if isinstance(each, str) else each for each in (sent_at, replied_at)
            )
            found.append((replied - sent).total_seconds())
    return sorted(found)


def _middle(ordered: list[float], below: float) -> float:
    place = (len(ordered) - 1) * below
    low, high = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    return low + (high - low) * (place - int(place))


def _check_hours(stage: Stage, path: str, zone: str, mine: list[Fact]) -> None:
    answer = ask(stage, f"{path}/best-hours")

    def slot(at: datetime) -> tuple[str, int]:
        wall = on_wall(at, zone)
        return WEEKDAYS[wall.weekday()], wall.hour

    sent = Counter(slot(fact.at) for fact in mine if fact.metric == "contacts")
    replies = Counter(slot(fact.at) for fact in mine if fact.metric == "replies")
    answered = Counter(slot(fact.sent_at) for fact in mine if fact.metric == "replied" and fact.sent_at)
    assert len(answer["hours"]) == 168
    for each in answer["hours"]:
        key = (each["weekday"], each["hour"])
        assert (each["sent"], each["replies"]) == (sent[key], replies[key])
        assert bare(each["reply"]) == {
            "hits": answered[key],
            "of": sent[key],
            "rate": rounded(answered[key], sent[key]),
        }
    assert (answer["best"]["weekday"], answer["best"]["hour"]) in answered


def _check_accounts(stage: Stage, path: str, mine: list[Fact]) -> None:
    answer = ask(stage, f"{path}/accounts")
    found = by(mine, lambda fact: fact.account)
    assert {each["account_id"] for each in answer["accounts"]} == set(found) - {""}
    for each in answer["accounts"]:
        of_account = found[each["account_id"]]
        numbers = count(of_account, [*ALL[:8], "replies"])
        assert {name: each[name] for name in numbers} == numbers
        assert bare(each["reply"]) == share(of_account, "replied", "contacted")


def _check_steps(stage: Stage, campaign: str, mine: list[Fact]) -> None:
    steps = ask(stage, f"campaigns/{campaign}/steps")["steps"]
    found = by(mine, lambda fact: fact.step)
    assert [each["step"] for each in steps] == ["look", "invite", "hello", "bump"]
    for each in steps:
        assert {name: each[name] for name in ("sent", "accepted", "replied")} == count(
            found[each["step"]], ("sent", "accepted", "replied")
        )
        assert bare(each["reply"]) == share(found[each["step"]], "replied", "sent")
    pairs = by(mine, lambda fact: (fact.step, fact.variant))
    variants = ask(stage, f"campaigns/{campaign}/variants")["variants"]
    assert {(each["step"], each["variant"]) for each in variants} == {pair for pair in pairs if pair[1]}
    for each in variants:
        assert bare(each["reply"]) == share(pairs[each["step"], each["variant"]], "replied", "sent")
    verdicts = ask(stage, f"campaigns/{campaign}/verdicts")["verdicts"]
    assert {(each["step"], each["by"]) for each in verdicts} == {("invite", "accepted"), ("hello", "replied")}
    for each in verdicts:
        for side in ("first", "second"):
            of = share(pairs[each["step"], each[side]], each["by"], "sent")
            assert bare(each[f"of_{side}"]) == of
        few = min(each["of_first"]["of"], each["of_second"]["of"]) < 30
        assert (each["verdict"] == "not_enough_data") == few
        assert ("Not enough data" in each["sentence"]) == few


def _check_comparisons(stage: Stage, month: Month, whole: list[Fact]) -> None:
    assert ask(stage, f"clients/{month.client.id}/campaigns")["campaigns"] == []  # none has begun
    (mine,) = ask(stage, "clients")["clients"]
    assert mine["client_id"] == month.client.id
    assert {name: mine[name] for name in ALL} == count(whole, ALL)
    page = stage.bob.get("/dashboard").json
    days = stage.bob.get(f"/dashboard/timeseries?from={FIRST}&to={LAST}").json["days"]
    assert {metric: sum(day[metric] for day in days) for metric in ALL} == count(whole, ALL)
    today = stage.clock.now().date()
    week = [fact for fact in whole if 0 <= (today - on_wall(fact.at, "Europe/Berlin").date()).days < 7]
    assert page["last_7_days"] == count(week, ALL)


FORMS = (
    *("summary", f"timeseries?from={FIRST}&to={LAST}", "funnel", f"replies?from={FIRST}&to={LAST}", "time-to-reply"),
    *("accounts", "best-hours", f"external?from={FIRST}&to={LAST}"),
)
OF_CAMPAIGNS = (*FORMS, "steps", "variants", "verdicts", "forecast")
OF_CLIENTS = (*FORMS, "campaigns", "limits", "inbox", "live")
LISTS = (
    "days",
    "values",
    "stages",
    "buckets",
    "accounts",
    "hours",
    "steps",
    "variants",
    "verdicts",
    "campaigns",
    "clients",
)


def test_csv_and_xlsx_say_what_the_json_says_cell_by_cell(stage, month):
    paths = [f"/analytics/campaigns/{month.campaigns[0]}/{name}" for name in OF_CAMPAIGNS]
    paths += [f"/analytics/clients/{month.client.id}/{name}" for name in OF_CLIENTS]
    paths += ["/analytics/clients", "/dashboard/timeseries"]
    stage.alice.patch(f"/campaigns/{month.campaigns[0]}", {"name": "=1+1"})
    told = {"metric": "external.revenue", "day": str(FIRST), "value": -12.25, "dim_id": month.campaigns[0]}
    taken = stage.alice.post("/callbacks/metrics", {"client_id": month.client.id, "values": [told]})
    assert taken.json == {"written": 1, "unchanged": 0}
    pictures = 0
    for path in paths:
        plain = stage.bob.get(path)
        expected = _cells(plain.json)
        as_csv = stage.bob.get(path, headers={"Accept": "text/csv"})
        as_xlsx = stage.bob.get(path, headers={"Accept": XLSX})
        as_svg = stage.bob.get(path, headers={"Accept": "image/svg+xml"})

        assert as_csv.headers["Content-Type"].startswith("text/csv"), path
        rows = list(csv.reader(io.StringIO(as_csv.text, newline="")))
        assert rows == [[_text(cell) for cell in row] for row in expected], path
        sheet = load_workbook(io.BytesIO(as_xlsx.data)).active
        found = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert found == [[_value(cell) for cell in row] for row in expected], path
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row), path
        _check_frames(as_csv, as_xlsx, expected)
        assert plain.headers["Vary"] == as_csv.headers["Vary"] == "Accept"
        if as_svg.headers["Content-Type"] == "image/svg+xml":
            pictures += 1
            assert as_svg.text.startswith("<svg "), path
        else:
            assert as_svg.json.keys() == plain.json.keys(), path
    assert pictures == len(paths) - 6  # summaries, what others count, an inbox and a moment are no pictures
    link = stage.bob.get(f"/analytics/campaigns/{month.campaigns[0]}/funnel?format=csv")
    assert link.headers["Content-Disposition"] == 'attachment; filename="campaign-funnel.csv"'
    assert "'=1+1" in link.text


def _check_frames(as_csv: Any, as_xlsx: Any, expected: list[list[Any]]) -> None:
    """What a data frame makes of both files, cell by cell."""
    header, *rows = expected
    frame = pd.read_csv(io.StringIO(as_csv.text), dtype=str, keep_default_na=False)
    assert [list(frame.columns), *frame.to_numpy().tolist()] == [[_text(cell) for cell in row] for row in expected]
    frame = pd.read_excel(io.BytesIO(as_xlsx.data), dtype=object, keep_default_na=False)
    nothing = [["" if cell is None else _value(cell) for cell in row] for row in rows]
    assert [list(frame.columns), *frame.to_numpy().tolist()] == [header, *nothing]


def _cells(answer: dict[str, Any]) -> list[list[Any]]:
    rows_in = next((name for name in LISTS if isinstance(answer.get(name), list)), None)
    own = _flat({name: value for name, value in answer.items() if name != rows_in})
    rows = [own | _flat(item) for item in answer[rows_in]] if rows_in else [own]
    header = list(dict.fromkeys(name for row in rows or [own] for name in row))
    return [header, *([row.get(name) for name in header] for row in rows)]


def _flat(values: dict[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
    return found


def _value(cell: Any) -> Any:
    if isinstance(cell, bool):
        return str(cell).lower()
    if cell == "=1+1":
        return "'=1+1"
    return cell


def _text(cell: Any) -> str:
    value = _value(cell)
    return "" if value is None else str(value)
