"""How good a lead is, in a hundred points, and how warm that makes it.

Forty points are for fit (title, seniority, industry, size of the company), thirty for the market (country, region,
language), twenty for how they can be reached, ten for what they did. What a client does not ask for is worth half,
for nothing speaks against it; what is not known of a lead is worth a quarter. The same facts always give the same
points, and the points are the sum of the parts that are kept.

How warm: 70 points are hot, 40 warm, unless the client says otherwise. Two things go before points: what the person
said last (they ask for a price, they agreed to be contacted: hot; they are not interested: cold), and before that
the operator's word, until it is lifted.
Example: a lead in the right country, with the right title, whose email is known and who replied, has some 75 points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rapport.rules.linking.words import fold
from rapport.rules.seniority import seniority

VERSION = 1
"""Goes up when the same facts would give other points."""
_MOST: Mapping[str, Mapping[str, int]] = {
    "fit": {"title": 16, "seniority": 10, "industry": 8, "company_size": 6},
    "market": {"country": 14, "region": 6, "language": 10},
    "contactability": {"email": 6, "verified_email": 2, "phone": 4, "open_profile": 3, "first_degree": 5},
    "engagement": {"accepted": 2, "replied": 4, "opened": 2, "captured": 2},
}
"""Category → what is looked at → its points at most."""
MOST_OF: Mapping[str, int] = {name: sum(parts.values()) for name, parts in _MOST.items()}
_HALF, _QUARTER = 2, 4
_Holds = Callable[[str, str], bool]


class Warmth(StrEnum):
    """How near a person is to buying."""

    HOT = "hot"
    WARM = "warm"
    COLD = "cold"


class Why(StrEnum):
    """What a lead's warmth goes back to."""

    SCORE = "score"
    OPERATOR = "operator"
    BUYING_SIGNAL = "buying_signal"
    CONSENT = "consent"
    NOT_INTERESTED = "not_interested"
    OUTCOME = "outcome"
    """What an operator said came of a conversation."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a client looks for. What is empty is all one to them."""

    titles: tuple[str, ...] = ()
    seniorities: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    company_sizes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    hot_from: int = 70
    warm_from: int = 40


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What is known of a lead, as far as points go by it."""

    title: str | None = None
    headline: str | None = None
    industry: str | None = None
    company_size: str | None = None
    location: str | None = None
    country: str | None = None
    language: str | None = None
    has_email: bool = False
    has_verified_email: bool = False
    has_phone: bool = False
    has_open_profile: bool = False
    is_first_degree: bool = False
    has_accepted: bool = False
    has_replied: bool = False
    has_opened: bool = False
    was_captured: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """Points, and what they are made of."""

    points: int
    parts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Category → what was looked at → its points."""

    def of(self, category: str) -> int:
        return sum(self.parts[category].values())


def score(facts: LeadFacts, wanted: Wanted) -> Score:
    """The points of a lead."""
    parts = {"fit": _fit(facts, wanted), "market": _market(facts, wanted)}
    for category, named in (("contactability", _REACHED), ("engagement", _DID)):
        parts[category] = {name: most if getattr(facts, named[name]) else 0 for name, most in _MOST[category].items()}
    return Score(sum(sum(each.values()) for each in parts.values()), parts)


_REACHED = {
    "email": "has_email",
    "verified_email": "has_verified_email",
    "phone": "has_phone",
    "open_profile": "has_open_profile",
    "first_degree": "is_first_degree",
}
_DID = {
    "accepted": "has_accepted",
    "replied": "has_replied",
    "opened": "has_opened",
    "captured": "was_captured",
}


def _fit(facts: LeadFacts, wanted: Wanted) -> dict[str, int]:
    title = facts.title or facts.headline
    level = seniority(title)
    return {
        "title": _part("fit", "title", wanted.titles, title, holds=_says),
        "seniority": _part("fit", "seniority", wanted.seniorities, level.value if level else None, holds=_is),
        "industry": _part("fit", "industry", wanted.industries, facts.industry, holds=_says),
        "company_size": _part("fit", "company_size", wanted.company_sizes, facts.company_size, holds=_is),
    }


def _market(facts: LeadFacts, wanted: Wanted) -> dict[str, int]:
    where = facts.location
    country = ", ".join(each for each in (where, facts.country) if each) or None
    return {
        "country": _part("market", "country", wanted.countries, country, holds=_lies_in),
        "region": _part("market", "region", wanted.regions, where, holds=_lies_in),
        "language": _part("market", "language", wanted.languages, facts.language, holds=_speaks),
    }


def _part(category: str, name: str, wanted: Sequence[str], known: str | None, *, holds: _Holds) -> int:
    most = _MOST[category][name]
    if not wanted:
        return most // _HALF
    if known is None or not known.strip():
        return most // _QUARTER
    return most if any(holds(each, known) for each in wanted) else 0


def _is(wanted: str, known: str) -> bool:
    return fold(wanted).strip() == fold(known).strip()


def _says(wanted: str, known: str) -> bool:
    """All words that are wanted stand in what is known."""
    return set(fold(wanted).split()) <= set(fold(known).replace(",", " ").replace("/", " ").split())


def _lies_in(wanted: str, known: str) -> bool:
    """One of the places that a location names."""
    return fold(wanted).strip() in (fold(each).strip() for each in known.split(","))


def _speaks(wanted: str, known: str) -> bool:
    return fold(wanted)[:2] == fold(known)[:2]


def by_points(points: int, wanted: Wanted) -> Warmth:
    """How warm points alone make a lead."""
    if points >= wanted.hot_from:
        return Warmth.HOT
    return Warmth.WARM if points >= wanted.warm_from else Warmth.COLD


def warmth(points: int, wanted: Wanted, *, word: Warmth | None, sign: tuple[Why, Warmth] | None) -> tuple[Warmth, Why]:
    """How warm a lead is, and because of what: the operator's word, the last sign of the person, or their points."""
    if word is not None:
        return word, Why.OPERATOR
    if sign is not None:
        return sign[1], sign[0]
    return by_points(points, wanted), Why.SCORE
