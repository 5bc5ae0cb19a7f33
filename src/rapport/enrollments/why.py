"""Why an enrollment stands where it stands: what comes next, when, every gate's answer, and what could be changed."""

from __future__ import annotations

from typing import Any

from rapport.enrollments.facts import one
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.tx import Reading
from rapport.rules.answers import Answer, Decision, Send, Stop, Wait
from rapport.rules.decision import explain, next_send
from rapport.rules.remedies import REMEDIES


def why(reading: Reading, enrollment_id: str) -> dict[str, Any]:
    """The whole explanation, from the same walk that decides."""
    gathered = one(reading, enrollment_id)
    if enrollment_id not in gathered.seats:
        raise RapportError(NOT_FOUND)
    facts = gathered.of(enrollment_id)
    explained = explain(facts, reading.now)
    coming = next_send(facts, reading.now)
    row = gathered.rows[enrollment_id]
    return {
        "enrollment_id": enrollment_id,
        "campaign_id": row["campaign_id"],
        "lead_id": row["lead_id"],
        "account_id": row["account_id"],
        "status": facts.enrollment.status.value,
        "asked_at": reading.now,
        **_verdict(explained.decision),
        "step": _step(explained.position.step),
        "due_at": explained.position.due_at,
        "sends_at": coming.at if isinstance(coming, Send) else None,
        "passed": [{"step": move.step, "why": move.why.value, "at": move.at} for move in explained.position.moves],
        "gates": [_gate(answer) for answer in explained.answers],
    }


def _verdict(decision: Decision) -> dict[str, Any]:
    match decision:
        case Send():
            return {
                "answer": "send",
                "reason": None,
                "sentence": "It may be sent now.",
                "until": None,
                "variant": decision.variant,
                "remedies": [],
            }
        case Wait() | Stop():
            return {
                "answer": "wait" if isinstance(decision, Wait) else "stop",
                "reason": decision.reason.value,
                "sentence": decision.sentence,
                "until": decision.until if isinstance(decision, Wait) else None,
                "variant": None,
                "remedies": [
                    {"sentence": remedy.sentence, "operation": remedy.operation}
                    for remedy in REMEDIES.get(decision.reason, ())
                ],
            }


def _step(step: Any) -> dict[str, Any] | None:
    return None if step is None else {"key": step.key, "kind": step.kind.value}


def _gate(answer: Answer) -> dict[str, Any]:
    return {
        "gate": answer.gate.value,
        "question": answer.question,
        "open": answer.is_open,
        "reason": answer.closed_by.value if answer.closed_by else None,
        "sentence": answer.sentence,
        "changes_at": answer.changes_at,
    }
