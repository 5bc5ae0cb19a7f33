"""L8 and L9 compare what happened with what was written down: webhooks kept, effects told exactly once."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from .history import KINDS, History
from .limits import UNSETTLED
from .replies import is_reply, was_acknowledged
from .verdict import Finding, Row

if TYPE_CHECKING:
    from .attribution import Attribution

Inbox = defaultdict[tuple[object, object], list[Row]]
"""Messages by client and outside id."""
SETTLED = frozenset({"processed", "unmatched", "duplicate"})
MAY_BE_IGNORED = SETTLED | {"ignored"}
"""For webhooks that tell nothing the product needs: read receipts, echoes of its own messages."""


def webhooks_kept(history: History, _attribution: Attribution) -> Finding:
    """L8: what the sandbox saw acknowledged is in the dump with an outcome, a reply once in the inbox."""
    finding = Finding("L8", of="webhooks")
    kept: defaultdict[str, list[Row]] = defaultdict(list)
    for row in history.rows("webhook_delivery"):
        kept[str(row["ref"])].append(row)
    acknowledged, inbox = _acknowledged(history), _inbox(history)
    for ref, line in acknowledged.items():
        finding.examined += 1
        if ref not in kept:
            finding.broken(f"{ref} was acknowledged and is lost", line)
        elif not any(_has_outcome(row, needed=is_needed(line)) for row in kept[ref]):
            finding.broken(f"{ref} was acknowledged and never processed", line, *kept[ref])
        elif is_reply(line):
            _once_in_inbox(finding, history, line, kept[ref], inbox)
    for row in history.rows("webhook_delivery"):
        if row["ref"] not in acknowledged and row.get("acked_at") is not None:
            finding.examined += 1
            if not _has_outcome(row, needed=False):
                finding.broken(f"{row['ref']} was acknowledged and never processed", row)
    return finding


def _acknowledged(history: History) -> dict[str, Row]:
    """By what it tells: the first post of it that was answered 2xx."""
    acknowledged: dict[str, Row] = {}
    for line in history.webhooks():
        if was_acknowledged(line):
            acknowledged.setdefault(str(line["ref"]), line)
    return acknowledged


def is_needed(line: Row) -> bool:
    """Whether this webhook may not simply be ignored."""
    return is_reply(line) or line["kind"] == "new_relation"


def _has_outcome(row: Row, *, needed: bool) -> bool:
    allowed = SETTLED if needed else MAY_BE_IGNORED
    return row.get("processed_at") is not None and row.get("outcome") in allowed


def _inbox(history: History) -> Inbox:
    inbox: Inbox = defaultdict(list)
    for row in history.rows("message"):
        inbox[row["client_id"], row.get("external_message_id")].append(row)
    return inbox


def _once_in_inbox(finding: Finding, history: History, line: Row, rows: list[Row], inbox: Inbox) -> None:
    account = history.account_by_unipile.get(str(line.get("account")))
    if account is None or not line.get("message_id"):
        return
    messages = inbox[account["client_id"], line["message_id"]]
    is_unmatched = all(row.get("outcome") == "unmatched" for row in rows)
    if len(messages) > 1 or not (messages or is_unmatched):
        says = f"the reply {line['message_id']} is {len(messages)} times in the inbox"
        finding.broken(says, line, *messages)


def told_once(history: History, attribution: Attribution) -> Finding:
    """L9: one `….sent` event for each effect and none without one; `seq` runs 1, 2, 3 … per client.

    An effect that belongs to nobody has no event either: that is L1's to say. An action still unsettled
    may have its event yet to come: that is L10's.
    """
    finding = Finding("L9", of="effects and events")
    told: defaultdict[object, list[Row]] = defaultdict(list)
    seqs: defaultdict[object, list[int]] = defaultdict(list)
    for event in history.rows("event"):
        finding.examined += 1
        seqs[event["client_id"]].append(int(str(event["seq"])))
        if event.get("action_id") is not None and str(event["type"]).endswith(".sent"):
            told[event["action_id"]].append(event)
    for effect in history.effects:
        action = attribution.action(effect)
        if action is None:
            continue
        finding.examined += 1
        events = told[action["id"]]
        if len(events) > 1 or (not events and action["status"] not in UNSETTLED):
            finding.broken(f"effect {effect.n} has {len(events)} events", effect.row, action, *events)
    for action_id, events in told.items():
        action = history.get("action", action_id)
        if action["kind"] in KINDS and action_id not in attribution.effect_of:
            finding.broken(f"action {action_id} is told as sent and never arrived", action, *events)
    for client_id, numbers in seqs.items():
        _gapless(finding, client_id, numbers)
    return finding


def _gapless(finding: Finding, client_id: object, numbers: list[int]) -> None:
    twice = sorted(number for number, count in Counter(numbers).items() if count > 1)
    missing = sorted(set(range(1, max(numbers) + 1)) - set(numbers))
    if twice:
        finding.broken(f"client {client_id}: event numbers {twice[:5]} are given twice")
    if missing:
        finding.broken(f"client {client_id}: event numbers {missing[:5]} are missing")
