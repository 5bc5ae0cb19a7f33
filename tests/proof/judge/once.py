"""L1 and L5 ask of each effect whose it is: one step's only one, with the words meant for that person."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .verdict import Finding, Row

if TYPE_CHECKING:
    from .attribution import Attribution
    from .history import Effect, History

WORDED = frozenset({"invite", "message", "inmail"})


def never_twice(history: History, attribution: Attribution) -> Finding:
    """L1: at most one effect for an enrollment's step, and none that nobody intended."""
    finding = Finding("L1", examined=len(history.effects))
    steps: defaultdict[tuple[object, object], list[Effect]] = defaultdict(list)
    for effect in history.effects:
        action = attribution.action(effect)
        if action is None:
            _ownerless(finding, effect, attribution)
        elif action.get("enrollment_id") is not None:
            steps[action["enrollment_id"], action["step_id"]].append(effect)
    for (enrollment_id, step_id), effects in steps.items():
        if len(effects) > 1:
            says = f"enrollment {enrollment_id}, step {step_id}: {len(effects)} effects"
            finding.broken(says, *(effect.row for effect in effects))
    _sent_twice(finding, history)
    return finding


def _ownerless(finding: Finding, effect: Effect, attribution: Attribution) -> None:
    rivals = attribution.rivals(effect)
    owned = [attribution.effect_of[one["id"]].row for one in rivals if one["id"] in attribution.effect_of]
    if rivals:
        says = f"{effect.person} received one {effect.kind} more than was intended ({len(rivals)})"
    else:
        says = f"{effect.person} received a {effect.kind} from {effect.account} that no action intended"
    finding.broken(says, *owned, effect.row)


def _sent_twice(finding: Finding, history: History) -> None:
    """What the database itself must forbid."""
    sent: defaultdict[tuple[object, object], list[Row]] = defaultdict(list)
    for action in history.rows("action"):
        if action["status"] == "sent" and action.get("enrollment_id") is not None:
            sent[action["enrollment_id"], action["step_id"]].append(action)
    for (enrollment_id, step_id), actions in sent.items():
        if len(actions) > 1:
            says = f"enrollment {enrollment_id}, step {step_id}: {len(actions)} actions are marked sent"
            finding.broken(says, *actions)


def right_words(history: History, attribution: Attribution) -> Finding:
    """L5: what arrived is what was stored, and no other lead's nonce is in it."""
    finding = Finding("L5")
    owner = {str(lead["nonce"]): lead["id"] for lead in history.rows("lead") if lead.get("nonce")}
    lengths = sorted({len(nonce) for nonce in owner})
    for effect in history.effects:
        if effect.kind not in WORDED:
            continue
        finding.examined += 1
        action = attribution.action(effect)
        if action is not None and effect.text != (action.get("text") or ""):
            finding.broken(f"effect {effect.n}: {effect.person} got other words than were stored", effect.row, action)
        account = history.account_by_unipile.get(effect.account)
        lead = history.lead(account["client_id"], effect.person) if account else None
        lead_id = lead["id"] if lead else None
        found = _nonces(effect.text, owner, lengths)
        for nonce in sorted(found):
            if owner[nonce] != lead_id:
                says = f"effect {effect.n}: {effect.person} got the words of lead {owner[nonce]}"
                finding.broken(says, effect.row)
        if action is not None and _expects_nonce(history, action) and lead and lead["nonce"] not in found:
            finding.broken(f"effect {effect.n}: the words are not made for lead {lead_id}", effect.row)
    return finding


def _nonces(text: str, owner: dict[str, object], lengths: list[int]) -> set[str]:
    """Every nonce that stands anywhere in the text, also glued to other letters."""
    pieces = (text[at : at + length] for length in lengths for at in range(len(text) - length + 1))
    return {piece for piece in pieces if piece in owner}


def _expects_nonce(history: History, action: Row) -> bool:
    if action.get("step_id") is None:
        return False
    return bool(history.get("step", action["step_id"]).get("expects_nonce"))
