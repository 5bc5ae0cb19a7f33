"""The least that sending must commit, in plain SQL by the driver: what the product writes for a step, and nothing else.

It decides nothing, asks no gate and knows its work beforehand. It needs the driver alone, so that a task of another
queue can make the same commits.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Pattern:
    """Rows as the product wrote them for a step that was sent: the yardstick writes the same ones."""

    action: Row
    usage: Row
    relation: Row
    step: Row
    enrollment: Row
    claimed: Row
    """The event of the claim."""
    told: Sequence[Row]
    """The events of the result."""


@dataclass(frozen=True)
class Work:
    """A step to be sent, and the action that was made for it."""

    client_id: str
    account_id: str
    campaign_id: str
    enrollment_id: str
    lead_id: str
    line_campaign_id: str
    action_id: str = ""


_PLACED = (
    *("status", "reason", "details", "step_key", "reached_at", "last_step_sent_at", "due_override_at", "next_at"),
    *("line", "replied_at", "seen_at", "unsettled", "variants", "ended_at"),
)


class Plain:
    """One connection that writes steps."""

    def __init__(self, url: str, pattern: Pattern, *, turn: AbstractContextManager[object] | None = None) -> None:
        """`url` is PostgreSQL's, or a file of SQLite, on which those who write take turns."""
        self._turn = turn or nullcontext()
        self.on_postgresql = url.startswith("postgresql")
        self._pattern = pattern
        if self.on_postgresql:
            import psycopg

            self.connection: Any = psycopg.connect(url, autocommit=True, options="-c timezone=utc")
        else:
            self.connection = sqlite3.connect(url, isolation_level=None, timeout=30)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
                self.connection.execute(f"PRAGMA {pragma}")
        self._cursor = self.connection.cursor()
        self._begin = "BEGIN" if self.on_postgresql else "BEGIN IMMEDIATE"

    def close(self) -> None:
        self.connection.close()

    def claim(self, works: Sequence[Work]) -> list[Work]:
        """Write down and count what is about to be sent, in one commit."""
        with self._turn:
            return self._claim(works)

    def intend(self, work: Work) -> None:
        """Mark the call as begun, in a commit of its own."""
        with self._turn:
            self._intend(work)

    def settle(self, work: Work) -> None:
        """Write the result and what follows from it, in one commit."""
        with self._turn:
            self._settle(work)

    def _claim(self, works: Sequence[Work]) -> list[Work]:
        pattern, claimed = self._pattern, [Work(**(vars(work) | {"action_id": _new()})) for work in works]
        self._do(self._begin)
        locking = " FOR UPDATE SKIP LOCKED" if self.on_postgresql else ""
        for table, ids in (("account", [each.account_id for each in works]), ("enrollment", _enrollments(works))):
            marks = ", ".join("?" for _ in ids)
            self._do(f"SELECT * FROM {table} WHERE id IN ({marks}) ORDER BY id{locking}", ids)
            self._cursor.fetchall()
        before = {"state": "claimed", "calling_at": None, "settled_at": None, "settled_by": None, "owner": "o" * 24}
        self._insert("action", [{**pattern.action, **before, **_about(each, id=each.action_id)} for each in claimed])
        self._insert(
            "account_usage",
            [pattern.usage | _of(each, "client_id", "account_id", "action_id") | {"id": _new()} for each in claimed],
        )
        day = pattern.usage["on_day"]
        self._many("UPDATE account SET last_used_on = ? WHERE id = ?", [(day, each.account_id) for each in works])
        self._many(
            "UPDATE enrollment SET unsettled = 'in_flight', reason = 'in_flight', details = '{}', line = NULL,"
            " next_at = NULL, failures = 0, version = version + 1 WHERE id = ?",
            [(each.enrollment_id,) for each in works],
        )
        self._many(
            "UPDATE line SET closed_by = closed_by WHERE account_id = ? AND campaign_id = ? AND kind = 'invite'",
            [(each.account_id, each.line_campaign_id) for each in works],
        )
        for client_id in sorted({each.client_id for each in claimed}):
            mine = [each for each in claimed if each.client_id == client_id]
            seq = self._number(client_id, len(mine))
            self._insert("event", [self._event(pattern.claimed, each, seq + n) for n, each in enumerate(mine)])
        self._do("COMMIT")
        return claimed

    def _intend(self, work: Work) -> None:
        at, until = self._pattern.action["calling_at"], self._pattern.action["claimed_at"]
        self._do(self._begin)
        self._do(
            "UPDATE action SET state = 'calling', calling_at = ?, lease_until = ?, recipient = ?, chat_id = NULL,"
            " invitation_id = NULL WHERE id = ? AND state = 'claimed'",
            (at, until, self._pattern.action["recipient"], work.action_id),
        )
        self._do("COMMIT")

    def _settle(self, work: Work) -> None:
        pattern = self._pattern
        self._do(self._begin)
        self._do(
            "UPDATE action SET state = 'sent', invitation_id = ?, settled_at = ?, settled_by = 'answer', owner = NULL,"
            " lease_until = NULL, read_at = NULL, code = NULL WHERE id = ? AND state = 'calling'",
            (pattern.action["invitation_id"], pattern.action["settled_at"], work.action_id),
        )
        self._insert("relation", [pattern.relation | _of(work, "client_id", "account_id", "lead_id")])
        self._do(
            "UPDATE lead SET account_id = ?, version = version + 1 WHERE id = ? AND account_id IS NULL",
            (work.account_id, work.lead_id),
        )
        columns = ", ".join(f"{name} = ?" for name in _PLACED)
        values = [_plain(pattern.enrollment[name]) for name in _PLACED]
        self._do(f"UPDATE enrollment SET {columns}, version = version + 1 WHERE id = ?", (*values, work.enrollment_id))
        self._insert("enrollment_step", [pattern.step | _of(work, "client_id", "enrollment_id")])
        seq = self._number(work.client_id, len(pattern.told))
        self._insert("event", [self._event(each, work, seq + n) for n, each in enumerate(pattern.told)])
        self._do("COMMIT")

    def _number(self, client_id: str, count: int) -> int:
        """The first of so many numbers of a client's log."""
        self._do(
            "UPDATE event_stream SET seq = seq + ?, version = version + 1 WHERE client_id = ? RETURNING seq",
            (count, client_id),
        )
        return int(self._cursor.fetchall()[0][0]) - count + 1

    def _event(self, pattern: Row, work: Work, seq: int) -> dict[str, Any]:
        about = _of(work, "client_id", "account_id", "campaign_id", "enrollment_id", "lead_id")
        return {**pattern, **about, "id": _new(), "seq": seq}

    def _insert(self, table: str, rows: Sequence[Row]) -> None:
        names = list(rows[0])
        marks = ", ".join("?" for _ in names)
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
        self._many(statement, [[_plain(row[name]) for name in names] for row in rows])

    def _many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        if len(rows) == 1:
            self._do(statement, rows[0])
        else:
            self._cursor.executemany(self._said(statement), rows)

    def _do(self, statement: str, values: Sequence[Any] = ()) -> None:
        self._cursor.execute(self._said(statement), values)

    def _said(self, statement: str) -> str:
        return statement.replace("?", "%s") if self.on_postgresql else statement


