"""L6 and L10 look at where everything stands in the end: nothing lost, nothing left lying."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .history import History, NotEvidence, instant
from .limits import UNSETTLED
from .verdict import Finding, Row

if TYPE_CHECKING:
    from .attribution import Attribution

LIVE = frozenset({"pending_invite", "invite_sent", "connected", "messaged"})
FINAL = frozenset({"responded", "completed", "error", "withdrawn", "stopped"})
WITHIN_SECONDS = 900.0


def nothing_lost(history: History, _attribution: Attribution) -> Finding:
    """L6: as many enrollments as were put in, each in a known state that says what comes next or why not."""
    finding = Finding("L6", examined=len(history.rows("enrollment")), of="enrollments")
    in_campaign = Counter(row["campaign_id"] for row in history.rows("enrollment"))
    for campaign in history.rows("campaign"):
        put_in, there = campaign.get("enrolled"), in_campaign[campaign["id"]]
        if put_in is not None and put_in != there:
            finding.broken(f"campaign {campaign['id']}: {put_in} put in, {there} there", campaign)
    for enrollment in history.rows("enrollment"):
        fault = _fault(history, enrollment)
        if fault:
            finding.broken(f"enrollment {enrollment['id']}: {fault}", enrollment)
    return finding


def _fault(history: History, enrollment: Row) -> str | None:
    status, reason = enrollment["status"], enrollment.get("reason")
    if status in FINAL:
        return None if reason else f"{status} without a reason"
    if status not in LIVE:
        return f"the state {status!r} does not exist"
    if enrollment.get("next_due_at") is not None:
        return None
    is_active = history.get("campaign", enrollment["campaign_id"])["status"] == "active"
    return None if reason and not is_active else f"{status} without a next time"


def everything_done(history: History, _attribution: Attribution) -> Finding:
    """L10: with the faults over for `within_s`, nothing that was due by then still waits."""
    meta = history.meta()
    dumped_at = instant(meta.get("dumped_at"))
    if dumped_at is None:
        raise NotEvidence("the dump has no meta row that says dumped_at")
    within = float(str(meta.get("within_s", WITHIN_SECONDS)))
    stopped_at = instant(meta.get("faults_stopped_at"))
    finding = Finding("L10", of="enrollments and actions")
    if stopped_at is not None and dumped_at < stopped_at + within:
        finding.notes.append(f"not judged: faults stopped only {dumped_at - stopped_at:.0f} s before the dump")
        return finding
    latest = dumped_at - within
    for enrollment in history.rows("enrollment"):
        finding.examined += 1
        due_at = instant(enrollment.get("next_due_at"))
        if due_at is not None and due_at < latest and _could_move(history, enrollment):
            finding.broken(f"enrollment {enrollment['id']} was due {dumped_at - due_at:.0f} s ago", enrollment)
    for action in history.rows("action"):
        finding.examined += 1
        since = instant(action.get("called_at")) or instant(action.get("claimed_at"))
        explained = action["status"] == "uncertain" and action.get("reason")
        if action["status"] in UNSETTLED and not explained and (since is None or since < latest):
            finding.broken(f"action {action['id']} is {action['status']} for ever", action)
    return finding


def _could_move(history: History, enrollment: Row) -> bool:
    """Whether nothing that an operator can see holds it back."""
    if enrollment["status"] not in LIVE:
        return False
    is_active = history.get("campaign", enrollment["campaign_id"])["status"] == "active"
    account_id = enrollment.get("account_id")
    sender_ok = account_id is None or history.get("account", account_id).get("status", "OK") == "OK"
    return is_active and sender_ok
