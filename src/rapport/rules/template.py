"""What is written to one person, out of one text for all.

A template is plain text with `{{ variable | filter | filter: argument }}` and nothing else: no loops, no conditions,
no attributes, so nothing in it can run long or reach anything. It is strict: a variable without a value and without
a `default` holds the lead, and never makes "Hi ,".
Example: `Hi {{ first_name | clean | default: "there" }}` greets "DR. ADA" as "Hi Ada", and nobody as "Hi there".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rapport.rules import names
from rapport.rules.sequences import StepKind

LONGEST_TEMPLATE = 10_000
MOST_PLACEHOLDERS = 100
MOST_FILTERS = 8
LONGEST_VALUE = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a template, and where: lines and columns count from 1."""

    line: int
    column: int
    sentence: str


@dataclass(frozen=True, slots=True)
class _Use:
    """One filter of one placeholder."""

    name: str
    argument: str | int | None


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One `{{ ... }}`."""

    variable: str
    filters: tuple[_Use, ...]

    @property
    def has_default(self) -> bool:
        return any(use.name == "default" for use in self.filters)


@dataclass(frozen=True)
class Template:
    """A text that parsed."""

    source: str
    parts: tuple[str | Placeholder, ...]

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Every variable it uses, once each, in order."""
        return tuple(dict.fromkeys(part.variable for part in self.parts if isinstance(part, Placeholder)))

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The variables without which it holds the lead."""
        uses = [part for part in self.parts if isinstance(part, Placeholder) and not part.has_default]
        return tuple(dict.fromkeys(use.variable for use in uses))


@dataclass(frozen=True, slots=True)
class Broken:
    """A text that is no template."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text for one person: what is stored and sent, to the byte."""

    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The variables this person has no value for."""

    variables: tuple[str, ...]


_OPENING = re.compile(r"\{\{|\}\}|\{%|%\}|\{#")
_VARIABLE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]{0,59})\s*")
_FILTER = re.compile(
    r"""\s*\|\s*([a-z_]{1,30})\s*
        (?: (?: : \s* | \( \s* )
            (?: "((?:[^"\\\n]|\\.)*)" | '((?:[^'\\\n]|\\.)*)' | (\d{1,4}) )
            \s* \)? )?\s*""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)")


@lru_cache(maxsize=2048)
def parse(source: str) -> Template | Broken:
    """The template, or everything that is wrong with it."""
    if len(source) > LONGEST_TEMPLATE:
        return Broken((Problem(1, 1, f"A text has at most {LONGEST_TEMPLATE} characters."),))
    parts: list[str | Placeholder] = []
    problems: list[Problem] = []
    at = 0
    while (found := _OPENING.search(source, at)) is not None:
        parts.append(source[at : found.start()])
        end = source.find("}}", found.end()) if found[0] == "{{" else -1
        if end == -1:
            problems.append(_problem(source, found.start(), _UNOPENED[found[0]]))
            at = found.end()
            continue
        read = _placeholder(source[found.end() : end])
        if isinstance(read, str):
            problems.append(_problem(source, found.start(), read))
        else:
            parts.append(read)
        at = end + 2
    parts.append(source[at:])
    if sum(isinstance(part, Placeholder) for part in parts) > MOST_PLACEHOLDERS:
        problems.append(Problem(1, 1, f"A text has at most {MOST_PLACEHOLDERS} variables."))
    if problems:
        return Broken(tuple(problems))
    return Template(source, tuple(part for part in parts if part != ""))


_UNOPENED = {
    "{{": "A variable that begins with {{ must end with }}.",
    "}}": "A variable that ends with }} must begin with {{.",
    "{%": 'There are no blocks, loops or conditions here; a default does: {{ company | default: "your company" }}.',
    "%}": "There are no blocks, loops or conditions here.",
    "{#": "There are no comments here.",
}


