"""The words by which a text is found: folded alike when it is written and when it is asked for.

Case, accents, points and forms of letters make no difference. Scripts that are written without spaces are found letter
by letter. Each word becomes a token of plain letters and digits, so that every database reads it as one and the same
word and finds the same. Example: "Žofie's CV" is found by "zofie", by "cv" and, as it is being typed, by "zof".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 48
"""Letters of a word that count: whatever follows them makes no difference."""
MOST_ASKED = 12
_PLAIN = re.compile(r"[a-z0-9]+")
_POINTS = frozenset(range(10, 36))
"""Combining classes of Hebrew and Arabic points; from 200 on are the accents of all others."""
_WITHOUT_SPACES = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF)),
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x3134F)),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: all of these words, and one that begins so."""

    words: tuple[str, ...]
    beginning: str | None


def words(text: str) -> Iterator[str]:
    """The tokens of a text, in order."""
    return (_token(word) for word in _split(text))


def asked(text: str) -> Asked | None:
    """What a person looks for who types this; None when it holds no word. The last word may go on."""
    found = list(_split(text))[:MOST_ASKED]
    if not found:
        return None
    last = found[-1]
    goes_on = len(last) > 1 and len(last) < LONGEST and _is_of_word(text[-1]) and not _stands_alone(last[0])
    whole = tuple(dict.fromkeys(_token(word) for word in (found[:-1] if goes_on else found)))
    return Asked(whole, _token(last) if goes_on else None)


def _token(word: str) -> str:
    return f"w{word}" if word.isascii() else f"u{word.encode().hex()}"


def _split(text: str) -> Iterator[str]:
    if text.isascii():
        for found in _PLAIN.finditer(text.lower()):
            yield found.group()[:LONGEST]
        return
    word = ""
    for letter in _folded(text):
        if not _is_of_word(letter):
            if word:
                yield word[:LONGEST]
            word = ""
        elif _stands_alone(letter):
            if word:
                yield word[:LONGEST]
            word = letter
        elif word and _stands_alone(word[0]) and not unicodedata.combining(letter):
            yield word[:LONGEST]
            word = letter
        else:
            word += letter
    if word:
        yield word[:LONGEST]


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join([letter for letter in plain if not _is_accent(letter)])


def _is_accent(letter: str) -> bool:
    place = unicodedata.combining(letter)
    return place >= 200 or place in _POINTS


def _is_of_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LNM"


def _stands_alone(letter: str) -> bool:
    number = ord(letter)
    return (
        number >= 0x0E00
        and unicodedata.category(letter)[0] != "M"
        and any(a <= number <= b for a, b in _WITHOUT_SPACES)
    )
