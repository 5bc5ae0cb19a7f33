"""What the ledger says of one call. Nothing in it depends on the machine: no wall clock, no random id."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from rapport_sandbox.clock import iso

if TYPE_CHECKING:
    from rapport_sandbox.wire import Answer, Request

_BODY_KEPT = 64 * 1024
_ANSWER_KEPT = 4 * 1024


def entry(request: Request, answer: Answer, now: float) -> dict[str, object]:
    """One line. A form is kept by its fields: its boundary is the sender's throw of dice."""
    facts = dict(answer.facts)
    fields = facts.pop("fields", None)
    line: dict[str, object] = {
        "request_id": request.headers.get("x-request-id"),
        "at": iso(now),
        "method": request.method,
        "path": request.path,
        "account": facts.pop("account", None),
        "person": facts.pop("person", None),
        "kind": facts.pop("kind", None),
        "bytes": len(request.body),
        "effect": answer.effect,
        "status": None if _is_silent(answer) else answer.status,
        **facts,
    }
    if request.query:
        line["query"] = urlencode(request.query)
    if fields is not None:
        line["body"] = fields
    elif request.body:
        line["body"] = request.body[:_BODY_KEPT].decode("utf-8", "replace")
    if request.method != "GET" or answer.status >= 400:
        line["answer"] = answer.body[:_ANSWER_KEPT].decode("utf-8", "replace")
    else:
        line["answer_bytes"] = len(answer.body)
    if answer.hang is not None:
        line.setdefault("fault", "timeout")
    return line


def posted(url: str, body: bytes, status: int | None, now: float) -> dict[str, object]:
    """One line for what a mounted service told its listener, and how that was answered."""
    return {
        "at": iso(now),
        "method": "POST",
        "path": url,
        "kind": "posted",
        "bytes": len(body),
        "body": body[:_BODY_KEPT].decode("utf-8", "replace"),
        "effect": False,
        "status": status,
    }


def happened(kind: str, account: str, person: str, at: float) -> dict[str, object]:
    """One line for what a person did that no call shows: an invitation accepted or declined."""
    return {"at": iso(at), "kind": kind, "account": account, "person": person}


def _is_silent(answer: Answer) -> bool:
    """Whether the caller hears no status at all."""
    return answer.hang is not None or (answer.manner is not None and answer.manner.act in ("hang", "reset"))
