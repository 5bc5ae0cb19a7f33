"""Claiming: for senders whose turn it is, what each may send now is taken and written down before anything is called.

The cost is that of the senders looked at and of what is taken, never of how many leads wait: each line is asked for its
first lead only, and a gate that all of them share lets the whole line rest. Under an account's lock nobody else counts
against its limits, so what the decision finds to be within them is.
Order of locks, everywhere: accounts, lines, enrollments, the log. A claim never waits for an account or an enrollment.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from rapport.accounts import usage
from rapport.accounts.facts import of_rows as sender_facts
from rapport.campaigns.personalise import Words, values, words
from rapport.enrollments import holding, lines, parking
from rapport.enrollments.facts import Gathered
from rapport.enrollments.placing import place
from rapport.kernel.bulk import insert_rows
from rapport.kernel.tx import Tx
from rapport.leads.facts import pending
from rapport.leads.naming import shown_name
from rapport.rules.answers import Send, Wait
from rapport.rules.decision import decide
from rapport.rules.facts import Facts, SenderFacts
from rapport.rules.limits import BUDGET_OF, Budget
from rapport.rules.plan import counted
from rapport.sending import events, queries
from rapport.sending.claimed import Claimed
from rapport.sending.models import Action
from rapport.sending.states import Origin, State

_A = Action.__table__
_ROUNDS = 25
"""How many leads of one sender that may not be sent anything are passed over in one turn; the next takes the others."""
_SOON = timedelta(seconds=1)


@dataclass(slots=True)
class _Turn:
    """One sender's turn: its facts as they become, and its lines as they are asked."""

    facts: SenderFacts
    heads: dict[lines.Key, str] = field(default_factory=dict)
    rests: dict[lines.Key, tuple[datetime | None, str | None]] = field(default_factory=dict)
    sent: Send | None = None


def claim(tx: Tx, *, limit: int, lease: timedelta) -> list[Claimed]:
    """What may be sent now, for up to `limit` senders: at most one action for each, written down and counted."""
    accounts = usage.lock_free(tx, lines.due_accounts(tx, limit=limit))
    if not accounts:
        return []
    return _Claim(tx, accounts, lease).run()


