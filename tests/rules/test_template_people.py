"""Many people under many texts: each gets their own words, whole or not at all.

Every lead carries a mark of their own in each field. `NONCE_LEADS` says how many there are.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from rapport.campaigns.personalise import Lacking, Words, words
from rapport.rules import names
from rapport.rules.sequences import StepKind, Variant

LEADS = int(os.environ.get("NONCE_LEADS", "300"))
SEED = 50
FIELDS = ("first_name", "last_name", "company", "title", "city")
DRESSES = (
    *("{}", "  {} ", "Dr. {}", "{} \U0001f600", "\u200f{}\u200d"),
    *("{{{{ {} }}}}", "Łódź {}", "王 {}", "{}, {{{{7*7}}}}"),
)
USES = ("", " | trim", " | no_emoji", " | capitalize", ' | default: "there"')
HALF_FILLED = re.compile(r"None|Hi ,|Hi !|undefined|null")


def _texts(draw: random.Random) -> list[Variant]:
    """Fifty texts, each of some fields with some filters."""
    found = []
    for number in range(50):
        used = draw.sample(FIELDS, draw.randint(1, len(FIELDS)))
        body = "Hi " + " and ".join(f"{{{{ {name}{draw.choice(USES)} }}}}" for name in used) + "!"
        found.append(Variant(str(number), 1, body))
    return found


def _person(number: int, draw: random.Random) -> dict[str, str | None]:
    given = {name: draw.choice(DRESSES).format(f"n{number:06}x") for name in FIELDS}
    return {name: draw.choice((None, "", "N/A", " ")) if draw.random() < 0.1 else given[name] for name in FIELDS}


Make = Callable[[Variant, dict[str, str | None]], Words | Lacking]


def _made(variant: Variant, given: dict[str, str | None]) -> Words | Lacking:
    made = words(StepKind.MESSAGE, variant, given)
    assert isinstance(made, Words | Lacking)
    return made


def _foreign(make: Make) -> list[tuple[int, str]]:
    """Texts that hold somebody else's mark, something half filled in, or are not whole."""
    draw = random.Random(SEED)
    texts = _texts(draw)
    people = [_person(number, draw) for number in range(LEADS)]

    def look(number: int) -> list[tuple[int, str]]:
        wrong = []
        for variant in texts:
            made = make(variant, people[number])
            if isinstance(made, Lacking):
                wrong += [(number, name) for name in made.variables if _usable(people[number][name])]
                continue
            marks = set(re.findall(r"n(\d{6})x", made.body))
            if marks - {f"{number:06}"} or HALF_FILLED.search(made.body):
                wrong.append((number, made.body))
        return wrong

    with ThreadPoolExecutor(8) as threads:
        return [each for found in threads.map(look, range(LEADS)) for each in found]


def _usable(value: str | None) -> bool:
    return value is not None and bool(value.strip()) and not names.is_placeholder(value.strip())


def test_nobody_ever_reads_another_persons_words():
    assert _foreign(_made) == []


def test_words_kept_for_the_next_person_are_found_out():
    """The negative control: a maker that remembers a text by its variant alone."""
    kept: dict[str, Words | Lacking] = {}

    assert _foreign(lambda variant, given: kept.setdefault(variant.key, _made(variant, given)))


def test_the_same_text_for_the_same_person_is_the_same_to_the_byte():
    draw = random.Random(SEED)
    variant, given = _texts(draw)[0], _person(1, draw)

    assert len({repr(_made(variant, given)) for _ in range(20)}) == 1


@pytest.mark.parametrize("value", ["{{7*7}}", "{{ first_name }}", "{% for x in y %}", "{{ company | upper }}"])
def test_what_a_person_is_called_is_never_read_as_a_text(value):
    made = _made(Variant("a", 1, "Hi {{ first_name }}"), {"first_name": f"Ada {value}", "company": "Engines"})

    assert isinstance(made, Lacking) or made.body == f"Hi Ada {value}"
