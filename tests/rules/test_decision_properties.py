"""Whatever the facts: the answer is the same each time, waits forward, and never lets a send over a line."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from rapport.rules.answers import Send, Stop, Wait
from rapport.rules.decision import Explanation, decide, explain, next_send
from rapport.rules.delays import due
from rapport.rules.facts import CampaignFacts, Facts
from rapport.rules.limits import BUDGET_OF, LIMITS, Budget
from rapport.rules.sequences import Step, StepKind
from rapport.rules.statuses import CampaignState, EnrollmentStatus, Unsettled
from rapport.rules.usage import Usage
from tests.rules.builders import campaign, chain, enrollment, facts, invite, lead, message, sender, text, visit
from tests.rules.calendars import ZONES, is_open
from tests.rules.test_windows import instants_of, schedules
from tests.rules.worlds import sequences

SINGLE = [chain(step) for step in (invite(), message(), visit(), Step("email", StepKind.EMAIL, None, variants=text()))]
TROUBLES = (
    "state",
    "dates",
    "ended",
    "paused",
    "replied",
    "listed",
    "unsettled",
    "nobody",
    "not ok",
    "cooling",
    "withdrawn",
    "missing",
    "zero",
    "away",
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Facts, datetime]:
    """An enrollment anywhere in its course, near an instant at which things change, with at most two troubles.

    Hypothesis picks the calendar, the course and the troubles; the many numbers come from one drawn seed.
    """
    schedule = draw(schedules())
    now = draw(instants_of(schedule.zone))
    troubles = set(draw(st.lists(st.sampled_from(TROUBLES), max_size=2)))
    random = Random(draw(st.integers(0, 2**32)))

    def near() -> datetime:
        return now + timedelta(seconds=random.randrange(-20 * 86400, 20 * 86400))

    def past() -> datetime:
        return now - timedelta(seconds=random.choice((1, 1, 20)) * random.randrange(0, 86400))

    def maybe(value: datetime) -> datetime | None:
        return random.choice((None, value))

    of: CampaignFacts = campaign(
        draw(st.one_of(sequences(), st.sampled_from(SINGLE))),
        schedule=schedule,
        state=random.choice(list(CampaignState)) if "state" in troubles else CampaignState.ACTIVE,
        starts_at=near() if "dates" in troubles else None,
        ends_at=maybe(near()) if "dates" in troubles else None,
    )
    usage = Usage(
        on=(now + timedelta(days=random.choice((-1, 0, 0, 0, 1)))).date(),
        today={budget: random.randrange(7) for budget in Budget},
        invites=tuple(sorted(past() for _ in range(random.randrange(7)))),
        pending=random.randrange(6),
        last_at=maybe(past()),
        last_by={budget: past() for budget in Budget if random.random() < 0.5},
        last_on=random.choice((None, past().date())),
    )
    cooling = {None: near(), random.choice(list(Budget)): near()} if "cooling" in troubles else {}
    who = sender(
        zone=(zone := draw(st.sampled_from(ZONES))),
        hours=random.choice((None, replace(draw(schedules()), zone=zone))),
        limits={name: random.randrange(0 if "zero" in troubles else 1, 9) for name in LIMITS},
        warmup_started_on=random.choice((None, past().date())),
        is_ok="not ok" not in troubles,
        cooling_until=cooling,
        usage=usage,
        seed=str(random.random()),
    )
    place = enrollment(
        step=random.choice(of.sequence.steps).key,
        reached_at=past(),
        enrolled_at=past(),
        status=random.choice(list(EnrollmentStatus)) if "ended" in troubles else EnrollmentStatus.CONNECTED,
        due_override_at=random.choice((None, None, None, near())),
        paused_at=past() if "paused" in troubles else None,
        replied_at=past() if "replied" in troubles else None,
        away_until=near() if "away" in troubles else None,
        unsettled=random.choice(list(Unsettled)) if "unsettled" in troubles else None,
    )
    person = lead(
        connected_at=maybe(past()),
        invited_at=random.choice((None, None, None, past())),
        withdrawn_at=past() if "withdrawn" in troubles else None,
        email_at=maybe(past()),
        do_not_contact="person" if "listed" in troubles else None,
        missing={random.choice(of.sequence.steps).key: ("company",)} if "missing" in troubles else {},
    )
    return facts(campaign=of, enrollment=place, lead=person, sender=None if "nobody" in troubles else who), now


@given(situations())
def test_an_answer_is_stable_explained_and_true_at_the_instant_it_names(situation):
    known, now = situation

    explained = explain(known, now)

    assert decide(known, now) == decide(copy.deepcopy(known), now) == explained.decision
    _the_first_closed_gate_decides(explained)
    _every_closed_gate_opens_when_it_says(explained, known, now)
    _shared_gates_do_not_depend_on_the_lead(explained, known, now)


def _the_first_closed_gate_decides(explained: Explanation) -> None:
    closed = [answer for answer in explained.answers if not answer.is_open]
    match explained.decision:
        case Send():
            assert closed == []
        case Wait(gate=gate, reason=reason, until=until):
            first = closed[0]
            assert (gate, reason, until) == (first.gate, first.closed_by, first.changes_at)
            assert not first.stops
        case Stop(gate=gate, reason=reason):
            assert (gate, reason, True) == (closed[0].gate, closed[0].closed_by, closed[0].stops)


def _every_closed_gate_opens_when_it_says(explained: Explanation, known: Facts, now: datetime) -> None:
    for answer in explained.answers:
        if answer.is_open or answer.changes_at is None:
            continue
        assert answer.changes_at > now
        then = explain(known, answer.changes_at)
        is_open = {each.gate: each.is_open for each in then.answers}
        assert is_open[answer.gate] or then.position.step != explained.position.step


def _shared_gates_do_not_depend_on_the_lead(explained: Explanation, known: Facts, now: datetime) -> None:
    if explained.position.step is None:
        return
    person, place = replace(known.lead, id="other", missing={}), replace(known.enrollment, id="other")
    other = explain(replace(known, lead=person, enrollment=place), now)

    one, two = ([answer for answer in each.answers if answer.gate.is_shared] for each in (explained, other))
    assert one == two


@given(situations(), st.lists(st.floats(0, 1, exclude_max=True), max_size=5))
def test_the_next_send_is_the_first_possible_and_within_every_line(situation, shares):
    known, now = situation

    coming = next_send(known, now)

    ends = coming.at if isinstance(coming, Send) else now + timedelta(days=10)
    if isinstance(coming, Stop):
        return
    assert ends >= now
    for share in shares:
        between = now + share * (ends - now)
        assert between == ends or not isinstance(decide(known, between), Send)
    if isinstance(coming, Send):
        _is_within_every_line_by_a_plain_count(coming, known)


def _is_within_every_line_by_a_plain_count(coming: Send, known: Facts) -> None:
    who, at, step = known.sender, coming.at, coming.step
    assert who is not None
    assert is_open(known.campaign.schedule, at)
    assert known.campaign.state is CampaignState.ACTIVE
    assert known.enrollment.replied_at is None
    assert known.lead.do_not_contact is None
    assert known.campaign.ends_at is None or at < known.campaign.ends_at
    assert known.campaign.starts_at is None or at >= known.campaign.starts_at
    assert who.is_ok
    assert all(until <= at for kind, until in who.cooling_until.items() if kind in {None, BUDGET_OF[step.kind]})
    assert who.usage.last_at is None or at - who.usage.last_at >= timedelta(seconds=30)
    budget = BUDGET_OF[step.kind]
    if budget is not None:
        today = at.astimezone(ZoneInfo(who.zone)).date()
        used = who.usage.today.get(budget, 0) if today <= who.usage.on else 0
        assert used < who.limits[f"{budget.value}_per_day"]
    if step.kind is StepKind.INVITE:
        assert sum(each > at - timedelta(days=7) for each in who.usage.invites) < who.limits["invites_per_week"]
        assert who.usage.pending < who.limits["pending_invites"]
        assert known.lead.connected_at is None
        assert known.lead.withdrawn_at is None or at >= known.lead.withdrawn_at + timedelta(days=21)
    if step.kind is StepKind.MESSAGE:
        assert known.lead.connected_at is not None
    if known.enrollment.due_override_at is not None:
        assert at >= known.enrollment.due_override_at
    elif coming.step.key == known.enrollment.step:
        reached = due(known.enrollment.reached_at, step.delay, schedule=known.campaign.schedule)
        assert reached is not None
        assert at >= reached
