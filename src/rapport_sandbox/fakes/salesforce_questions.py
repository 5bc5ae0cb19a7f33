"""Questions to Salesforce: `SELECT … FROM object WHERE field = 'value' [AND field LIKE '%value'] LIMIT n`, no more."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUESTION = re.compile(r"SELECT [\w, ]+ FROM (?P<object>\w+) WHERE (?P<where>.+) LIMIT (?P<limit>\d+)")
_TEST = re.compile(r"(?P<field>\w+) (?P<operator>=|LIKE) '(?P<value>(?:[^'\\]|\\.)*)'")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of which object, with which tests, and how many at most."""

    of: str
    tests: tuple[tuple[str, str, str], ...]
    limit: int

    def holds(self, row: dict[str, object]) -> bool:
        return all(_holds(str(row.get(name) or ""), operator, value) for name, operator, value in self.tests)


def read(text: str) -> Question | None:
    """The question; None of what is none that is played here."""
    asked = _QUESTION.fullmatch(text)
    found = [_TEST.fullmatch(one) for one in asked["where"].split(" AND ")] if asked is not None else [None]
    tests = tuple((one["field"], one["operator"], _unquoted(one["value"])) for one in found if one is not None)
    if asked is None or len(tests) < len(found):
        return None
    return Question(asked["object"], tests, int(asked["limit"]))


def _unquoted(value: str) -> str:
    return value.replace("\\'", "'").replace("\\\\", "\\")


def _holds(actual: str, operator: str, value: str) -> bool:
    if operator == "LIKE":
        return actual.casefold().endswith(value.removeprefix("%").casefold())
    return actual.casefold() == value.casefold()
