"""The two inputs, read and joined by id: the ledger from outside, the dump from inside.

Formats are in docs/proof-inputs.md. A file that is not whole is no evidence: a missing number in the ledger
or a line that does not parse ends the judgement. Only the ledger may end in a torn line, as a kill leaves it:
that request was never answered.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("invite", "message", "inmail", "visit", "follow", "react", "withdraw")
"""What reaches a person or their invitation; everything else in the ledger is reading."""
CALL_SECONDS = 30.0
"""The longest a call may be on its way: the product's wall-clock cap."""


class NotEvidence(Exception):  # noqa: N818 - it is a finding about the input, not a fault of the judge
    """The input cannot be judged."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One request that changed the world."""

    n: int
    at: float
    account: str
    person: str
    kind: str
    text: str
    request_id: str | None
    answered_at: float | None
    row: dict[str, object]


@dataclass
class History:
    """Everything the laws look at."""

    lines: list[dict[str, object]]
    tables: dict[str, list[dict[str, object]]]
    notes: list[str] = field(default_factory=list)
    effects: list[Effect] = field(init=False)

    def __post_init__(self) -> None:
        self.effects = [
            _effect(line)
            for line in self.lines
            if line.get("service") == "unipile" and line.get("effect") and line.get("kind") in KINDS
        ]
        self.effects.sort(key=lambda effect: (effect.at, effect.n))
        self._by_id = {table: {row["id"]: row for row in rows if "id" in row} for table, rows in self.tables.items()}
        self.account_by_unipile = {row["unipile_account_id"]: row for row in self.rows("account")}
        self._leads: defaultdict[object, dict[object, dict[str, object]]] = defaultdict(dict)
        for lead in self.rows("lead"):
            self._leads[lead["client_id"]][lead.get("provider_id")] = lead

    def rows(self, table: str) -> list[dict[str, object]]:
        return self.tables.get(table, [])

    def get(self, table: str, row_id: object) -> dict[str, object]:
        """The row an id names. A dangling id means the dump is not whole."""
        try:
            return self._by_id[table][row_id]
        except KeyError:
            raise NotEvidence(f"the dump refers to {table} {row_id!r} and does not hold it") from None

    def lead(self, client_id: object, person: str) -> dict[str, object] | None:
        """The lead of a client whom the ledger calls `person`."""
        return self._leads[client_id].get(person)

    def webhooks(self) -> list[dict[str, object]]:
        """What the sandbox posted to the product, attempt by attempt."""
        return [line for line in self.lines if line.get("service") == "webhook"]

    def happenings(self, *kinds: str) -> list[dict[str, object]]:
        """What the sandbox's people did by themselves."""
        return [line for line in self.lines if line.get("service") == "world" and line["kind"] in kinds]

    def meta(self) -> dict[str, object]:
        return self.rows("meta")[0] if self.rows("meta") else {}


def zone(name: object) -> tzinfo:
    return ZoneInfo(str(name))


def local_day(at: float, timezone: object) -> str:
    """The date on the wall at an instant: `2026-03-02`."""
    return datetime.fromtimestamp(at, zone(timezone)).date().isoformat()


def instant(value: object) -> float | None:
    """Unix seconds of a number or of an ISO 8601 string, which must say its offset."""
    if value is None or isinstance(value, int | float):
        return value
    moment = datetime.fromisoformat(str(value))
    if moment.utcoffset() is None:
        raise NotEvidence(f"the instant {value!r} does not say its offset")
    return (moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) / timedelta(seconds=1)


def read(ledger: Path, dump: Path, plan: Path | None = None) -> History:
    """The history in these files. A row of the plan replaces what the product says of itself."""
    lines, torn = _lines(ledger)
    notes = [f"{ledger.name}: a torn last line of {torn} bytes was left out"] if torn else []
    if [line.get("n") for line in lines] != list(range(1, len(lines) + 1)):
        raise NotEvidence(f"{ledger}: the numbers `n` are not 1, 2, 3 … without a gap")
    tables: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for row in _whole(dump):
        if not isinstance(row.get("table"), str):
            raise NotEvidence(f"{dump}: a row names no table: {row}")
        tables[str(row["table"])].append(row)
    for asked in _whole(plan) if plan else []:
        _ask(tables, asked)
    return History(lines, dict(tables), notes)


def _ask(tables: dict[str, list[dict[str, object]]], asked: dict[str, object]) -> None:
    for row in tables.get(str(asked["table"]), []):
        if row.get("id") == asked["id"]:
            row.update(asked)
            return
    raise NotEvidence(f"the plan speaks of {asked['table']} {asked['id']!r}, which the dump does not hold")


def _whole(path: Path) -> list[dict[str, object]]:
    lines, torn = _lines(path)
    if torn:
        raise NotEvidence(f"{path}: the last line is torn")
    return lines


def _lines(path: Path) -> tuple[list[dict[str, object]], int]:
    """The objects of a file, and how many bytes stand after the last line's end."""
    *whole, rest = path.read_bytes().split(b"\n")
    read_lines = []
    for number, line in enumerate(whole, start=1):
        try:
            value = json.loads(line)
        except ValueError:
            raise NotEvidence(f"{path}: line {number} is not JSON") from None
        if not isinstance(value, dict):
            raise NotEvidence(f"{path}: line {number} is not an object")
        read_lines.append(value)
    return read_lines, len(rest)


def _effect(line: dict[str, object]) -> Effect:
    at = instant(line.get("at"))
    if at is None or not line.get("account") or not line.get("person"):
        raise NotEvidence(f"ledger line {line.get('n')}: an effect needs at, account and person")
    return Effect(
        n=int(str(line["n"])),
        at=at,
        account=str(line["account"]),
        person=str(line["person"]),
        kind=str(line["kind"]),
        text=_text(line),
        request_id=None if line.get("request_id") is None else str(line["request_id"]),
        answered_at=instant(line.get("answered_at")),
        row=line,
    )


def _text(line: dict[str, object]) -> str:
    """The words that reached the person: `text` of the line, or what its body holds."""
    if isinstance(line.get("text"), str):
        return str(line["text"])
    body = line.get("body")
    if isinstance(body, str) and body:
        try:
            body = json.loads(body)
        except ValueError:
            raise NotEvidence(f"ledger line {line.get('n')}: no `text`, and the body is not JSON") from None
    if isinstance(body, dict):
        return str(body.get("text") or body.get("message") or "")
    return ""
