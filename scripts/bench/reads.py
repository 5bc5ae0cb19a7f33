"""How fast the API reads, beside the least that a Flask application must do for the same answers."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from scripts.bench import load, processes
from scripts.bench.load import Load, Target
from scripts.bench.places import Place, place
from scripts.bench.processes import Server
from scripts.bench.registry import Bar, Effort, Line, Measurement
from scripts.bench.rows import Filled, fill

OF_YARDSTICK = Bar("least", 0.70)
OF_TOKEN_ONLY = Bar("least", 0.80)


@dataclass(frozen=True)
class Subject:
    """Something that answers, and what it is held against."""

    what: str
    server: Server
    target: Target
    against: str | None = None
    bar: Bar | None = None
    loads: list[Load] = field(default_factory=list)
    microseconds: list[float] = field(default_factory=list)
    """Processor time a request. It hardly moves when the machine has other work; requests a second do."""

    def take_a_turn(self, effort: Effort) -> None:
        before = self.server.processor_seconds()
        self.loads.append(load.run(self.target, effort.seconds, by_wrk=effort.by_wrk))
        used = self.server.processor_seconds() - before
        self.microseconds.append(used / self.loads[-1].answered * 1e6)


def reads(effort: Effort) -> Iterator[Line]:
    """Reads of one row and of a page of 50, fresh and cached, beside a yardstick on the same server and rows."""
    for kind in effort.kinds:
        with place(kind) as at:
            filled = fill(at)
            with processes.product(at) as product, processes.yardstick(at, filled) as yardstick:
                yield from _compared(at, _subjects(product, yardstick, filled), effort)


READS = Measurement("reads", reads)


def _subjects(product: Server, yardstick: Server, filled: Filled) -> list[Subject]:
    bearer = {"Authorization": f"Bearer {filled.token}"}
    anew = {**bearer, "Cache-Control": "no-cache"}
    one = f"{product.address}/api/v1/linkedin-accounts/{filled.account_id}"
    page = f"{product.address}/api/v1/linkedin-accounts?limit=50"
    one_target, page_target = Target(one, anew), Target(page, anew)
    least_one = Target(f"{yardstick.address}/accounts/{filled.account_id}", bearer)
    least_page = Target(f"{yardstick.address}/accounts", bearer)
    _refuse_other_answers(one_target, page_target, least_one, least_page)
    return [
        Subject("bare route, no token", yardstick, Target(f"{yardstick.address}/bare", {})),
        Subject("yardstick: token only", yardstick, Target(f"{yardstick.address}/token", bearer)),
        Subject("yardstick: one row", yardstick, least_one),
        Subject("product: one row", product, one_target, "yardstick: one row", OF_YARDSTICK),
        Subject("yardstick: page of 50", yardstick, least_page),
        Subject("product: page of 50", product, page_target, "yardstick: page of 50", OF_YARDSTICK),
        Subject("product: one row, cached", product, Target(one, bearer), "yardstick: token only", OF_TOKEN_ONLY),
        Subject("product: page of 50, cached", product, Target(page, bearer), "yardstick: token only", OF_TOKEN_ONLY),
        Subject(
            "product: one row, 304",
            product,
            Target(one, {**bearer, "If-None-Match": "*"}, 304),
            "yardstick: token only",
            OF_TOKEN_ONLY,
        ),
    ]


def _compared(at: Place, subjects: list[Subject], effort: Effort) -> Iterator[Line]:
    """Rounds in which each takes its turn, every other round backwards: what disturbs one disturbs its neighbour."""
    for number in range(effort.rounds):
        for subject in subjects if number % 2 == 0 else reversed(subjects):
            subject.take_a_turn(effort)
    by_name = {subject.what: subject for subject in subjects}
    for subject in subjects:
        figures = (
            f"{statistics.median(each.per_second for each in subject.loads):7,.0f}/s  "
            f"p99 {statistics.median(each.p99_ms for each in subject.loads):5.1f} ms  "
            f"{statistics.median(subject.microseconds):5.0f} µs"
        )
        if subject.against is None:
            yield Line(at.kind, subject.what, figures)
            continue
        ratios = [
            mine.per_second / other.per_second
            for mine, other in zip(subject.loads, by_name[subject.against].loads, strict=True)
        ]
        yield Line(at.kind, subject.what, figures, statistics.median(ratios), (min(ratios), max(ratios)), subject.bar)


def _refuse_other_answers(one: Target, page: Target, least_one: Target, least_page: Target) -> None:
    """A ratio of different answers would say nothing: both must show the same rows with the same values."""
    if _flat(orjson.loads(load.fetch(one))) != orjson.loads(load.fetch(least_one)):
        raise load.LoadError("product and yardstick show different rows")
    items = [_flat(item) for item in orjson.loads(load.fetch(page))["items"]]
    if items != orjson.loads(load.fetch(least_page))["items"]:
        raise load.LoadError("product and yardstick show different pages")


def _flat(shown: Mapping[str, Any]) -> dict[str, Any]:
    """An account with its limits beside its other fields, as they are in the table."""
    return {**{name: value for name, value in shown.items() if name != "limits"}, **shown["limits"]}
