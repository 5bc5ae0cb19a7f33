"""The rungs that look for what is like an offering: its name or an alias in the text, or a description alike.

A name is sought as words that stand together. Written as it is, it is believed (0.90); with a slip, in another order or
with a word between, it is only suggested; below 85 in a hundred alike it is not seen. What might be said of anything,
as "full service", is believed only where it is written as a name is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapport.rules.linking.offered import Link, Method, Offered
from rapport.rules.linking.words import Word, fold, stem, telling, words

_FLOOR = 85
_LOWEST, _HIGHEST = 0.50, 0.90
_DOUBTED = 0.80
"""What a name that might be anything, or that is turned down, is worth at most."""
_ALIKE, _SAME_SUBJECT = 0.25, 0.60
_MOST_BY_DESCRIPTION = 0.60
_LEAST_SHARED = 2
_PENALTY = 3
_PREFIX = 3
_AHEAD = 3
_ANYTHING = """
advanced annual audit basic bundle business care check classic coaching complete consulting course custom day demo
design digital double express extra family first fit full garden gold group growth hall health help home house inn
lake launch light local main maintenance manager master mill new office one online open park partner package plan plus
premium pro program project quick ready repair review river room sales self service services set silver single site
small smart standard start starter studio suite summer support system team test tower training trial tour unlimited
value view village week winter workshop world
"""
_EVERYDAY = frozenset(_ANYTHING.split())
_TURNED_DOWN = frozenset(("not", "instead", "unlike", "than", "nicht", "kein", "keine", "statt"))
_THEIRS = frozenset(("my", "our", "mein", "meine", "unser", "unsere"))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A name that was found: how alike, whose, and where."""

    offering_id: str
    phrase: str
    rule: str
    score: float
    confidence: float
    begins: int
    ends: int


def by_name(text: str, offerings: Iterable[Offered]) -> Iterator[Link]:
    """Its name or an alias. Of two names in one place the longer is meant."""
    said = words(text)
    at: dict[str, list[int]] = {}
    for place, word in enumerate(said):
        at.setdefault(word.folded[:_PREFIX], []).append(place)
    seen = [found for each in offerings if (found := _best(each, said, at)) is not None]
    for each in seen:
        if not any(_covers(other, each) for other in seen):
            evidence = {"rule": each.rule, "matched": each.phrase, "span": [each.begins, each.ends]}
            yield Link(each.offering_id, Method.NAME, each.confidence, {**evidence, "likeness": round(each.score)})


def _covers(one: _Seen, other: _Seen) -> bool:
    wider = one.ends - one.begins > other.ends - other.begins
    return wider and one.begins <= other.begins and other.ends <= one.ends


def _best(offering: Offered, said: Sequence[Word], at: dict[str, list[int]]) -> _Seen | None:
    phrases = [(offering.name, "name"), *((alias, "alias") for alias in offering.aliases)]
    found = [each for phrase, rule in phrases for each in _seen(offering.id, phrase, rule, said, at)]
    return max(found, key=lambda each: (each.confidence, each.score, each.ends - each.begins), default=None)


def _seen(offering_id: str, phrase: str, rule: str, said: Sequence[Word], at: dict[str, list[int]]) -> Iterator[_Seen]:
    wanted = [fold(each.written) for each in words(phrase)]
    if not wanted or len("".join(wanted)) < _PREFIX:
        return
    starts = {
        place - offset - shift
        for offset, word in enumerate(wanted)
        for place in at.get(word[:_PREFIX], ())
        for shift in (0, 1)
    }
    for start in sorted(starts):
        for size in (len(wanted), len(wanted) + 1):
            window = said[start : start + size] if start >= 0 else ()
            if len(window) == size and (score := _likeness(wanted, window)) >= _FLOOR:
                around = (said[max(0, start - _AHEAD) : start], said[start + size : start + size + 1])
                confidence = _confidence(phrase, wanted, window, score, around)
                yield _Seen(offering_id, phrase, rule, score, confidence, window[0].begins, window[-1].ends)


