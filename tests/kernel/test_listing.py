"""Lists: whatever is asked, the pages together are the list, each row once, in order."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.accounts import queries as accounts
from rapport.jobs import queries as jobs
from rapport.jobs.enqueue import enqueue
from rapport.kernel.db import lowered
from rapport.kernel.errors import RapportError
from rapport.kernel.listing import OPERATORS, Asked, Condition, Listing, check, page
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import only

SEED = 20260302
NAMES = ["Ada", "ada", "Ádám", "Zoë", "zz", "50%", "a_b", "ab", "\\", "x" * 120, "名前", "😀", "O'Neil", "-", "Ada"]
MANY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def filled(stage):
    """Forty senders and forty jobs of two clients, with many equal names, priorities and instants."""
    dice = random.Random(SEED)
    task = stage.service.job_types.get("custom.task")
    for number in range(40):
        client = stage.acme if number % 4 else stage.globex
        with stage.tx() as tx:
            run_at = tx.now + timedelta(seconds=dice.randrange(3))
            enqueue(tx, task, client_id=client.id, run_at=run_at, priority=dice.randrange(-1, 2))
        stage.account(dice.choice(NAMES), of=client)
        if dice.random() < 0.3:
            stage.wait(microseconds=dice.randrange(3))
    return stage


def all_pages(stage, listing: Listing, asked: Asked) -> list[list[dict]]:
    found = []
    after = None
    while True:
        with stage.service.reading(actor=SYSTEM, scope=only([stage.acme.id])) as reading:
            got = page(reading, listing, Asked(asked.conditions, asked.sort, asked.order, asked.limit, after))
        found.append(got.items)
        if got.next_after is None:
            return found
        assert len(got.items) == asked.limit
        after = got.next_after


CONDITIONS = {
    "linkedin_accounts": [
        Condition("name", "contains", "a"),
        Condition("name", "contains", "%"),
        Condition("name", "contains", "_"),
        Condition("name", "ne", "Ada"),
        Condition("name", "in", "Ada,zz,-"),
        Condition("status", "eq", "disconnected"),
        Condition("paused_at", "is_null", "true"),
        Condition("created_at", "gt", "2026-03-02T09:00:00Z"),
        Condition("created_at", "lte", "2026-03-02T09:00:00.000004Z"),
    ],
    "jobs": [
        Condition("status", "in", "pending,failed"),
        Condition("type", "ne", "x"),
        Condition("created_at", "lt", "2026-03-02T09:00:00.000005Z"),
        Condition("error_code", "is_null", "true"),
        Condition("executor", "eq", "n8n"),
    ],
}


@st.composite
def questions(draw):
    listing = draw(st.sampled_from([accounts.LISTING, jobs.LISTING]))
    conditions = draw(st.lists(st.sampled_from(CONDITIONS[listing.name]), max_size=2))
    sort = draw(st.sampled_from(["", *listing.sorts]))
    return listing, Asked(tuple(conditions), sort, draw(st.sampled_from(["", "asc", "desc"])), draw(st.integers(1, 13)))


def test_the_pages_of_any_question_partition_its_list(filled):
    sizes = set()

    @MANY
    @given(questions())
    def partition(question):
        listing, asked = question
        with filled.service.reading(actor=SYSTEM, scope=only([filled.acme.id])) as reading:
            whole = page(reading, listing, Asked(asked.conditions, asked.sort, asked.order, 200)).items

        paged = [row for each in all_pages(filled, listing, asked) for row in each]

        assert paged == whole
        assert len({row["id"] for row in paged}) == len(paged)
        assert {row["client_id"] for row in paged} <= {filled.acme.id}
        sizes.add(len(paged))

    partition()
    assert max(sizes) == 30
    assert len(sizes) > 2


def test_rows_that_come_and_go_between_pages_shift_nothing(filled):
    asked = Asked(sort="name", order="asc", limit=5)
    with filled.reading() as reading:
        first = page(reading, accounts.LISTING, asked)
    stays = {row["id"] for row in first.items}
    filled.account("0 comes before all")
    with filled.tx() as tx:
        from rapport.accounts import senders

        senders.remove(tx, senders.get(tx, first.items[0]["id"]))
        senders.remove(tx, senders.get(tx, first.items[-1]["id"]))

    seen = []
    after = first.next_after
    while after is not None:
        with filled.reading() as reading:
            got = page(reading, accounts.LISTING, Asked(sort="name", order="asc", limit=5, after=after))
        seen += [row["id"] for row in got.items]
        after = got.next_after

    assert len(seen) == len(set(seen)) == 35
    assert stays.isdisjoint(seen)


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_contains_takes_percent_and_underscore_for_themselves(filled, order):
    for text, expected in {"%": {"50%"}, "_": {"a_b"}, "\\": {"\\"}, "b": {"a_b", "ab"}, "O'N": {"O'Neil"}}.items():
        with filled.reading() as reading:
            got = page(reading, accounts.LISTING, Asked((Condition("name", "contains", text),), order=order, limit=200))
        assert {row["name"] for row in got.items} <= expected


LETTERS = "aZäÄßẞéÉøØñÑçÇšŠłŁ\u0131ğIİÀὰΣ\u03c3ςЖжњЊԱ\u0561ﬁǅǆ名😀-'"


def test_contains_knows_small_and_capital_letters_of_every_alphabet_alike_on_both_databases(make_stage):
    """Each database is asked for every letter, in both forms, of a sender of each: as a table, one and the same."""
    stage = make_stage()
    for letter in LETTERS:
        stage.account(f"<{letter}>")

    def found(text: str) -> set[str]:
        asked = Asked((Condition("name", "contains", f"<{text}>"),), limit=200)
        with stage.reading() as reading:
            return {row["name"][1] for row in page(reading, accounts.LISTING, asked).items}

    for letter in LETTERS:
        alike = {other for other in LETTERS if lowered(other) == lowered(letter)}
        assert found(letter) == alike, letter
    assert found("Ä") == {"ä", "Ä"}, "the control: letters beyond ASCII have two forms"


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([accounts.LISTING, jobs.LISTING]),
    st.text(max_size=12) | st.sampled_from(["name", "status", "created_at", "client_id"]),
    st.sampled_from([each for some in OPERATORS.values() for each in some]) | st.text(max_size=5),
    st.text(max_size=300) | st.sampled_from(["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "1" * 400]),
)
def test_a_condition_is_accepted_or_refused_by_name_whatever_it_is(listing, field, operator, value):
    refusal = None
    try:
        check(listing, Condition(field, operator, value))
    except RapportError as refused:
        refusal = (refused.code.name, list(refused.details))

    assert refusal in (None, ("VALIDATION_FAILED", [f"filter[{field}]"]))
