"""A score is a sum that can be shown, and warmth follows from it unless somebody says otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.rules.scoring import MOST_OF, LeadFacts, Wanted, Warmth, Why, by_points, score, warmth
from rapport.rules.seniority import Seniority, seniority

LOOKED_FOR = Wanted(
    titles=("head of sales",),
    seniorities=("director", "chief"),
    industries=("software",),
    company_sizes=("51-200",),
    countries=("Germany", "Deutschland"),
    regions=("Bavaria",),
    languages=("de",),
)
ADA = LeadFacts(
    title="Head of Sales, DACH",
    industry="Software / SaaS",
    company_size="51-200",
    location="Munich, Bavaria, Germany",
    language="de-DE",
    has_email=True,
    has_verified_email=True,
    has_phone=True,
    has_open_profile=True,
    is_first_degree=True,
    has_accepted=True,
    has_replied=True,
    has_opened=True,
    was_captured=True,
)
TEXTS = st.none() | st.sampled_from(
    ["Head of Sales", "Munich, Bavaria, Germany", "software", "51-200", "de", "", "x, y"]
)
FACTS = st.builds(
    LeadFacts,
    **dict.fromkeys(("title", "headline", "industry", "company_size", "location", "country", "language"), TEXTS),
    **{name: st.booleans() for name in LeadFacts.__slots__ if name.startswith(("has_", "is_", "was_"))},
)


def test_whoever_is_all_that_is_looked_for_has_a_hundred_points():
    made = score(ADA, LOOKED_FOR)
    assert made.points == 100
    assert {name: made.of(name) for name in MOST_OF} == {
        "fit": 40,
        "market": 30,
        "contactability": 20,
        "engagement": 10,
    }
    assert dict(MOST_OF) == {"fit": 40, "market": 30, "contactability": 20, "engagement": 10}


def test_what_nobody_asks_for_is_worth_half_what_is_not_known_a_quarter_and_what_is_otherwise_nothing():
    nobody = LeadFacts()
    assert (score(nobody, Wanted()).of("fit"), score(nobody, Wanted()).of("market")) == (20, 15)
    assert (score(nobody, LOOKED_FOR).of("fit"), score(nobody, LOOKED_FOR).of("market")) == (9, 6)
    other = LeadFacts(title="Nurse", industry="health", company_size="1-10", location="Lyon, France", language="fr")
    assert (score(other, LOOKED_FOR).of("fit"), score(other, LOOKED_FOR).of("market")) == (0 + 2, 0)
    assert score(other, LOOKED_FOR).parts["fit"]["seniority"] == 2, "a nurse's level is not known"


@given(FACTS, st.sampled_from([Wanted(), LOOKED_FOR]))
def test_the_parts_always_add_up_and_the_same_facts_give_the_same(facts, looked_for):
    made = score(facts, looked_for)
    assert made.points == sum(made.of(name) for name in MOST_OF)
    assert all(0 <= made.of(name) <= most for name, most in MOST_OF.items())
    assert score(facts, looked_for) == made


@given(FACTS)
def test_to_know_or_do_more_never_costs_points(facts):
    from dataclasses import replace

    for name in ("has_email", "has_phone", "has_replied", "was_captured"):
        assert score(replace(facts, **{name: True}), LOOKED_FOR).points >= score(facts, LOOKED_FOR).points


@pytest.mark.parametrize(
    ("points", "word", "sign", "expected"),
    [
        (70, None, None, (Warmth.HOT, Why.SCORE)),
        (69, None, None, (Warmth.WARM, Why.SCORE)),
        (40, None, None, (Warmth.WARM, Why.SCORE)),
        (39, None, None, (Warmth.COLD, Why.SCORE)),
        (10, None, (Why.BUYING_SIGNAL, Warmth.HOT), (Warmth.HOT, Why.BUYING_SIGNAL)),
        (95, None, (Why.NOT_INTERESTED, Warmth.COLD), (Warmth.COLD, Why.NOT_INTERESTED)),
        (10, Warmth.WARM, (Why.BUYING_SIGNAL, Warmth.HOT), (Warmth.WARM, Why.OPERATOR)),
    ],
)
def test_the_operators_word_goes_before_the_persons_and_that_before_points(points, word, sign, expected):
    assert warmth(points, Wanted(), word=word, sign=sign) == expected


def test_a_client_sets_its_own_thresholds():
    assert by_points(55, Wanted(hot_from=50, warm_from=20)) is Warmth.HOT


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("Head of Sales, DACH", Seniority.DIRECTOR),
        ("Founder & CEO", Seniority.CHIEF),
        ("Vice President Marketing", Seniority.VICE_PRESIDENT),
        ("SVP Sales", Seniority.VICE_PRESIDENT),
        ("Assistant to the CEO", Seniority.JUNIOR),
        ("Geschäftsführerin", Seniority.CHIEF),
        ("Teamleiterin Einkauf", Seniority.MANAGER),
        ("Senior Engineer", Seniority.SENIOR),
        ("Sales Development Representative", None),
        ("Nurse", None),
        (None, None),
    ],
)
def test_a_title_speaks_of_a_level(title, level):
    assert seniority(title) is level
