"""Random campaigns: any zone, near a clock change, with tight limits and lively people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from rapport.kernel.chance import Chance
from rapport.rules.assumptions import People, Rates
from rapport.rules.delays import Delay, Unit
from rapport.rules.facts import SenderFacts
from rapport.rules.limits import LIMITS
from rapport.rules.sequences import Asked, Sequence, Step, StepKind
from rapport.rules.snapshots import Snapshot
from rapport.rules.usage import nothing_used
from rapport.rules.windows import Schedule, Window
from tests.rules.builders import campaign, chain, invite, message, schedule, sender, snapshot, text, visit, wait_for
from tests.rules.calendars import ZONES, clock_changes
from tests.rules.laws import Diary
from tests.rules.test_windows import instants_of

_NO_WEEKEND = frozenset[int]()
_delays = st.builds(Delay, st.integers(0, 3), st.sampled_from(Unit))


@st.composite
def sequences(draw: st.DrawFn) -> Sequence:
    """One of the shapes people build, with any delays."""
    shapes = (
        chain(invite(), message("m1", after=draw(_delays)), message("m2", after=draw(_delays))),
        chain(
            invite(),
            wait_for(Asked.CONNECTED, within=draw(_delays), otherwise="visit"),
            Step("m1", StepKind.MESSAGE, "m2", draw(_delays), variants=text()),
            Step("m2", StepKind.MESSAGE, "end", draw(_delays), variants=text()),
            visit(after=draw(_delays)),
            Step("withdraw", StepKind.WITHDRAW, "end", draw(_delays)),
            Step("end", StepKind.FOLLOW, None, draw(_delays)),
        ),
        chain(visit(), Step("follow", StepKind.FOLLOW, None, draw(_delays)), invite(after=draw(_delays))),
    )
    return draw(st.sampled_from(shapes))


@st.composite
def senders(draw: st.DrawFn, number: int, begins: date) -> SenderFacts:
    limits = {name: draw(st.integers(0, 12)) for name in LIMITS}
    each = sender(id=f"s{number}", limits=limits, zone=draw(st.sampled_from(ZONES)), seed=f"seed{draw(st.integers())}")
    jumped_back = draw(st.sampled_from([0, 0, 0, 3]))
    usage = nothing_used(begins - timedelta(days=1) + timedelta(days=jumped_back))
    hours = draw(st.none() | st.just(schedule(each.zone, windows=[Window(6 * 60, 15 * 60)], weekend=_NO_WEEKEND)))
    return replace(each, usage=usage, warmup_started_on=draw(st.none() | st.just(begins)), hours=hours)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    zone = draw(st.sampled_from([each for each in ZONES if clock_changes(each)]) | st.sampled_from(ZONES))
    begins = draw(instants_of(zone)).replace(second=0) - timedelta(days=1)
    pairs = st.tuples(st.integers(0, 1440), st.integers(0, 1440)).map(sorted).filter(lambda pair: pair[0] < pair[1])
    windows = tuple(Window(*pair) for pair in draw(st.lists(pairs, min_size=1, max_size=3)))
    off = frozenset(draw(st.lists(st.integers(0, 10).map(lambda day: begins.date() + timedelta(day)), max_size=2)))
    weekend = draw(st.sampled_from([frozenset[int](), frozenset({5, 6}), frozenset({4, 5})]))
    of = campaign(draw(sequences()), schedule=Schedule(zone, (windows,) * 7, weekend, off, frozenset()))
    known = [draw(senders(number, begins.date())) for number in range(draw(st.integers(1, 3)))]
    return snapshot(leads=draw(st.integers(1, 25)), begins=begins, senders=known, of=of)


@st.composite
def diaries(draw: st.DrawFn) -> Diary:
    rates = Rates(
        acceptance=draw(st.sampled_from([0.0, 0.5, 1.0])),
        acceptance_after=timedelta(hours=draw(st.integers(0, 48))),
        reply=draw(st.sampled_from([0.0, 0.3, 1.0])),
        reply_after=timedelta(hours=draw(st.integers(0, 48))),
    )
    return Diary(People(rates, Chance(str(draw(st.integers(0, 10**6)))), run=0))
