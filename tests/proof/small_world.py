"""A builder of worlds to judge: it writes a ledger and a dump that agree, sentence by sentence.

It works the other way round from the judge: from local wall times to instants, from intentions to effects.
What it builds is clean; a test corrupts it afterwards.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.proof.judge.court import judge
from tests.proof.judge.history import read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.proof.judge.verdict import Finding

Row = dict[str, object]
OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
LIMITS = {"invite": {"day": 25, "week": 100, "pending": 200}, "message": {"day": 100}}


def at(wall: str, timezone: str = "Europe/Berlin") -> float:
    """The first instant at which the wall shows `2026-03-02 09:30`."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(timezone)).timestamp()


@dataclass
class World:
    """A ledger and a dump in the making. Methods answer the rows they made, so that a test can bend them."""

    ledger: list[Row] = field(default_factory=list)
    dump: list[Row] = field(default_factory=list)
    plan: list[Row] = field(default_factory=list)
    _ids: Counter[str] = field(default_factory=Counter)
    _seq: Counter[str] = field(default_factory=Counter)

    def row(self, table: str, **columns: object) -> Row:
        self._ids[table] += 1
        made: Row = {"table": table, "id": f"{table}-{self._ids[table]}", **columns}
        self.dump.append(made)
        return made

    def line(self, **columns: object) -> Row:
        made: Row = {"n": len(self.ledger) + 1, "service": "unipile", **columns}
        self.ledger.append(made)
        return made

    # Who and what there is

    def client(self) -> Row:
        return self.row("client")

    def account(self, client: Row, *, timezone: str = "Europe/Berlin", limits: Row | None = None) -> Row:
        made = self.row("account", client_id=client["id"], timezone=timezone, status="OK")
        return self._with(made, unipile_account_id=f"unipile-{made['id']}", limits=limits or LIMITS)

    def campaign(self, client: Row, *, timezone: str = "Europe/Berlin", windows: Row | None = None) -> Row:
        return self.row(
            "campaign",
            client_id=client["id"],
            status="active",
            timezone=timezone,
            windows=windows or OFFICE,
            sends_on_weekend=False,
            dates_off=["2026-12-25"],
            enrolled=0,
        )

    def step(self, campaign: Row, kind: str) -> Row:
        return self.row("step", campaign_id=campaign["id"], kind=kind, expects_nonce=kind in {"invite", "message"})

    def lead(self, client: Row) -> Row:
        made = self.row("lead", client_id=client["id"])
        number = self._ids["lead"]
        return self._with(made, provider_id=f"ACoAA{number:06d}", nonce=f"nonce{number:06d}")

    def enrollment(self, campaign: Row, lead: Row, account: Row, *, due_at: float) -> Row:
        campaign["enrolled"] = int(str(campaign["enrolled"])) + 1
        return self.row(
            "enrollment",
            campaign_id=campaign["id"],
            lead_id=lead["id"],
            account_id=account["id"],
            status="pending_invite",
            reason=None,
            next_due_at=due_at,
        )

    # What happens

    def action(self, enrollment: Row, step: Row, *, claimed_at: float) -> Row:
        """An intention, claimed and called."""
        lead = self.find("lead", enrollment["lead_id"])
        words = f"Hi {lead['nonce']}, about {step['id']}" if step["kind"] in {"invite", "message"} else None
        return self.row(
            "action",
            enrollment_id=enrollment["id"],
            step_id=step["id"],
            account_id=enrollment["account_id"],
            lead_id=enrollment["lead_id"],
            kind=step["kind"],
            status="calling",
            text=words,
            claimed_at=claimed_at,
            called_at=claimed_at,
            settled_at=None,
        )

    def arrives(self, action: Row, *, at: float) -> Row:
        """The action's call reaches the sandbox and has its effect."""
        body = {"text": action["text"]} if action["kind"] == "message" else {"message": action["text"]}
        return self.line(
            request_id=f"request-{len(self.ledger) + 1}",
            at=at,
            account=self.find("account", action["account_id"])["unipile_account_id"],
            person=self.find("lead", action["lead_id"])["provider_id"],
            kind=action["kind"],
            body=body,
            effect=True,
            status=200,
        )

    def settles(self, action: Row, *, at: float) -> Row:
        """The product notes the success: the action, the counter, the event."""
        action["status"], action["settled_at"] = "sent", at
        account = self.find("account", action["account_id"])
        self.counter(account, str(action["kind"]), at)["used"] += 1  # type: ignore[operator]
        return self.event(account, f"{action['kind']}.sent", action_id=action["id"])

    def sends(self, enrollment: Row, step: Row, *, at: float) -> tuple[Row, Row]:
        """One step done: intention, effect, record. Answers the action and the ledger line."""
        action = self.action(enrollment, step, claimed_at=at - 1)
        line = self.arrives(action, at=at)
        self.settles(action, at=at)
        return action, line

    def operator_sends(self, account: Row, lead: Row, words: str, *, at: float) -> Row:
        """A reply by hand: an action without an enrollment."""
        action = self.row(
            "action",
            enrollment_id=None,
            step_id=None,
            account_id=account["id"],
            lead_id=lead["id"],
            kind="message",
            status="calling",
            text=words,
            claimed_at=at,
            called_at=at,
            settled_at=None,
        )
        self.arrives(action, at=at)
        self.settles(action, at=at)
        return action

    def counter(self, account: Row, kind: str, at: float) -> Row:
        day = datetime.fromtimestamp(at, ZoneInfo(str(account["timezone"]))).date().isoformat()
        for row in self.dump:
            if row["table"] == "usage" and (row["account_id"], row["kind"], row["day"]) == (
                account["id"], kind, day,
            ):  # fmt: skip
                return row
        return self.row("usage", account_id=account["id"], kind=kind, day=day, used=0)

    def event(self, account: Row, kind: str, **columns: object) -> Row:
        client_id = str(account["client_id"])
        self._seq[client_id] += 1
        return self.row("event", client_id=client_id, seq=self._seq[client_id], type=kind, **columns)

    def accepts(self, line: Row, *, at: float) -> Row:
        """The person of an invitation accepts it."""
        return self.line(service="world", kind="accepted", account=line["account"], person=line["person"], at=at)

    def replies(self, account: Row, lead: Row, enrollment: Row | None, *, at: float) -> tuple[Row, Row]:
        """The person answers; the webhook is acknowledged in 20 ms. Answers ledger line and stored row."""
        message_id = f"message-{len(self.ledger) + 1}"
        ref = f"message_received:{message_id}"
        line = self.line(
            service="webhook",
            kind="message_received",
            ref=ref,
            message_id=message_id,
            is_sender=False,
            account=account["unipile_account_id"],
            person=lead["provider_id"],
            at=at,
            answered_at=at + 0.02,
            status=200,
        )
        stored = self.row(
            "webhook_delivery",
            ref=ref,
            received_at=at,
            acked_at=at + 0.02,
            processed_at=at + 0.5,
            outcome="processed",
        )
        self.row(
            "message",
            client_id=account["client_id"],
            account_id=account["id"],
            lead_id=lead["id"],
            external_message_id=message_id,
            direction="inbound",
            received_at=at + 0.5,
        )
        self.event(account, "message.received")
        if enrollment is not None:
            enrollment.update(status="responded", reason="replied", next_due_at=None)
        return line, stored

    def ends(self, *, at: float, **more: object) -> Row:
        """The run is over and the dump is taken."""
        return self.row("meta", dumped_at=at, within_s=900, **more)

    # Judging

    def find(self, table: str, row_id: object) -> Row:
        return next(row for row in self.dump if row["table"] == table and row["id"] == row_id)

    def write(self, folder: Path) -> list[str]:
        """The files, as the checker's arguments."""
        arguments = []
        for name, rows in (("ledger", self.ledger), ("dump", self.dump), ("plan", self.plan)):
            path = folder / f"{name}.jsonl"
            path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
            arguments += [f"--{name}", str(path)]
        return arguments

    def judged(self, folder: Path) -> dict[str, Finding]:
        """The verdict of the judge over this world, by law."""
        self.write(folder)
        history = read(folder / "ledger.jsonl", folder / "dump.jsonl", folder / "plan.jsonl")
        return {finding.law: finding for finding in judge(history)}

    @staticmethod
    def _with(row: Row, **columns: object) -> Row:
        row.update(columns)
        return row
