"""L2: once a reply was acknowledged, nothing automatic reaches that person.

The instant is the sandbox's: when its webhook was answered 2xx. A message the product itself noted, by
polling for instance, counts from when it noted it. What an operator sends by hand is not automatic, and
withdrawing an invitation reaches nobody.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .history import CALL_SECONDS, Effect, History, NotEvidence, instant
from .verdict import Finding, Row

if TYPE_CHECKING:
    from .attribution import Attribution

Known = tuple[float, str, Row]
"""When a reply was known, to which account it came, and the evidence."""


def never_after_reply(history: History, attribution: Attribution) -> Finding:
    """L2. A call already on its way at that instant is counted apart."""
    known = _replies(history)
    finding = Finding("L2", of=f"effects against {sum(map(len, known.values()))} replies")
    in_flight = 0
    for effect in history.effects:
        account = history.account_by_unipile.get(effect.account)
        action = attribution.action(effect)
        by_hand = action is not None and action.get("enrollment_id") is None
        if effect.kind == "withdraw" or account is None or by_hand:
            continue
        finding.examined += 1
        client = history.get("client", account["client_id"])
        everywhere = client.get("stop_others_on_reply", True)
        replies = [reply for reply in known[client["id"], effect.person] if everywhere or reply[1] == effect.account]
        if not replies:
            continue
        at, _, evidence = min(replies, key=lambda reply: reply[0])
        if _was_in_flight(effect, action, at):
            in_flight += 1
        elif effect.at > at:
            says = f"{effect.person} got a {effect.kind} {effect.at - at:.3f} s after the reply was acknowledged"
            finding.broken(says, evidence, effect.row)
    if in_flight:
        finding.notes.append(f"{in_flight} in flight at the instant of the acknowledgement")
    return finding


def _replies(history: History) -> defaultdict[tuple[object, str], list[Known]]:
    known: defaultdict[tuple[object, str], list[Known]] = defaultdict(list)
    for line in history.webhooks():
        account = history.account_by_unipile.get(str(line.get("account")))
        if was_acknowledged(line) and account is not None and is_reply(line):
            answered_at = instant(line["answered_at"]) or 0.0
            known[account["client_id"], str(line["person"])].append((answered_at, str(line["account"]), line))
    for message in history.rows("message"):
        if message["direction"] == "inbound" and not message.get("auto_reply") and message.get("lead_id"):
            person = str(history.get("lead", message["lead_id"])["provider_id"])
            at = instant(message["received_at"])
            if at is not None:
                known[message["client_id"], person].append((at, _came_to(history, message), message))
    return known


def _came_to(history: History, message: Row) -> str:
    """The account a message came to; a mail comes to none."""
    account_id = message.get("account_id")
    return "" if account_id is None else str(history.get("account", account_id)["unipile_account_id"])


def was_acknowledged(line: Row) -> bool:
    """Whether this post was answered 2xx; then it must say when, and what it told."""
    status = line.get("status")
    if not isinstance(status, int) or not 200 <= status < 300:
        return False
    if line.get("answered_at") is None or not line.get("ref"):
        raise NotEvidence(f"ledger line {line['n']}: an acknowledged webhook needs `answered_at` and `ref`")
    return True


def is_reply(line: Row) -> bool:
    """Whether a webhook told of words by the person, not by us and not by a machine of theirs."""
    return line["kind"] == "message_received" and not line["is_sender"] and not line.get("auto_reply")


def _was_in_flight(effect: Effect, action: Row | None, at: float) -> bool:
    if effect.at <= at:
        return effect.answered_at is not None and effect.answered_at > at
    called_at = instant(action.get("called_at")) if action else None
    return called_at is not None and called_at <= at and effect.at - called_at <= CALL_SECONDS
