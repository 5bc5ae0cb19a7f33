"""What people and companies are called in a message, out of what they call themselves on a profile.

Profiles carry emoji, titles, shouting and legal forms; a greeting should not.
Example: "🚀 Dr. ADA LOVELACE, PhD" is greeted as "Ada".
"""

from __future__ import annotations

import re
import unicodedata

_TITLES = frozenset(
    {
        *("dr", "prof", "professor", "mr", "mrs", "ms", "miss", "mx", "sir", "dame", "herr", "frau", "ing", "dipl"),
        *("dipl-ing", "mag", "univ-prof", "lic", "don", "dona", "mme", "mlle", "sig", "sra", "ir", "drs", "eng", "rev"),
    }
)
_DEGREES = frozenset(
    {
        *("phd", "mba", "msc", "bsc", "ba", "ma", "md", "jd", "llm", "llb", "cpa", "cfa", "pmp", "csm", "pe", "esq"),
        *("shrm-cp", "shrm-scp", "sphr", "cissp", "jr", "sr", "ii", "iii", "iv", "he/him", "she/her", "they/them"),
    }
)
_LEGAL_FORMS = re.compile(
    r"""[ ,](?:
        gmbh(?:[ ]?&[ ]?co\.?[ ]?kg)?|ag|se|kg|ug|e\.?[ ]?k\.?|ohg|e\.?[ ]?v\.?
        |inc\.?|incorporated|corp\.?|corporation|co\.?|company|llc|l\.l\.c\.|llp|lp|plc|ltd\.?|limited|pty|pte
        |s\.?a\.?s\.?|s\.?a\.?r\.?l\.?|s\.?a\.?|s\.?r\.?l\.?|s\.?p\.?a\.?|b\.?v\.?|n\.?v\.?|a/?s|oyj?|ab|aps
        |s\.?l\.?u?\.?|lda\.?|ltda\.?|kft\.?|zrt\.?|sp\.[ ]?z[ ]?o\.?[ ]?o\.?|s\.?r\.?o\.?|d\.?o\.?o\.?|k\.?k\.?
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
"""Applied to text whose spaces are single: nothing in it repeats, so it is quick on any text."""
_OPENING, _CLOSING = frozenset("([{\uff08\u3010"), frozenset(")]}\uff09\u3011")
_PLACEHOLDERS = frozenset(
    {
        *("none", "null", "nil", "nan", "n/a", "undefined", "unknown", "-", "--", "---", ".", "?", "xx"),
        *("xxx", "test", "#n/a", "#ref!", "#value!", "#name?", "tbd", "firstname", "lastname", "first name"),
        *("last name", "first_name", "last_name", "company name", "company_name", "linkedin member"),
    }
)
_TAGS = range(0xE0000, 0xE0080)
_KEPT_MARKS = frozenset("\u200c\u200d")
"""Joiners: they are part of how some scripts are written."""
_LINES = frozenset("\n\t")


def is_placeholder(text: str) -> bool:
    """Whether a value stands for no value: a spreadsheet's `#N/A`, a template's own variable, a lone dash."""
    if ("{" in text or "}" in text) and any(brace in text for brace in ("{{", "}}", "{%", "%}")):
        return True
    return text.strip().casefold() in _PLACEHOLDERS


def without_hidden(text: str) -> str:
    """The text without what cannot be seen but acts: controls, direction marks, tags, byte-order marks."""
    text = unicodedata.normalize("NFC", text)
    if text.isprintable():  # nearly every text: nothing of the kinds below is in it
        return text
    return "".join(
        " " if character in _LINES else character
        for character in text
        if character in _LINES
        or character in _KEPT_MARKS
        or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def without_emoji(text: str) -> str:
    """The text without emoji, dingbats, arrows and their modifiers; letters of every script stay."""
    if not text.isascii():
        text = "".join(character for character in text if character < "\x80" or not _is_pictured(character))
    return " ".join(text.split())


def _is_pictured(character: str) -> bool:
    code = ord(character)
    return (
        (unicodedata.category(character) in ("So", "Sk", "Cs", "Co") and ord(character) > 0xFF)
        or code in (0x200D, 0xFE0E, 0xFE0F, 0x20E3)
        or code in _TAGS
        or 0x2190 <= code <= 0x21FF
        or 0x2600 <= code <= 0x27BF
        or 0x1F000 <= code <= 0x1FAFF
    )


def _without_brackets(text: str) -> str:
    """The text without what stands in brackets, those within others too."""
    kept: list[str] = []
    opened: list[int] = []
    for character in text:
        if character in _CLOSING and opened:
            del kept[opened.pop() :]
            kept.append(" ")
            continue
        if character in _OPENING:
            opened.append(len(kept))
        kept.append(character)
    return "".join(kept)


def without_titles(text: str) -> str:
    """The name without titles before it, degrees after it, and what stands in brackets."""
    words = _without_brackets(text).replace(",", " , ").split()
    while len(words) > 1 and _bare(words[0]) in _TITLES | {""}:
        words.pop(0)
    while len(words) > 1 and _bare(words[-1]) in _DEGREES | _TITLES | {""}:
        words.pop()
    return " ".join(words).replace(" ,", ",")


def _bare(word: str) -> str:
    return word.casefold().replace(".", "").strip(",-|/\u2022\u00b7")


def tidy_case(text: str) -> str:
    """Shouted or whispered names in ordinary case; a name that mixes cases is left as it is."""
    letters = [character for character in text if character.isalpha()]
    cased = [character for character in letters if character.lower() != character.upper()]
    if len(cased) < 2 or not (all(c.isupper() for c in cased) or all(c.islower() for c in cased)):
        return text
    return re.sub("[^\\W\\d_]+(?:['\u2019][^\\W\\d_]{2,})?", lambda found: _capitalized(found[0]), text)


def _capitalized(word: str) -> str:
    parts = re.split("(['\u2019])", word)
    return "".join(part[:1].title() + part[1:].lower() for part in parts)  # ß begins a word as Ss, not as SS


def clean_name(text: str) -> str:
    """A name as one would say it: no emoji, no titles, no shouting."""
    return tidy_case(without_titles(without_emoji(without_hidden(text)))).strip(" ,|-\u2013\u2014\u2022\u00b7")


def first_word(text: str) -> str:
    """The first word."""
    return next(iter(text.split(maxsplit=1)), "")


def short_company(text: str) -> str:
    """A company as people call it: without its legal form and what stands in brackets."""
    name = " ".join(_without_brackets(without_emoji(without_hidden(text))).split())
    shorter = _LEGAL_FORMS.sub("", name).strip(" ,")
    while shorter and shorter != name:
        name = shorter
        shorter = _LEGAL_FORMS.sub("", name).strip(" ,")
    return name