def _placeholder(inside: str) -> Placeholder | str:
    variable = _VARIABLE.match(inside)
    if variable is None:
        return "A variable is a plain name, such as first_name."
    filters: list[_Use] = []
    at = variable.end()
    while at < len(inside):
        found = _FILTER.match(inside, at)
        if found is None:
            return (
                f"Cannot read {inside[at : at + 20].strip()!r}. A variable is a plain name; filters follow after a |."
            )
        argument = _argument(found)
        refusal = _refusal(found[1], argument)
        if refusal is not None:
            return refusal
        filters.append(_Use(found[1], argument))
        at = found.end()
    if len(filters) > MOST_FILTERS:
        return f"A variable has at most {MOST_FILTERS} filters."
    return Placeholder(variable[1], tuple(filters))


def _argument(found: re.Match[str]) -> str | int | None:
    if found[4] is not None:
        return int(found[4])
    text = found[2] if found[2] is not None else found[3]
    return None if text is None else _ESCAPED.sub(r"\1", text)


def _refusal(name: str, argument: str | int | None) -> str | None:
    if name == "default":
        if not isinstance(argument, str) or not argument.strip():
            return 'default needs a text that is not empty: | default: "there".'
        return None if not names.is_placeholder(argument) else "A default cannot be a placeholder itself."
    if name == "truncate":
        return None if isinstance(argument, int) and argument > 0 else "truncate needs a number: | truncate: 40."
    if name not in FILTERS:
        return f"There is no filter {name}. Known: {', '.join(sorted([*FILTERS, 'default', 'truncate']))}."
    return None if argument is None else f"{name} takes no argument."


def _problem(source: str, at: int, sentence: str) -> Problem:
    before = source[:at]
    return Problem(before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1, sentence)


FILTERS: Mapping[str, Callable[[str], str]] = {
    "clean": names.clean_name,
    "no_emoji": names.without_emoji,
    "no_title": names.without_titles,
    "tidy_case": names.tidy_case,
    "first_word": names.first_word,
    "company": names.short_company,
    "upper": str.upper,
    "lower": str.lower,
    "capitalize": lambda text: text[:1].upper() + text[1:],
    "trim": str.strip,
}
"""The filters that take no argument."""


def render(template: Template, values: Mapping[str, str | None]) -> Rendered | Missing:
    """The text for one person, or what they lack. What a value holds is never read as a template."""
    texts: list[str] = []
    missing: list[str] = []
    for part in template.parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        value = _value(part, values.get(part.variable))
        if value is None:
            missing.append(part.variable)
        else:
            texts.append(value)
    if missing:
        return Missing(tuple(dict.fromkeys(missing)))
    return Rendered("".join(texts))


@lru_cache(maxsize=4096)  # one person's name stands in every text of a campaign
def _value(part: Placeholder, given: str | None) -> str | None:
    value = _usable(given)
    for use in part.filters:
        if use.name == "default":
            value = value if value is not None else str(use.argument)
        elif value is not None and isinstance(use.argument, int):
            value = _shortened(value, use.argument)
        elif value is not None:
            value = _usable(FILTERS[use.name](value))
    return value


def _usable(given: str | None) -> str | None:
    """A value one may write to a person; None for what only looks like one."""
    if given is None:
        return None
    value = " ".join(names.without_hidden(given[:LONGEST_VALUE]).split())
    return None if not value or names.is_placeholder(value) else value


def _shortened(value: str, most: int) -> str:
    """Cut at a word, where there is one."""
    if len(value) <= most:
        return value
    cut = value[: max(1, most - 1)]
    if not value[len(cut)].isspace() and " " in cut:
        cut = cut.rsplit(" ", 1)[0]
    return cut.rstrip(" ,;:-") + "…"


LONGEST: Mapping[StepKind, int] = {
    StepKind.INVITE: 300,
    StepKind.MESSAGE: 8_000,
    StepKind.INMAIL: 1_900,
    StepKind.EMAIL: 20_000,
}
"""How long a text may be after rendering. LinkedIn counts as JavaScript does: in UTF-16 units."""
LONGEST_SUBJECT: Mapping[StepKind, int] = {StepKind.INMAIL: 200, StepKind.EMAIL: 200}


def length(text: str) -> int:
    """How long LinkedIn finds a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
