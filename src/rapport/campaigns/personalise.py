"""The words of a step for one lead: the one function that previews, checks, decides about and sends them.

Whoever calls `words` with the same step, variant and values gets the same text to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapport.rules import template
from rapport.rules.lead_fields import LONGEST as PLAIN
from rapport.rules.sequences import StepKind, Variant

COLUMNS = (*PLAIN, "email", "public_identifier")
"""The columns of a lead that a text may name; beside them `full_name` and every custom field."""
VARIABLES = (*COLUMNS, "full_name")

Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Words:
    """What is written to a lead: what is stored on the action and sent, to the byte."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Lacking:
    """The variables for which the lead has no value: the lead is held."""

    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TooLong:
    """A text that the provider would not take: the lead is held."""

    field: str
    """`subject` or `body`."""
    length: int
    most: int
    words: Words


@dataclass(frozen=True, slots=True)
class Broken:
    """A text that is no template, for anybody."""

    field: str
    problems: tuple[template.Problem, ...]


Made = Words | Lacking | TooLong | Broken


def values(lead: Mapping[str, Any]) -> Values:
    """What a lead's columns give a text to be made of."""
    found: dict[str, str | None] = {name: str(value) for name, value in (lead["custom"] or {}).items()}
    found |= {name: lead[name] for name in COLUMNS}
    found["full_name"] = " ".join(part for part in (lead["first_name"], lead["last_name"]) if part) or None
    return found


def words(kind: StepKind, variant: Variant | None, given: Values) -> Made:
    """The words of a step's variant for a lead with these values; none without a variant."""
    if variant is None or not kind.speaks:
        return Words("", "")
    made: dict[str, str] = {}
    lacking: dict[str, None] = {}
    for field, source in _fields(kind, variant):
        parsed = template.parse(source)
        if isinstance(parsed, template.Broken):
            return Broken(field, parsed.problems)
        rendered = template.render(parsed, given)
        if isinstance(rendered, template.Missing):
            lacking |= dict.fromkeys(rendered.variables)
        else:
            made[field] = rendered.text
    if lacking:
        return Lacking(tuple(lacking))
    whole = Words(made.get("subject", ""), made["body"])
    for field, text in made.items():
        length, most = template.length(text), longest(kind, field)
        if length > most:
            return TooLong(field, length, most, whole)
    return whole


def broken(kind: StepKind, variant: Variant) -> tuple[Broken, ...]:
    """Every text of a variant that can be made for nobody: it is no template, or too long before it is filled in."""
    found = []
    for field, source in _fields(kind, variant) if kind.speaks else ():
        parsed = template.parse(source)
        problems = (
            parsed.problems
            if isinstance(parsed, template.Broken)
            else too_many_fixed_words(fixed_length(source), longest(kind, field))
        )
        if problems:
            found.append(Broken(field, problems))
    return tuple(found)


def longest(kind: StepKind, field: str) -> int:
    """How long a text of a step may be after rendering."""
    return template.LONGEST[kind] if field == "body" else template.LONGEST_SUBJECT[kind]


def fixed_length(source: str) -> int:
    """How long a text is for everybody, before anything is filled in."""
    parsed = template.parse(source)
    if isinstance(parsed, template.Broken):
        return template.length(source)
    return template.length("".join(part for part in parsed.parts if isinstance(part, str)))


def too_many_fixed_words(length: int, most: int) -> tuple[template.Problem, ...]:
    """The problem of a text that is too long for everybody, if it is."""
    if length <= most:
        return ()
    return (template.Problem(1, 1, f"Its fixed words alone have {length} characters; {most} are the most."),)


def _fields(kind: StepKind, variant: Variant) -> tuple[tuple[str, str], ...]:
    body = ("body", variant.body)
    return (("subject", variant.subject), body) if kind in template.LONGEST_SUBJECT else (body,)
