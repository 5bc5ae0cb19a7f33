"""What becomes of a sequence's texts for every lead of an audience, in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from itertools import chain, zip_longest
from typing import Any, assert_never

from rapport.campaigns import personalise
from rapport.campaigns.personalise import Broken, Lacking, TooLong, Values, Words
from rapport.rules import template
from rapport.rules.scripts import is_odd, scripts
from rapport.rules.sequence_problems import Rendered
from rapport.rules.sequences import Sequence, Step, Variant

SAMPLE = 5
Wording = tuple[str, str]
"""The keys of a step and of its variant."""
Known = Mapping[str, str]
"""A lead by `id` and `name`."""


@dataclass(slots=True)
class Concerned:
    """Whom something concerns: how many, and some of them."""

    count: int = 0
    sample: list[Known] = field(default_factory=list)
    longest: int = 0

    def add(self, lead: Known, length: int = 0) -> None:
        self.count += 1
        self.longest = max(self.longest, length)
        if len(self.sample) < SAMPLE:
            self.sample.append(lead)


@dataclass(slots=True)
class Findings:
    """What was found about one wording."""

    broken: tuple[Broken, ...] = ()
    too_long: dict[str, Concerned] = field(default_factory=dict)
    """By field: `subject` or `body`."""
    missing: dict[str, Concerned] = field(default_factory=dict)
    """By variable."""


@dataclass(slots=True)
class Survey:
    """The texts of a sequence for an audience."""

    leads: int = 0
    wordings: dict[Wording, Findings] = field(default_factory=dict)

    def rendered(self, step: Step, variant: Variant) -> Rendered:
        """What the rules of a sequence ask about a wording."""
        found = self.wordings.get((step.key, variant.key), Findings())
        too_long = found.too_long.get("body", Concerned())
        return Rendered(
            broken=_why(found.broken),
            longest=too_long.longest,
            too_long=too_long.count,
            missing={name: concerned.count for name, concerned in found.missing.items()},
        )


def survey(sequence: Sequence, leads: Iterable[Mapping[str, Any]]) -> Survey:
    """Make every text of a sequence for every lead, and count what does not come out."""
    found = Survey()
    open_wordings: list[tuple[Step, Variant, Findings]] = []
    for step, variant in wordings(sequence):
        about = found.wordings.setdefault(
            (step.key, variant.key), Findings(broken=personalise.broken(step.kind, variant))
        )
        if not about.broken:
            open_wordings.append((step, variant, about))
    for lead in leads:
        found.leads += 1
        given = personalise.values(lead)
        for step, variant, about in open_wordings:
            made = personalise.words(step.kind, variant, given)
            match made:
                case Words():
                    continue
                case Lacking():
                    for name in made.variables:
                        about.missing.setdefault(name, Concerned()).add(known(lead))
                case TooLong():
                    about.too_long.setdefault(made.field, Concerned()).add(known(lead), made.length)
                case Broken():
                    raise AssertionError("a text that was whole broke for a lead")
                case _:
                    assert_never(made)
    return found


def wordings(sequence: Sequence) -> Iterator[tuple[Step, Variant]]:
    """Every variant of every step that speaks."""
    return ((step, variant) for step in sequence.steps if step.kind.speaks for variant in step.variants)


def known(lead: Mapping[str, Any]) -> Known:
    """A lead as samples name it."""
    name = " ".join(part for part in (lead["first_name"], lead["last_name"]) if part)
    return {"id": lead["id"], "name": name or lead["public_identifier"] or lead["email"] or "Somebody"}


def _why(broken: tuple[Broken, ...]) -> str | None:
    places = [
        f"{each.field}, line {problem.line}, column {problem.column}: {problem.sentence}"
        for each in broken
        for problem in each.problems
    ]
    return " ".join(places) or None


@dataclass(frozen=True, slots=True)
class Hard:
    """A lead for whom a text needs a look, and why: `missing`, `too_long`, `odd_script` or `longest`."""

    lead: Mapping[str, Any]
    why: tuple[str, ...]


def worst(sequence: Sequence, leads: Iterable[Mapping[str, Any]], most: int) -> list[Hard]:
    """The leads for whom the texts come out worst: some of each kind, the worst of a kind first."""
    spoken = [(step, variant, _named(variant)) for step, variant in wordings(sequence)]
    kinds: dict[str, list[tuple[int, str, Hard]]] = {"troubled": [], "odd": [], "long": []}
    for lead in leads:
        given = personalise.values(lead)
        why, share, lacks = _looked_at(spoken, given)
        hard = Hard(dict(lead), tuple(sorted(why)) or ("longest",))
        kind = "troubled" if why - {"odd_script"} else "odd" if why else "long"
        entry = (1_000 * lacks + share, lead["id"], hard)
        (heappush if len(kinds[kind]) < most else heappushpop)(kinds[kind], entry)
    columns = [[hard for *_, hard in sorted(kind, key=_by_rank)] for kind in kinds.values()]
    return [hard for hard in chain.from_iterable(zip_longest(*columns)) if hard is not None][:most]


def _by_rank(entry: tuple[int, str, Hard]) -> tuple[int, str]:
    return -entry[0], entry[1]


Spoken = tuple[Step, Variant, tuple[frozenset[str], frozenset[str]]]


def _named(variant: Variant) -> tuple[frozenset[str], frozenset[str]]:
    """The variables a wording names, and the scripts of its own words."""
    sources = (variant.subject, variant.body)
    parsed = [each for each in map(template.parse, sources) if isinstance(each, template.Template)]
    own = "".join(part for each in parsed for part in each.parts if isinstance(part, str))
    return frozenset(name for each in parsed for name in each.variables), scripts(own)


def _looked_at(spoken: list[Spoken], given: Values) -> tuple[set[str], int, int]:
    """Why a lead's texts need a look, the fullest text in percent of its limit, and how much is lacking."""
    why: set[str] = set()
    fullest = lacks = 0
    for step, variant, (names, beside) in spoken:
        made = personalise.words(step.kind, variant, given)
        if isinstance(made, Lacking):
            why.add("missing")
            lacks += len(made.variables)
        elif isinstance(made, TooLong):
            why.add("too_long")
            fullest = max(fullest, 100 * made.length // made.most)
        elif isinstance(made, Words):
            share = 100 * template.length(made.body) // personalise.longest(step.kind, "body")
            fullest = max(fullest, share)
        if any(is_odd(given.get(name) or "", beside=beside) for name in names):
            why.add("odd_script")
    return why, fullest, lacks
