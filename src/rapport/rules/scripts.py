"""Whether a name looks odd in a text: letters of another script than the text's, or pictures.

Example: "Владимир" is odd in "Hi …, nice to meet you" and at home in "Привет, …".
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rapport.rules.names import without_emoji


def scripts(text: str) -> frozenset[str]:
    """The scripts that the letters of a text belong to."""
    return frozenset(_script(character) for character in text if character.isalpha())


def is_odd(value: str, *, beside: frozenset[str]) -> bool:
    """Whether a value has letters of a script that the text around it has not, or has pictures."""
    if value.isascii():
        return bool(beside) and "LATIN" not in beside and bool(scripts(value))
    return bool(beside and scripts(value) - beside) or len(without_emoji(value)) < len(" ".join(value.split()))


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """The first word of a letter's name says its script well enough: LATIN, CYRILLIC, CJK."""
    return unicodedata.name(letter, "UNNAMED").partition(" ")[0].partition("-")[0]
