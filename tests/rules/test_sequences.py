"""Every problem of a sequence at once; what an edit does; who gets which wording and which sender."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.rules import variants
from rapport.rules.assigning import Candidate, Newcomer, assign
from rapport.rules.delays import Delay, Unit
from rapport.rules.editing import carried, effect
from rapport.rules.sequence_problems import ProblemCode, Rendered, problems
from rapport.rules.sequences import Asked, Condition, Sequence, Step, StepKind, Variant
from rapport.rules.statuses import CampaignAct, CampaignState, acts, after
from tests.rules.builders import campaign, chain, enrollment, invite, message, text, visit, wait_for

DAYS = Delay(7, Unit.DAYS)
GOOD = chain(
    invite(),
    wait_for(Asked.CONNECTED, within=DAYS, otherwise="visit"),
    Step("message", StepKind.MESSAGE, None, variants=text()),
    visit(),
    Step("inmail", StepKind.INMAIL, "withdraw", variants=text(subject="Hello")),
    Step("withdraw", StepKind.WITHDRAW, None),
)
GOOD = replace(GOOD, steps=tuple(replace(step, then=None) if step.key == "message" else step for step in GOOD.steps))


def _codes(sequence, *, all_connected=False, render=None):
    return [(found.code.value, found.step) for found in problems(sequence, all_connected=all_connected, render=render)]


def test_a_sequence_in_order_has_no_problem():
    assert _codes(GOOD) == []
    assert _codes(chain(invite(), message())) == []
    assert _codes(chain(message()), all_connected=True) == []


WRONG = {
    "nothing": (Sequence("none", 1), [("empty", None)]),
    "a message to strangers": (chain(message()), [("message_without_connection", "message")]),
    "a message to who did not accept": (
        chain(invite(), wait_for(Asked.CONNECTED, within=DAYS, otherwise="message"), visit(), message()),
        [("message_without_connection", "message")],
    ),
    "a loop": (
        chain(visit("one"), visit("two"), replace(visit("three"), then="two")),
        [("loop", "two")],
    ),
    "a step to itself": (chain(replace(visit(), then="visit")), [("loop", "visit")]),
    "a step without a way": (
        chain(replace(visit("one"), then="three"), visit("two"), visit("three")),
        [("unreachable", "two")],
    ),
    "a step that is not there": (chain(replace(visit(), then="gone")), [("unknown_step", "visit")]),
    "two of one name": (chain(visit(), visit()), [("duplicate_key", "visit")]),
    "waiting for nothing": (
        chain(visit(), Step("wait", StepKind.WAIT_FOR, None)),
        [("no_condition", "wait")],
    ),
    "a tag without a name": (
        chain(visit(), Step("wait", StepKind.WAIT_FOR, None, condition=Condition(Asked.TAG))),
        [("tag_missing", "wait")],
    ),
    "a wait that waits to wait": (
        chain(visit(), replace(wait_for(Asked.CONNECTED), delay=DAYS)),
        [("delay_on_wait", "wait")],
    ),
    "an action with a condition": (
        chain(replace(visit(), condition=Condition(Asked.CONNECTED))),
        [("condition_on_action", "visit")],
    ),
    "a delay of years": (chain(visit(after=Delay(366, Unit.DAYS))), [("delay_out_of_range", "visit")]),
    "a delay into the past": (chain(visit(after=Delay(-1, Unit.HOURS))), [("delay_out_of_range", "visit")]),
    "an invitation to the connected": (
        chain(invite("one"), wait_for(Asked.CONNECTED), invite("two")),
        [("invite_when_connected", "two")],
    ),
    "nothing to withdraw": (
        chain(visit(), Step("withdraw", StepKind.WITHDRAW, None)),
        [("withdraw_without_invite", "withdraw")],
    ),
    "a message without words": (
        chain(invite(), Step("message", StepKind.MESSAGE, None, variants=text("  "))),
        [("no_text", "message")],
    ),
    "an InMail without a subject": (
        chain(Step("inmail", StepKind.INMAIL, None, variants=text())),
        [("no_subject", "inmail")],
    ),
    "two variants of one name": (
        chain(Step("visit", StepKind.VISIT, None, variants=text() * 2)),
        [("duplicate_variant", "visit")],
    ),
    "weights of nothing": (
        chain(Step("visit", StepKind.VISIT, None, variants=(Variant("a", 0), Variant("b", 0)))),
        [("weight", "visit")],
    ),
    "nine variants": (
        chain(Step("visit", StepKind.VISIT, None, variants=tuple(Variant(str(key), 1) for key in range(9)))),
        [("too_many_variants", "visit")],
    ),
    "51 steps": (chain(*(visit(str(number)) for number in range(51))), [("too_many_steps", None)]),
}


@pytest.mark.parametrize(("sequence", "expected"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_named_at_its_step(sequence, expected):
    assert _codes(sequence) == expected
    assert all(found.sentence.endswith(".") for found in problems(sequence, all_connected=False, render=None))


def test_all_problems_are_told_at_once():
    wrong = chain(message(), replace(visit(), then="gone"), visit("left"))

    assert {code for code, _ in _codes(wrong)} == {"message_without_connection", "unknown_step", "unreachable"}


def test_texts_are_judged_after_they_were_made():
    def render(step, variant):
        if step.key == "invite":
            return Rendered(broken=None, longest=301, too_long=2, missing={})
        if step.key == "message":
            return Rendered(broken=None, longest=10, too_long=0, missing={"company": 3, "city": 1})
        return Rendered(broken="unexpected end", longest=0, too_long=0, missing={})

    sequence = chain(replace(invite(), variants=text()), message(), message("broken"))

    found = problems(sequence, all_connected=False, render=render)

    assert [(each.code, each.step) for each in found] == [
        (ProblemCode.TEXT_TOO_LONG, "invite"),
        (ProblemCode.VARIABLE_MISSING, "message"),
        (ProblemCode.VARIABLE_MISSING, "message"),
        (ProblemCode.TEXT_BROKEN, "broken"),
    ]
    assert found[0].sentence == "The text has 301 characters for 2 leads; 300 are the most."
    assert found[2].sentence == "3 leads lack company."


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from(StepKind)), min_size=1, max_size=8))
def test_any_graph_of_steps_is_judged_and_a_clean_one_ends(edges):
    steps = tuple(
        Step(
            str(number),
            kind,
            str(then) if then < len(edges) else None,
            variants=text(subject="x"),
            condition=Condition(Asked.CONNECTED) if kind is StepKind.WAIT_FOR else None,
            within=DAYS if kind is StepKind.WAIT_FOR else None,
            otherwise=str(otherwise) if kind is StepKind.WAIT_FOR and otherwise < len(edges) else None,
        )
        for number, (then, otherwise, kind) in enumerate(edges)
    )
    sequence = Sequence("any", 1, steps)

    found = problems(sequence, all_connected=False, render=None)

    if not any(each.code is ProblemCode.LOOP for each in found):
        reached = {sequence.start}
        for _ in range(len(steps)):
            reached = {
                key for each in reached if each for key in (sequence.step(each).then, sequence.step(each).otherwise)
            }
        assert reached <= {None}


def test_leads_go_on_at_the_next_step_that_is_left():
    old = chain(invite(), visit("one"), visit("two"), message())
    new = chain(invite(after=DAYS), message(), visit("three"))

    assert effect(old, new).carried == {"one": "message", "two": "message"}
    assert (effect(old, new).added, effect(old, new).removed) == (("three",), ("one", "two"))
    assert effect(old, new).changed == ("invite", "message")
    assert carried("message", old=old, new=chain(invite())) is None
    assert carried("invite", old=old, new=new) == "invite"
    assert carried(None, old=old, new=new) is None


def test_carrying_over_a_loop_ends():
    assert carried("visit", old=chain(replace(visit(), then="visit")), new=chain(invite())) is None


STEP = Step("message", StepKind.MESSAGE, None, variants=(Variant("a", 3), Variant("b", 1), Variant("c", 0)))


def test_variants_are_drawn_by_weight_and_the_same_for_the_same_lead():
    drawn = Counter(
        variants.of(STEP, enrollment=enrollment(id=str(number)), campaign=campaign()) for number in range(4000)
    )

    assert 2850 < drawn["a"] < 3150
    assert drawn["a"] + drawn["b"] == 4000
    assert len({variants.of(STEP, enrollment=enrollment(id="1"), campaign=campaign()) for _ in range(20)}) == 1


def test_a_variant_once_given_is_kept_unless_it_is_gone():
    given_b = enrollment(variants={"message": "b"})

    assert variants.of(STEP, enrollment=given_b, campaign=campaign()) == "b"
    assert variants.of(replace(STEP, variants=STEP.variants[:1]), enrollment=given_b, campaign=campaign()) == "a"
    assert variants.of(visit(), enrollment=given_b, campaign=campaign()) is None


def test_variants_without_weights_are_drawn_alike():
    weightless = (Variant("a", 0), Variant("b", 0))

    assert [variants.drawn(weightless, at).key for at in (0.0, 0.49, 0.5, 0.999)] == ["a", "a", "b", "b"]


ADA, BO = Candidate("ada", True, waiting=300, per_day=25), Candidate("bo", True, waiting=100, per_day=10)


def test_the_sender_who_would_get_to_it_first_gets_the_next_lead():
    assert assign([Newcomer("lead", None, frozenset())], [ADA, BO]) == {"lead": "bo"}


def test_who_contacted_a_person_keeps_them_everywhere_and_who_knows_them_comes_next():
    newcomers = [
        Newcomer("contacted", "ada", frozenset({"bo"})),
        Newcomer("known", None, frozenset({"bo", "zoe"})),
        Newcomer("another's", "zoe", frozenset({"bo"})),
    ]

    assert assign(newcomers, [ADA, BO]) == {"contacted": "ada", "known": "bo", "another's": "zoe"}


def test_senders_who_cannot_send_get_new_leads_only_when_nobody_can():
    paused = replace(BO, is_available=False)

    assert assign([Newcomer("lead", None, frozenset())], [ADA, paused]) == {"lead": "ada"}
    assert assign([Newcomer("lead", None, frozenset())], [paused]) == {"lead": "bo"}
    assert assign([Newcomer("lead", None, frozenset())], []) == {"lead": None}


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 100)), min_size=1, max_size=6), st.integers(0, 400))
def test_new_leads_even_out_the_days_of_work(loads, number):
    candidates = [Candidate(str(key), True, waiting, per_day) for key, (waiting, per_day) in enumerate(loads)]
    newcomers = [Newcomer(str(key), None, frozenset()) for key in range(number)]

    counts = Counter(assign(newcomers, candidates).values())

    assert sum(counts.values()) == number
    days = {each.id: (each.waiting + counts[each.id]) / each.per_day for each in candidates}
    for each in candidates:
        if counts[each.id]:
            assert all(days[each.id] <= days[other.id] + 1 / other.per_day + 1e-9 for other in candidates)


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (CampaignState.DRAFT, {"start": "active", "archive": "archived"}),
        (CampaignState.ACTIVE, {"pause": "paused", "complete": "completed"}),
        (CampaignState.PAUSED, {"resume": "active", "complete": "completed"}),
        (CampaignState.COMPLETED, {"archive": "archived"}),
        (CampaignState.ARCHIVED, {}),
    ],
)
def test_a_campaign_goes_its_way_and_no_other(state, allowed):
    assert {act.value: after(state, act).value for act in acts(state)} == allowed
    assert all(after(state, act) is None for act in CampaignAct if act.value not in allowed)