def _likeness(wanted: Sequence[str], window: Sequence[Word]) -> float:
    """How alike a name and as many words of the text are, as sets: 100 is the name itself."""
    there = [word.folded for word in window]
    if there == wanted:
        return 100.0
    if set(wanted) <= set(there):
        return 100.0 - _PENALTY
    if len(there) > len(wanted):
        return 0.0
    if sum(_slip(one, other) for one, other in zip(sorted(wanted), sorted(there), strict=True)) < len(wanted):
        return 0.0
    return min(SequenceMatcher(None, " ".join(sorted(wanted)), " ".join(sorted(there))).ratio() * 100, 99.0)


def _slip(one: str, other: str) -> bool:
    """Whether one word may be the other with a slip of the pen; a number never is another."""
    if one == other:
        return True
    if any(each.isdigit() for each in one + other):
        return False
    return stem(one) == stem(other) or SequenceMatcher(None, one, other).ratio() * 100 >= _FLOOR - 5


def _confidence(
    phrase: str,
    wanted: Sequence[str],
    window: Sequence[Word],
    score: float,
    around: tuple[Sequence[Word], Sequence[Word]],
) -> float:
    sure = _LOWEST + (score - _FLOOR) / (100 - _FLOOR) * (_HIGHEST - _LOWEST)
    ahead, behind = around
    before = [word.folded for word in ahead]
    if _is_written_as_a_name(phrase, window):
        doubtful = any(word.written[:1].isupper() and not word.opens for word in behind)  # it goes on: another's name
    else:
        doubtful = _might_be_anything(wanted) or not _THEIRS.isdisjoint(before[-1:])
    if doubtful or not _TURNED_DOWN.isdisjoint(before):
        sure = min(sure, _DOUBTED)
    return round(sure, 2)


def _might_be_anything(wanted: Sequence[str]) -> bool:
    return len(wanted) == 1 or all(stem(each) in _EVERYDAY or each in _EVERYDAY for each in wanted)


def _is_written_as_a_name(phrase: str, window: Sequence[Word]) -> bool:
    """With capitals where the name has them; at the beginning of a sentence one says nothing."""
    pairs = list(zip((each.written for each in words(phrase)), window, strict=False))
    telling_pairs = [(ours, theirs) for ours, theirs in pairs if ours[:1].isupper() and not theirs.opens]
    if any(any(sign.isdigit() for sign in ours) for ours, _ in pairs):
        return True
    return bool(telling_pairs) and all(theirs.written[:1].isupper() for _, theirs in telling_pairs)


def by_description(text: str, offerings: Sequence[Offered]) -> Iterator[Link]:
    """What is described in the same words, weighed by how few other offerings use them."""
    asked = Counter(telling(text))
    described = [
        (each, Counter(telling(f"{each.name} {' '.join(each.aliases)} {each.description}"))) for each in offerings
    ]
    if not asked or not described:
        return
    known = Counter(word for _, counted in described for word in counted)
    weights = {word: math.log((1 + len(described)) / (1 + number)) + 1 for word, number in known.items()}
    query = {word: number * weights[word] for word, number in asked.items() if word in weights}
    found: list[tuple[float, Offered, int]] = []
    for each, counted in described:
        shared = query.keys() & counted.keys()
        if len(shared) < _LEAST_SHARED:
            continue
        own = {word: number * weights[word] for word, number in counted.items()}
        dot = sum(query[word] * own[word] for word in shared)
        found.append((dot / (_length(query) * _length(own)), each, len(shared)))
    best = max((cosine for cosine, _, _ in found), default=0.0)
    for cosine, each, shared_words in found:
        if cosine == best and cosine >= _ALIKE:
            share = min(1.0, (cosine - _ALIKE) / (_SAME_SUBJECT - _ALIKE))
            sure = _LOWEST + share * (_MOST_BY_DESCRIPTION - _LOWEST)
            evidence = {"rule": "description", "cosine": round(cosine, 3), "shared_words": shared_words}
            yield Link(each.id, Method.DESCRIPTION, round(sure, 2), evidence)


def _length(weighed: dict[str, float]) -> float:
    return math.sqrt(sum(value * value for value in weighed.values()))
