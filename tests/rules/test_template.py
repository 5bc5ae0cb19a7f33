"""One text for all, written to one person: strict, harmless, never half-filled."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.rules.template import (
    LONGEST_TEMPLATE,
    MOST_FILTERS,
    MOST_PLACEHOLDERS,
    Broken,
    Missing,
    Rendered,
    Template,
    length,
    parse,
    render,
)

ADA = {"first_name": "Ada", "last_name": "Lovelace", "company": "Analytical Engines Ltd."}


def text(source: str, values: dict[str, str | None]) -> Rendered | Missing:
    template = parse(source)
    assert isinstance(template, Template), template
    return render(template, values)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hi {{ first_name }}", "Hi Ada"),
        ("Hi {{first_name}}, how is {{ company | company }}?", "Hi Ada, how is Analytical Engines?"),
        ('Hi {{ nickname | default: "there" }}', "Hi there"),
        ("Hi {{ nickname | default: 'it\\'s you' }}", "Hi it's you"),
        ('Hi {{ nickname | default("there") }}', "Hi there"),
        ("{{ first_name | upper }} {{ last_name | lower | capitalize }}", "ADA Lovelace"),
        ("{{ company | truncate: 12 }}", "Analytical…"),
        ("no variable at all", "no variable at all"),
        ("a { b } c", "a { b } c"),
    ],
)
def test_variables_and_filters_are_filled_in(source, expected):
    assert text(source, ADA) == Rendered(expected)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "   ",
        "\u200f",
        "\u202e\u202c",
        "None",
        "null",
        "NaN",
        "#N/A",
        "-",
        "{{first_name}}",
        "{% x %}",
        "FirstName",
    ],
)
def test_a_value_that_is_none_or_only_looks_like_one_holds_the_lead(value):
    assert text("Hi {{ first_name }}, and {{ last_name }}", {"first_name": value}) == Missing(
        ("first_name", "last_name")
    )


def test_a_name_of_emoji_only_is_missing_after_cleaning_and_takes_the_default():
    assert text("Hi {{ first_name | clean }}", {"first_name": "🚀✨"}) == Missing(("first_name",))
    assert text('Hi {{ first_name | clean | default: "there" }}', {"first_name": "🚀✨"}) == Rendered("Hi there")


def test_a_default_counts_only_for_what_stands_before_it():
    assert text('{{ a | default: "x" | upper }}', {}) == Rendered("X")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{% for x in y %}", "no blocks, loops"),
        ("{{ a.__class__ }}", "plain name"),
        ("{{ a['b'] }}", "plain name"),
        ("{{ a() }}", "plain name"),
        ("{{ 7*7 }}", "plain name"),
        ("{{ }}", "plain name"),
        ("{{ a | evil }}", "no filter evil"),
        ("{{ a | default }}", "needs a text"),
        ('{{ a | default: "" }}', "needs a text"),
        ('{{ a | default: "None" }}', "placeholder"),
        ("{{ a | truncate: 0 }}", "needs a number"),
        ('{{ a | upper: "x" }}', "takes no argument"),
        ("{{ a", "must end with }}"),
        ("a }}", "must begin with {{"),
        ("{# hm #}", "no comments"),
        ("{{ a" + " | upper" * (MOST_FILTERS + 1) + " }}", "at most 8 filters"),
        ("{{ a }}" * (MOST_PLACEHOLDERS + 1), "at most 100 variables"),
        ("x" * (LONGEST_TEMPLATE + 1), "at most 10000 characters"),
    ],
)
def test_what_is_no_template_is_refused_in_a_sentence(source, words):
    broken = parse(source)

    assert isinstance(broken, Broken)
    assert any(words in problem.sentence for problem in broken.problems)


def test_every_problem_is_named_with_its_place():
    broken = parse("Hi {{ a | evil }}\nand {% if %}")

    assert isinstance(broken, Broken)
    assert [(problem.line, problem.column) for problem in broken.problems] == [(1, 4), (2, 5), (2, 11)]


def test_a_template_tells_what_it_uses_and_what_it_cannot_do_without():
    template = parse('{{ b | default: "x" }} {{ a }} {{ b }} {{ c | default: "y" }}')

    assert isinstance(template, Template)
    assert template.variables == ("b", "a", "c")
    assert template.needed == ("a", "b")


@given(value=st.text(max_size=60))
def test_whatever_a_value_holds_it_is_sent_as_it_is_or_not_at_all(value):
    outcome = text("[{{ a }}]", {"a": value})

    if isinstance(outcome, Rendered):
        inside = outcome.text[1:-1]
        assert inside.strip()
        assert "{{" not in inside
        assert inside.casefold() not in ("none", "null")
        assert set(inside) <= set(value) | {" "} or not value.isascii()  # composing joins letters and their marks


@given(values=st.dictionaries(st.sampled_from(["first_name", "last_name", "company"]), st.text(max_size=20)))
def test_nothing_half_filled_is_ever_written(values):
    outcome = text("Hi {{ first_name | clean }}, {{ company }}!", values)

    if isinstance(outcome, Rendered):
        assert "Hi ," not in outcome.text.replace(values["first_name"], "Ada")
        assert not outcome.text.endswith(", !")
    else:
        assert outcome.variables


def test_eight_threads_at_once_never_mix_two_people():
    template = parse("{{ a }}:{{ b | clean }}:{{ a }}")
    assert isinstance(template, Template)
    mixed: list[str] = []

    def write(nonce: str) -> None:
        for number in range(500):
            wanted = f"{nonce}{number}"
            outcome = render(template, {"a": wanted, "b": wanted})
            if outcome != Rendered(f"{wanted}:{wanted}:{wanted}"):
                mixed.append(str(outcome))

    threads = [threading.Thread(target=write, args=(f"Q{n}q",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert mixed == []


def test_length_is_counted_as_linkedin_counts():
    assert length("Ada") == 3
    assert length("🚀") == 2
    assert length("👩‍💻") == 5
