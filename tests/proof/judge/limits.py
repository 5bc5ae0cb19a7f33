"""L3, L4 and L7 look at what left an account: how many, at what hour, and whether both sides count alike."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .budget import by_day, limit_at
from .calendar import closed_because
from .history import Effect, History, instant, local_day
from .verdict import Finding, Row

if TYPE_CHECKING:
    from .attribution import Attribution

WEEK_SECONDS = 7 * 24 * 3600.0
UNSETTLED = frozenset({"claimed", "calling", "uncertain"})


def never_over_the_line(history: History, attribution: Attribution) -> Finding:
    """L3: every effect, counted with those before it, is within the limits then in force."""
    finding = Finding("L3", examined=len(history.effects))
    for (account_id, kind, day), effects in by_day(history, attribution).items():
        account = history.get("account", account_id)
        for count, effect in enumerate(effects, start=1):
            limit = limit_at(account, kind, "day", effect.at)
            if limit is not None and count > limit:
                says = f"account {account_id}: {kind} number {count} on {day}, limit {limit}"
                finding.broken(says, effect.row)
    for (account_id, kind), effects in _by_kind(history).items():
        _rolling_week(finding, history.get("account", account_id), kind, effects)
    for account in history.rows("account"):
        _pending(finding, history, account)
    return finding


def _by_kind(history: History) -> dict[tuple[object, str], list[Effect]]:
    kinds: defaultdict[tuple[object, str], list[Effect]] = defaultdict(list)
    for effect in history.effects:
        account = history.account_by_unipile.get(effect.account)
        if account is not None:
            kinds[account["id"], effect.kind].append(effect)
    return dict(kinds)


def _rolling_week(finding: Finding, account: Row, kind: str, effects: list[Effect]) -> None:
    first = 0
    for last, effect in enumerate(effects):
        while effects[first].at <= effect.at - WEEK_SECONDS:
            first += 1
        limit = limit_at(account, kind, "week", effect.at)
        count = last - first + 1
        if limit is not None and count > limit:
            says = f"account {account['id']}: {kind} number {count} in 7 days, limit {limit}"
            finding.broken(says, effects[first].row, effect.row)


def _pending(finding: Finding, history: History, account: Row) -> None:
    """Invitations out and neither accepted, declined, expired nor withdrawn."""
    unipile_id = str(account["unipile_account_id"])
    older = int(account.get("pending_before") or 0)
    changes = [
        (effect.at, effect.n, effect.kind, effect.person, effect.row)
        for effect in history.effects
        if effect.account == unipile_id and effect.kind in {"invite", "withdraw"}
    ]
    changes += [
        (instant(line["at"]), line["n"], str(line["kind"]), str(line["person"]), line)
        for line in history.happenings("accepted", "declined", "expired")
        if line.get("account") == unipile_id
    ]
    pending: set[str] = set()
    for at, _, kind, person, row in sorted(changes, key=lambda change: change[:2]):
        if kind == "invite":
            pending.add(person)
            limit = limit_at(account, "invite", "pending", at)
            count = len(pending) + older
            if limit is not None and count > limit:
                finding.broken(f"account {account['id']}: {count} invitations pending, limit {limit}", row)
        elif person in pending:
            pending.remove(person)
        else:
            older = max(older - 1, 0)


def inside_hours(history: History, attribution: Attribution) -> Finding:
    """L4: each automatic effect arrived while its campaign was open."""
    finding = Finding("L4")
    for effect in history.effects:
        action = attribution.action(effect)
        campaign_id = _campaign_id(history, action) if action else None
        if campaign_id is None:
            continue
        finding.examined += 1
        campaign = history.get("campaign", campaign_id)
        why = closed_because(campaign, effect.at)
        if why is not None:
            says = f"campaign {campaign_id}: {effect.kind} to {effect.person} at {why} ({campaign['timezone']})"
            finding.broken(says, effect.row)
    return finding


def _campaign_id(history: History, action: Row) -> object:
    """None for what was sent by hand: a person may work at night."""
    if action.get("enrollment_id") is not None:
        return history.get("enrollment", action["enrollment_id"])["campaign_id"]
    return action.get("campaign_id")


def counters_agree(history: History, attribution: Attribution) -> Finding:
    """L7: `used` is the recount; an action still unsettled may hold a place without an effect yet.

    A read is counted before it is made and leaves no trace: whoever is killed between the two has counted one that was
    not made, and nobody can know. So many as were killed may be such, and they are noted.
    """
    finding = Finding("L7", of="counters")
    lost, kills = 0, sum(int(str(row.get("kills", 0))) for row in history.rows("meta"))
    recount = {key: len(effects) for key, effects in by_day(history, attribution).items()}
    held = _held(history, attribution)
    counters: dict[tuple[object, str, str], Row] = {}
    for row in history.rows("usage"):
        key = (row["account_id"], str(row["kind"]), str(row["day"]))
        if key in counters:
            finding.broken(f"account {key[0]}: two counters for {key[1]} on {key[2]}", counters[key], row)
        counters[key] = row
    counted_kinds = {(account_id, kind) for account_id, kind, _ in counters}
    for account in history.rows("account"):
        counted_kinds |= {(account["id"], kind) for kind in account.get("limits") or {}}
    keys = set(counters) | {key for key in recount if key[:2] in counted_kinds}
    for key in sorted(keys, key=str):
        finding.examined += 1
        used = int(counters[key]["used"]) if key in counters else 0
        least = recount.get(key, 0)
        reads = int(str(counters[key].get("reads", 0))) if key in counters else 0
        beyond = used - least - held.get(key, 0)
        if 0 < beyond <= min(reads, kills - lost):
            lost += beyond
        elif not least <= used <= least + held.get(key, 0):
            says = f"account {key[0]}: {used} {key[1]} counted on {key[2]}, {least} arrived"
            if held.get(key):
                says += f" and {held[key]} may still be on the way"
            finding.broken(says, *([counters[key]] if key in counters else []))
    if lost:
        finding.notes.append(f"{lost} reads counted by whoever was killed before making them ({kills} kills)")
    return finding


def _held(history: History, attribution: Attribution) -> dict[tuple[object, str, str], int]:
    held: defaultdict[tuple[object, str, str], int] = defaultdict(int)
    for action in history.rows("action"):
        claimed_at = instant(action.get("claimed_at"))
        if action["status"] in UNSETTLED and action["id"] not in attribution.effect_of and claimed_at is not None:
            account = history.get("account", action["account_id"])
            held[account["id"], str(action["kind"]), local_day(claimed_at, account["timezone"])] += 1
    return dict(held)
