"""Automatic answers of people who are away are told from replies, on a corpus whose misses are counted."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from rapport.rules.out_of_office import recognise

SENT_ON = date(2026, 3, 2)
PRECISION, RECALL = 0.97, 0.90


@dataclass(frozen=True)
class Sample:
    lang: str
    out: bool
    returns: str | None
    text: str


CORPUS = [
    Sample(**json.loads(line))
    for line in Path(__file__).with_name("out_of_office.jsonl").read_text("utf-8").splitlines()
]


def test_the_corpus_is_large_mixed_and_of_many_languages():
    languages = Counter(sample.lang for sample in CORPUS)

    assert len({sample.text for sample in CORPUS}) == len(CORPUS) >= 120
    assert len(languages) >= 8
    assert 0.45 <= sum(not sample.out for sample in CORPUS) / len(CORPUS) <= 0.55


def test_what_is_recognised_is_right_and_most_of_it_is_recognised(record_property):
    held = [sample for sample in CORPUS if recognise(sample.text, today=SENT_ON)]
    wrong = [sample.text for sample in held if not sample.out]
    missed = [sample.text for sample in CORPUS if sample.out and sample not in held]
    right = len(held) - len(wrong)
    precision, recall = right / len(held), right / (right + len(missed))
    record_property("says", f"out of office: {len(CORPUS)} messages, precision {precision:.3f}, recall {recall:.3f}")

    assert precision >= PRECISION, wrong
    assert recall >= RECALL, missed


@pytest.mark.parametrize("sample", [each for each in CORPUS if each.returns], ids=lambda each: each.text[:40])
def test_the_first_day_back_is_read_where_it_is_said(sample):
    found = recognise(sample.text, today=SENT_ON)

    if found is not None:  # what is missed is counted above
        assert found.returns_on is not None
        assert found.returns_on.isoformat() == sample.returns


def test_no_day_is_made_up_where_none_is_said():
    for sample in CORPUS:
        if sample.out and not sample.returns:
            found = recognise(sample.text, today=SENT_ON)
            assert found is None or found.returns_on is None or "16" in sample.text, sample.text


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("until 28 February", None),
        ("until 31 February", None),
        ("until 5 January", None),
        ("until 14.3.", date(2026, 3, 15)),
        ("until 03/04/2026", date(2026, 3, 5)),
        ("until 25/03", date(2026, 3, 26)),
        ("until March 20", date(2026, 3, 21)),
        ("back on Monday", date(2026, 3, 9)),
        ("back on Tuesday", date(2026, 3, 3)),
        ("until room 12 is free", None),
    ],
)
def test_days_are_read_in_the_ways_they_are_written(said, day):
    found = recognise(f"Automatic reply: I am out of the office {said}.", today=SENT_ON)

    assert found is not None
    assert found.returns_on == day


def test_a_day_of_next_year_is_found_at_the_end_of_this():
    found = recognise("Automatic reply: back on 4 January.", today=date(2026, 12, 23))

    assert found is not None
    assert found.returns_on == date(2027, 1, 4)


@pytest.mark.parametrize(
    ("headers", "out"),
    [
        ({"Auto-Submitted": "auto-replied"}, True),
        ({"AUTO-SUBMITTED": "Auto-Generated; x=y"}, True),
        ({"Auto-Submitted": "no"}, False),
        ({"X-Autoreply": "yes"}, True),
        ({"X-Autorespond": "Away"}, True),
        ({"Precedence": "auto_reply"}, True),
        ({"Precedence": "bulk"}, False),
        ({"X-Auto-Response-Suppress": "All"}, False),
        ({}, False),
    ],
)
def test_headers_say_it_where_a_channel_has_them(headers, out):
    found = recognise("Thanks, will look.", today=SENT_ON, headers=headers)

    assert (found is not None) is out


def test_a_subject_says_it_where_a_channel_has_one():
    text = "I will read your message next week."

    assert recognise(text, today=SENT_ON) is None
    assert recognise(text, today=SENT_ON, subject="Automatic reply: Your offer") is not None


def test_what_gave_it_away_is_named():
    found = recognise("Automatic reply: I am out of the office. For urgent matters call the front desk.", today=SENT_ON)

    assert found is not None
    assert found.because == ("declared", "away", "and_so")


@pytest.mark.parametrize("text", ["", " ", "\x00", "👍", "ok", "?" * 5000, "﷽" * 2000])
def test_what_says_nothing_is_a_reply(text):
    assert recognise(text, today=SENT_ON) is None


def test_an_endless_text_costs_no_more_than_a_long_one():
    began = time.process_time()
    for piece in ("i am out of the office until ", "ich bin bis ", "je suis ", "12/", "1月1日", "a" * 50):
        recognise(piece * 20_000, today=SENT_ON)

    assert time.process_time() - began < 1


def test_days_stand_within_any_absence():
    for offset in range(0, 400, 7):
        today = SENT_ON + timedelta(days=offset)
        found = recognise("Automatic reply: I am away until 6 March.", today=today)
        assert found is not None
        assert found.returns_on is None or today <= found.returns_on <= today + timedelta(days=202)
