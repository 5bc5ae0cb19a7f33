"""The rungs that look for what only one offering has: its code, its address or slug, its catalogue number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote, urlsplit

from rapport.rules.linking.offered import Link, Method, Offered
from rapport.rules.linking.words import fold

_CODE, _ADDRESS, _CATALOGUE = 1.00, 0.98, 0.95
_SHORTEST_CODE = 3
_PLAIN_NUMBER = re.compile(r"\d{1,5}|.{1,2}|[^\W\d]+")
"""What stands in texts for anything, as an amount, a year or a word: it counts behind a word that says what it is."""
_SAYS_NUMBER = re.compile(
    r"(?:#|\b(?:no|nr|num|number|nummer|ref|reference|art|artikel|item|listing|objekt|id)\b\.?:?)\s*#?$"
)
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]{3,2000}", re.IGNORECASE)
_CLOSERS = ".,;:!?"
_BEGINS = r"(?<![\w./-])(?<!\d[., ])"
_ENDS_HERE = r"(?![\w/-]|[., ]\d)"
"""No part of a longer number, name or address."""


def by_code(text: str, named: Sequence[str], offerings: Iterable[Offered]) -> Iterator[Link]:
    """Its code in the text, or the form that the message came through named it."""
    for each in offerings:
        if each.id in named:
            yield Link(each.id, Method.CODE, _CODE, {"rule": "form"})
        elif each.code and (found := _code_in(text, each.code)) is not None:
            yield Link(each.id, Method.CODE, _CODE, {"rule": "code", "matched": each.code, "span": list(found)})


def _code_in(text: str, code: str) -> tuple[int, int] | None:
    """A code that might be a word is one only as it is written: `SPA` is, `spa` is a bath."""
    if len(code) < _SHORTEST_CODE:
        return None
    is_odd = any(each.isdigit() for each in code)
    pattern = re.compile(rf"{_BEGINS}{re.escape(code)}{_ENDS_HERE}", re.IGNORECASE if is_odd else 0)
    found = pattern.search(text)
    return found.span() if found else None


def by_address(text: str, offerings: Sequence[Offered]) -> Iterator[Link]:
    """A link to one of its pages, or its slug: in a link, or as no word is written."""
    addresses = [(found.span(), _normal(found[0].rstrip(_CLOSERS))) for found in _URL.finditer(text)]
    for each in offerings:
        own = {_normal(url): url for url in each.urls}
        for span, address in addresses:
            if address in own:
                yield Link(each.id, Method.ADDRESS, _ADDRESS, _evidence("url", own[address], span))
                break
            if fold(each.slug) in address.split("/")[1:]:
                yield Link(each.id, Method.ADDRESS, _ADDRESS, _evidence("slug", each.slug, span))
                break
        else:
            found = _slug_in(text, each.slug)
            if found is not None:
                yield Link(each.id, Method.ADDRESS, _ADDRESS, _evidence("slug", each.slug, found))


def _slug_in(text: str, slug: str) -> tuple[int, int] | None:
    if "-" not in slug:
        return None
    found = re.search(rf"{_BEGINS}{re.escape(slug)}{_ENDS_HERE}", text, re.IGNORECASE)
    return found.span() if found else None


def _normal(url: str) -> str:
    """Host and path: without scheme, www, port, query, fragment or a slash at the end."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    return fold(host + unquote(parts.path).rstrip("/"))


def by_number(text: str, offerings: Iterable[Offered]) -> Iterator[Link]:
    """Its number in the client's own books, standing for itself."""
    folded = text.lower()
    for each in offerings:
        ref = each.external_ref
        if not ref or len(ref) < 2:
            continue
        for found in re.finditer(rf"{_BEGINS}{re.escape(ref.lower())}{_ENDS_HERE}", folded):
            if not _PLAIN_NUMBER.fullmatch(ref) or _SAYS_NUMBER.search(folded[: found.start()]):
                yield Link(each.id, Method.CATALOGUE, _CATALOGUE, _evidence("external_ref", ref, found.span()))
                break


def _evidence(rule: str, matched: str, span: tuple[int, int]) -> dict[str, object]:
    return {"rule": rule, "matched": matched, "span": list(span)}