def pattern_of(url: str) -> Pattern:
    """The rows of a step that the product sent on this database."""
    with closing(Plain(url, None)) as plain:  # type: ignore[arg-type] - it only reads
        (action,) = _rows(plain, "SELECT * FROM action WHERE state = 'sent' AND kind = 'invite' LIMIT 1")
        of = action["enrollment_id"]
        told = _rows(plain, "SELECT * FROM event WHERE enrollment_id = ? ORDER BY seq", of)
        after = next(n for n, event in enumerate(told) if event["type"] == "action.claimed")
        return Pattern(
            action=action,
            usage=_rows(plain, "SELECT * FROM account_usage WHERE action_id = ?", action["id"])[0],
            relation=_rows(plain, "SELECT * FROM relation WHERE lead_id = ?", action["lead_id"])[0],
            step=_rows(plain, "SELECT * FROM enrollment_step WHERE enrollment_id = ?", of)[0],
            enrollment=_rows(plain, "SELECT * FROM enrollment WHERE id = ?", of)[0],
            claimed=told[after],
            told=told[after + 1 :],
        )


def _rows(plain: Plain, statement: str, *values: Any) -> list[dict[str, Any]]:
    cursor = plain.connection.execute(plain._said(statement), values)  # noqa: SLF001 - of this very module
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _about(work: Work, **more: Any) -> dict[str, Any]:
    return _of(work, "client_id", "account_id", "campaign_id", "enrollment_id", "lead_id") | more


def _of(work: Work, *names: str) -> dict[str, Any]:
    return {name: getattr(work, name) for name in names}


def _enrollments(works: Sequence[Work]) -> list[str]:
    return [each.enrollment_id for each in works]


def _new() -> str:
    """An id that is greater than those before, as the product's are: random ones would cost an index more."""
    return str(uuid.UUID(int=time.time_ns() << 64 | int.from_bytes(os.urandom(8), "big")))


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value
