"""Whatever the facts: the answer is the same each time, waits forward, and never lets a send over a line."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from rapport.rules.answers import Send, Stop, Wait
from rapport.rules.decision import decide, explain, next_send
from rapport.rules.delays import due
from rapport.rules.facts import CampaignFacts, Facts
from rapport.rules.limits import BUDGET_OF, LIMITS, Budget
from rapport.rules.reasons import Gate
from rapport.rules.sequences import Step, StepKind
from rapport.rules.statuses import CampaignState, EnrollmentStatus, Unsettled
from rapport.rules.usage import Usage
from tests.rules.builders import campaign, chain, enrollment, facts, invite, lead, message, sender, text, visit
from tests.rules.calendars import ZONES, is_open
from tests.rules.test_windows import instants_of, schedules
from tests.rules.worlds import sequences

SINGLE = [chain(step) for step in (invite(), message(), visit(), Step("email", StepKind.EMAIL, None, variants=text()))]
_spans = st.integers(-20 * 24 * 3600, 20 * 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))


def _rarely(value: st.SearchStrategy) -> st.SearchStrategy:
    return st.sampled_from([False] * 9 + [True]).flatmap(lambda really: value if really else st.none())


@st.composite
def situations(draw: st.DrawFn) -> tuple[Facts, datetime]:
    """An enrollment anywhere in its course, and an instant near which things are about to change."""
    schedule = draw(schedules())
    now = draw(instants_of(schedule.zone))

    def near() -> datetime:
        return now + draw(_spans)

    def past() -> datetime:
        return now - abs(draw(_spans))

    of: CampaignFacts = campaign(
        draw(st.one_of(sequences(), st.sampled_from(SINGLE))),
        schedule=schedule,
        state=draw(st.sampled_from([CampaignState.ACTIVE] * 9 + list(CampaignState))),
        starts_at=draw(_rarely(st.just(near()))),
        ends_at=draw(_rarely(st.just(near()))),
    )
    step = draw(st.sampled_from([*of.sequence.steps] * 4 + [None]))
    on = (now + draw(st.sampled_from([timedelta(0), timedelta(days=-1), timedelta(days=1)]))).date()
    usage = Usage(
        on=on,
        today=draw(st.dictionaries(st.sampled_from(Budget), st.integers(0, 6))),
        invites=tuple(sorted(past() for _ in range(draw(st.integers(0, 6))))),
        pending=draw(st.integers(0, 5)),
        last_at=draw(st.none() | st.just(past())),
        last_by={budget: past() for budget in draw(st.sets(st.sampled_from(Budget), max_size=2))},
    )
    who = sender(
        zone=draw(st.sampled_from(ZONES)),
        limits={name: draw(st.integers(0, 6)) for name in LIMITS},
        warmup_started_on=draw(st.none() | st.just(past().date())),
        is_ok=draw(st.sampled_from([True] * 9 + [False])),
        cooling_until=draw(st.sampled_from([{}, {}, {None: near()}, {Budget.INVITES: near(), Budget.OTHER: near()}])),
        usage=usage,
        seed=draw(st.text(max_size=3)),
    )
    place = enrollment(
        step=None if step is None else step.key,
        reached_at=past(),
        enrolled_at=past(),
        status=draw(st.sampled_from([EnrollmentStatus.CONNECTED] * 20 + list(EnrollmentStatus))),
        due_override_at=draw(_rarely(st.just(near()))),
        paused_at=draw(_rarely(st.just(past()))),
        replied_at=draw(_rarely(st.just(past()))),
        unsettled=draw(_rarely(st.sampled_from(Unsettled))),
    )
    person = lead(
        connected_at=draw(st.none() | st.just(past())),
        invited_at=draw(_rarely(st.just(past()))),
        withdrawn_at=draw(_rarely(st.just(past()))),
        email_at=draw(st.none() | st.just(past())),
        do_not_contact=draw(_rarely(st.just("person"))),
        missing=draw(st.sampled_from([{}, {}, {}, {"m1": ("company",)}])),
    )
    return facts(campaign=of, enrollment=place, lead=person, sender=draw(st.sampled_from([who] * 9 + [None]))), now


@given(situations())
def test_the_same_facts_give_the_same_answer(situation):
    known, now = situation

    assert decide(known, now) == decide(copy.deepcopy(known), now) == explain(known, now).decision


@given(situations())
def test_a_closed_gate_is_open_at_the_instant_it_names(situation):
    known, now = situation

    explained = explain(known, now)

    for answer in explained.answers:
        if answer.is_open or answer.changes_at is None:
            continue
        assert answer.changes_at > now
        then = explain(known, answer.changes_at)
        is_open = {each.gate: each.is_open for each in then.answers}
        assert is_open[answer.gate] or then.position.step != explained.position.step


@given(situations())
def test_the_first_closed_gate_decides(situation):
    known, now = situation

    explained = explain(known, now)

    closed = [answer for answer in explained.answers if not answer.is_open]
    match explained.decision:
        case Send():
            assert closed == []
        case Wait(gate=gate, reason=reason, until=until):
            assert (gate, reason, until, False) == (
                closed[0].gate,
                closed[0].closed_by,
                closed[0].changes_at,
                closed[0].stops,
            )
        case Stop(gate=gate, reason=reason):
            assert (gate, reason, True) == (closed[0].gate, closed[0].closed_by, closed[0].stops)


@given(situations(), st.lists(st.floats(0, 1, exclude_max=True), max_size=5))
def test_nothing_leaves_between_now_and_the_next_send(situation, shares):
    known, now = situation

    coming = next_send(known, now)

    ends = coming.at if isinstance(coming, Send) else now + timedelta(days=10)
    if isinstance(coming, Stop):
        return
    assert ends >= now
    for share in shares:
        between = now + share * (ends - now)
        assert between == ends or not isinstance(decide(known, between), Send)


@given(situations())
def test_a_send_is_within_every_line_by_a_plain_count(situation):
    known, now = situation

    coming = next_send(known, now)

    if not isinstance(coming, Send):
        return
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


@given(situations())
def test_answers_of_shared_gates_do_not_depend_on_the_lead(situation):
    known, now = situation
    if known.sender is None or explain(known, now).position.step is None:
        return
    other = replace(
        known, lead=replace(known.lead, id="other", missing={}), enrollment=replace(known.enrollment, id="x")
    )

    one, two = (
        {answer.gate: answer for answer in explain(each, now).answers if answer.gate.is_shared}
        for each in (known, other)
    )

    assert one == two
    assert Gate.TEMPLATE not in one
