"""A text as words with their places, folded so that case and marks do not matter."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_QUOTED = re.compile(r"^[ \t]*>[^\n]*$", re.MULTILINE)
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as it is compared, as it is written, and where."""

    folded: str
    written: str
    begins: int
    ends: int
    opens: bool
    """Whether a sentence begins with it, so that a capital letter there says nothing."""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Small letters without marks."""
    plain = unicodedata.normalize("NFKD", text.replace("\u2019", "'").replace("ß", "ss"))
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold()


def own(text: str) -> str:
    """The text without what it quotes of others, everything else at its place."""
    return _QUOTED.sub(lambda found: " " * len(found[0]), text[:_LONGEST])


def words(text: str) -> tuple[Word, ...]:
    """The words of a text, in order."""
    found: list[Word] = []
    end = 0
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        opens = not found or any(sign in between for sign in ".!?\n:")
        found.append(Word(fold(match[0]), match[0], match.start(), match.end(), opens))
        end = match.end()
    return tuple(found)


_COMMON = """
a an and are as at be but by can could de der die das den do does for from get has have hello hi how i if in is it la le
les me my need not of on or our so some that the their there they this to un und une was we what when which who will
with would you your
"""
_STOP = frozenset(_COMMON.split())


def telling(text: str) -> tuple[str, ...]:
    """The words of a text that tell one subject from another, folded and cut to their stems."""
    return tuple(stem(each.folded) for each in words(text) if len(each.folded) > 2 and each.folded not in _STOP)


def stem(word: str) -> str:
    """A word without the commonest endings, so that `apartments` and `apartment` are one."""
    for ending in ("ings", "ing", "ies", "es", "s"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word
