"""Intervals against published values, quantiles against a plain sort, and verdicts that do not shout."""

from __future__ import annotations

import random
import statistics as standard

import pytest

from rapport.rules.statistics import ENOUGH, Verdict, buckets, difference, quantile, share


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17, table I, method 3 (Wilson)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_the_published_one(hits, of, low, high):
    found = share(hits, of)

    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
    ],
)
def test_the_interval_of_a_difference_is_the_published_one(first, second, low, high):
    found = difference(share(*first), share(*second))

    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert found.verdict is Verdict.FIRST
    assert difference(share(*second), share(*first)).verdict is Verdict.SECOND


def test_few_say_nothing_however_far_apart_they_are():
    few = difference(share(ENOUGH - 1, ENOUGH - 1), share(0, 1000))
    enough = difference(share(ENOUGH, ENOUGH), share(0, 1000))

    assert (few.verdict, few.low, few.high) == (Verdict.NOT_ENOUGH, None, None)
    assert enough.verdict is Verdict.FIRST
    assert difference(share(0, 0), share(1, 40)).value is None
    assert difference(share(20, 200), share(22, 200)).verdict is Verdict.NO_DIFFERENCE


def test_a_share_of_few_is_less_sure_than_the_same_share_of_many():
    few, many = share(1, 2), share(100, 200)

    assert few.value == many.value == 0.5
    assert (few.low or 0) < (many.low or 0) < 0.5 < (many.high or 0) < (few.high or 0)
    assert share(0, 0).value is None
    assert share(3, 2).value == 1.0


def test_the_interval_holds_the_truth_about_as_often_as_it_says(seed):
    draw = random.Random(seed)
    held = 0
    for _ in range(2000):
        truth, of = draw.uniform(0.05, 0.6), draw.randrange(20, 200)
        found = share(sum(draw.random() < truth for _ in range(of)), of)
        held += (found.low or 0) <= truth <= (found.high or 1)
    assert 0.925 < held / 2000 < 0.975


def test_quantiles_are_those_of_the_standard_library(seed):
    draw = random.Random(seed)
    values = sorted(draw.expovariate(1) for _ in range(501))

    tenths = standard.quantiles(values, n=10, method="inclusive")

    assert [quantile(values, each / 10) for each in range(1, 10)] == pytest.approx(tenths)
    assert (quantile([], 0.5), quantile([7.0], 0.9)) == (None, 7.0)
    assert buckets([0.5, 1.0, 1.5, 9.0], [1, 2]) == [2, 1, 1]
