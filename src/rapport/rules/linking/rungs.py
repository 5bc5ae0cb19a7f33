"""All rungs in their order: the first that finds anything is believed, and what it finds equally sure, all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rapport.rules.linking.likeness import by_description, by_name
from rapport.rules.linking.offered import SUGGEST_FROM, Link, Method, Offered, Written
from rapport.rules.linking.signs import by_address, by_code, by_number
from rapport.rules.linking.words import own

_CONTEXT = 0.70


def links(written: Written, offerings: Sequence[Offered]) -> tuple[Link, ...]:
    """What a message is about, without any person's word."""
    text = own(written.text)
    for rung in _rungs(text, written, offerings):
        found = [each for each in rung if each.confidence >= SUGGEST_FROM]
        if found:
            best = max(each.confidence for each in found)
            return tuple(each for each in found if each.confidence == best)
    return ()


def _rungs(text: str, written: Written, offerings: Sequence[Offered]) -> Iterator[Iterable[Link]]:
    yield by_code(text, written.named, offerings)
    yield by_address(text, offerings)
    yield by_number(text, offerings)
    there = {each.id for each in offerings}
    yield (Link(each, Method.CONTEXT, _CONTEXT, {"rule": "before"}) for each in written.before if each in there)
    yield by_name(text, offerings)
    yield by_description(text, offerings)