class _Claim:
    """One claim in progress."""

    def __init__(self, tx: Tx, accounts: Mapping[str, Mapping[str, Any]], lease: timedelta) -> None:
        self._tx = tx
        self._accounts = accounts
        self._lease = lease
        self._turns: dict[str, _Turn] = {}
        self._taken: list[tuple[Facts, Send, Words, Gathered]] = []

    def run(self) -> list[Claimed]:
        first = lines.heads(self._tx, list(self._accounts))
        self._begin()
        open_keys = [head.key for head in first]
        heads = first
        for _ in range(_ROUNDS):
            aside, parked = self._ask(heads)
            if not aside and not parked:
                break
            # Whoever was passed over is put where they wait, and the next in their line are asked.
            place(self._tx, aside)
            open_keys = [key for key in open_keys if self._is_open(key)]
            heads = lines.firsts(self._tx, open_keys)
        self._let_rest(open_keys)
        return self._write()

    def _begin(self) -> None:
        ids = list(self._accounts)
        waiting = pending(self._tx, ids)
        for account_id, more in queries.open_invitations(self._tx, ids).items():
            waiting[account_id] = waiting.get(account_id, 0) + more
        for account_id, facts in sender_facts(self._tx, list(self._accounts.values()), pending=waiting).items():
            self._turns[account_id] = _Turn(facts)

    def _is_open(self, key: lines.Key) -> bool:
        turn = self._turns[key[0]]
        return turn.sent is None and key not in turn.rests

    def _ask(self, heads: Sequence[lines.Head]) -> tuple[list[str], bool]:
        """Ask for the first of each line; answers whom the decision passed over for reasons of their own, and whether
        anybody had to be parked.
        """
        rows = lines.lock_heads(self._tx, heads)
        for head in heads:
            turn = self._turns[head.key[0]]
            row = rows.get(head.enrollment_id or "")
            turn.heads.pop(head.key, None)
            if head.enrollment_id is None:
                turn.rests[head.key] = (None, None)
            elif row is None:
                # Somebody is at this lead: they put it where it belongs, and we look again in a moment.
                turn.rests[head.key] = (self._tx.now + _SOON, None)
            elif row["next_at"] > self._tx.now:
                turn.rests[head.key] = (row["next_at"], None)
            else:
                turn.heads[head.key] = head.enrollment_id
        wanted = [rows[each] for turn in self._turns.values() if turn.sent is None for each in turn.heads.values()]
        senders = {account_id: turn.facts for account_id, turn in self._turns.items()}
        gathered, bad = parking.gathered(self._tx, wanted, senders=senders)
        aside: list[str] = []
        for turn in self._turns.values():
            if turn.sent is not None:
                continue
            passed = self._take_turn(turn, gathered, rows)
            if passed is None:
                continue
            if passed in bad:
                continue
            aside.append(passed)
        return aside, bool(bad)

    def _take_turn(self, turn: _Turn, gathered: Gathered, rows: Mapping[str, Mapping[str, Any]]) -> str | None:
        """Ask the sender's lines, the longest due first, until one may send; answers whom it passed over."""
        for key, head_id in sorted(turn.heads.items(), key=lambda each: (rows[each[1]]["next_at"], each[1], each[0])):
            if head_id not in gathered.seats:
                return head_id
            facts = gathered.of(head_id)
            decision = decide(facts, self._tx.now)
            match decision:
                case Send():
                    self._take(turn, facts, decision, gathered)
                    return None
                case Wait(gate=gate) if gate.is_shared:
                    turn.rests[key] = (decision.until, decision.reason.value)
                case _:
                    return head_id
        return None

    def _take(self, turn: _Turn, facts: Facts, send: Send, gathered: Gathered) -> None:
        variant = next((each for each in send.step.variants if each.key == send.variant), None)
        made = words(send.step.kind, variant, values(gathered.leads[facts.lead.id].row))
        if not isinstance(made, Words):  # the gate of the text asked the same function
            raise TypeError(f"the text of enrollment {facts.enrollment.id} is {type(made).__name__}")
        self._taken.append((facts, send, made, gathered))
        turn.sent = send
        turn.facts = counted(turn.facts, send.step, self._tx.now)
        self._after_send(turn, gathered)

    def _after_send(self, turn: _Turn, gathered: Gathered) -> None:
        """Say until when each line rests now: the decision that let one go closes them all for a while."""
        for key, head_id in turn.heads.items():
            if key in turn.rests:
                continue
            decision = decide(replace(gathered.of(head_id), sender=turn.facts), self._tx.now)
            if isinstance(decision, Wait) and decision.gate.is_shared:
                turn.rests[key] = (decision.until, decision.reason.value)

    def _let_rest(self, keys: Sequence[lines.Key]) -> None:
        lines.rest(
            self._tx,
            {key: self._turns[key[0]].rests[key] for key in keys if key in self._turns[key[0]].rests},
        )

    def _write(self) -> list[Claimed]:
        tx = self._tx
        if not self._taken:
            return []
        rows: list[dict[str, Any]] = []
        counts: list[usage.Counted] = []
        for facts, send, made, gathered in self._taken:
            row = self._row(facts, send, made, gathered)
            rows.append(row)
            budget = BUDGET_OF[send.step.kind]
            if budget is not None:
                counts.append(self._count(send, row, budget))
        said = {each.action_id: told for each, told in zip(counts, usage.count(tx, counts), strict=True)}
        insert_rows(tx, _A, rows)
        holding.begin(tx, [row["enrollment_id"] for row in rows])
        claimed = []
        for row, (facts, _, _, gathered) in zip(rows, self._taken, strict=True):
            lead = gathered.leads[facts.lead.id].row
            account = self._accounts[row["account_id"]]
            tx.touch(row["client_id"])
            tx.emit(
                events.CLAIMED,
                client_id=row["client_id"],
                data={
                    **queries.about(row, lead=shown_name(lead), account=account["name"]),
                    "usage": said.get(row["id"]),
                },
                **queries.subject(row),
            )
            claimed.append(Claimed(row, lead, account, gathered))
        return claimed

    def _row(self, facts: Facts, send: Send, made: Words, gathered: Gathered) -> dict[str, Any]:
        now = self._tx.now
        hours = self._turns[send.sender_id].facts.hours
        openings = [facts.campaign.schedule.opening_around(now), hours.opening_around(now) if hours else None]
        enrollment = gathered.rows[facts.enrollment.id]
        row: dict[str, Any] = dict.fromkeys(_A.c.keys())
        return row | {
            "id": self._tx.new_id(),
            "client_id": enrollment["client_id"],
            "account_id": send.sender_id,
            "lead_id": facts.lead.id,
            "enrollment_id": facts.enrollment.id,
            "campaign_id": facts.campaign.id,
            "step_key": send.step.key,
            "kind": send.step.kind.value,
            "variant": send.variant,
            "origin": Origin.CAMPAIGN.value,
            "state": State.CLAIMED.value,
            "subject": made.subject,
            "body": made.body,
            "recipient": gathered.leads[facts.lead.id].row["provider_id"],
            "due_at": enrollment["next_at"],
            "created_at": now,
            "claimed_at": now,
            "call_before": min((opening[1] for opening in openings if opening is not None), default=None),
            "owner": secrets.token_hex(12),
            "lease_until": now + self._lease,
            "absent_reads": 0,
            "failed_reads": 0,
        }

    def _count(self, send: Send, row: Mapping[str, Any], budget: Budget) -> usage.Counted:
        day = usage.day_of(self._turns[send.sender_id].facts, self._tx.now)
        return usage.Counted(send.sender_id, row["client_id"], budget, self._tx.now, day, row["id"])
