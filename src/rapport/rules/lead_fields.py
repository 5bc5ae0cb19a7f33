"""What a row says of a person, in the form we keep it: one cleaning for forms, files, searches and profiles.

A row is good when it names somebody: a profile or an email address. What is too long or unreadable is refused by
column, with a reason. Example: a row with the column `profile_url` "linkedin.com/company/acme" is refused there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rapport.rules import identity
from rapport.rules.names import is_placeholder, without_hidden

LONGEST: Mapping[str, int] = {
    "first_name": 120,
    "last_name": 120,
    "headline": 400,
    "title": 200,
    "company": 200,
    "location": 200,
    "timezone": 64,
    "phone": 40,
    "website": 400,
}
"""The plain columns of a lead and how long they may be."""
IDENTIFYING = ("provider_id", "member_id", "public_identifier", "profile_url", "email")
KNOWN = frozenset({*LONGEST, *IDENTIFYING, "full_name"})
"""Every field a row may give beside custom ones."""
MOST_CUSTOM = 50
LONGEST_CUSTOM = 1_000
LONGEST_CUSTOM_TOTAL = 20_000
_CUSTOM_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row was not taken: the column at fault, if one is."""

    column: str | None
    reason: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """What a row says of somebody."""

    fields: Mapping[str, str]
    """Plain columns that have a value."""
    identities: Mapping[str, str]
    custom: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


def read(
    given: Mapping[str, str | None], custom: Mapping[str, str | None] | None = None, tags: tuple[str, ...] = ()
) -> Person | tuple[Refusal, ...]:
    """The person a row names, or everything that is wrong with it."""
    found = cleaned(given, custom, tags)
    if isinstance(found, Person) and not found.identities:
        return (Refusal(None, "Names nobody: give a LinkedIn profile or an email address."),)
    return found


def cleaned(
    given: Mapping[str, str | None], custom: Mapping[str, str | None] | None = None, tags: tuple[str, ...] = ()
) -> Person | tuple[Refusal, ...]:
    """What is said of a person who need not be named by it, or everything that is wrong with it."""
    problems: list[Refusal] = []
    fields: dict[str, str] = {}
    for name, longest in LONGEST.items():
        value = _plain(given.get(name))
        if value is not None and len(value) > longest:
            problems.append(Refusal(name, f"At most {longest} characters.", value[:80]))
        elif value is not None:
            fields[name] = value
    if "first_name" not in fields and "last_name" not in fields:
        fields |= _split(_plain(given.get("full_name")))
    found: dict[str, str] = {}
    for name, reader in identity.READERS.items():
        value = _plain(given.get(name))
        if value is not None:
            who = reader(value)
            if who is None:
                problems.append(Refusal(name, _UNREADABLE[name], value[:80]))
            else:
                found.setdefault(who.kind, who.value)
    kept = _custom(custom, problems) if custom else {}
    return tuple(problems) if problems else Person(fields, found, kept, tidy_tags(tags) if tags else ())


_UNREADABLE = {
    "provider_id": "Is no provider id.",
    "member_id": "Is no member id.",
    "public_identifier": "Is no public identifier.",
    "profile_url": "Is no address of a LinkedIn profile.",
    "email": "Is no email address.",
}


def _plain(value: str | None) -> str | None:
    """One line of text without what is hidden; None for nothing and for what stands for nothing."""
    if value is None:
        return None
    text = " ".join(without_hidden(value).split())
    return None if not text or is_placeholder(text) else text


def _split(full: str | None) -> dict[str, str]:
    if full is None:
        return {}
    first, _, last = full.partition(" ")
    return {name: part[: LONGEST[name]] for name, part in (("first_name", first), ("last_name", last)) if part}


def _custom(given: Mapping[str, str | None], problems: list[Refusal]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in given.items():
        text = _plain(value)
        if not _CUSTOM_NAME.fullmatch(name) or name in KNOWN:
            problems.append(Refusal(name[:60], "A custom field is named in small letters, digits and _."))
        elif text is not None and len(text) > LONGEST_CUSTOM:
            problems.append(Refusal(name, f"At most {LONGEST_CUSTOM} characters.", text[:80]))
        elif text is not None:
            kept[name] = text
    if len(kept) > MOST_CUSTOM or (
        # Counted before it is written out: JSON makes at most six characters of one, and a few around each name.
        sum(map(len, kept.values())) * 6 + 50 * len(kept) > LONGEST_CUSTOM_TOTAL
        and len(json.dumps(kept)) > LONGEST_CUSTOM_TOTAL
    ):
        problems.append(Refusal(None, f"At most {MOST_CUSTOM} custom fields and {LONGEST_CUSTOM_TOTAL} characters."))
    return kept


def custom_name(header: str) -> str:
    """A column's header as the name of a custom field."""
    name = re.sub(r"[^a-z0-9]+", "_", without_hidden(header).casefold()).strip("_")[:40]
    return name if _CUSTOM_NAME.fullmatch(name) else f"field_{name}"[:40].rstrip("_")


def tidy_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Tags in one spelling, each once."""
    return tuple(dict.fromkeys(tag for tag in (" ".join(without_hidden(each).split())[:60] for each in tags) if tag))
