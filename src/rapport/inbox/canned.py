"""Texts that are written often: templates as in a campaign, made for a lead by the same function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from rapport.campaigns import personalise
from rapport.campaigns.personalise import Broken, Lacking, TooLong, Words
from rapport.inbox import events
from rapport.inbox.models import CannedReply
from rapport.kernel.errors import CANNED_REPLY_ALREADY_EXISTS, NOT_FOUND, VALIDATION_FAILED, RapportError
from rapport.kernel.tx import Reading, Tx
from rapport.leads.facts import leads
from rapport.leads.persons import author
from rapport.rules import template
from rapport.rules.sequences import StepKind, Variant


def create(tx: Tx, client_id: str, *, name: str, body: str) -> str:
    """Add a canned reply; a text that is no template is refused with every problem."""
    _check(body)
    made = CannedReply(
        id=tx.new_id(),
        client_id=client_id,
        name=name.strip(),
        name_key=name.strip().casefold()[:80],
        body=body,
        created_by=author(tx),
        created_at=tx.now,
        updated_at=tx.now,
    )
    _write(tx, made)
    _tell(tx, events.CANNED_CREATED, made)
    return made.id


def get(tx: Tx, canned_id: str) -> CannedReply:
    """A canned reply to be changed, locked."""
    found = tx.session.execute(
        select(CannedReply).where(CannedReply.id == canned_id).with_for_update(key_share=True)
    ).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def change(tx: Tx, canned: CannedReply, changes: Mapping[str, str]) -> None:
    """Change its name or its text."""
    if "body" in changes:
        _check(changes["body"])
        canned.body = changes["body"]
    if "name" in changes:
        canned.name, canned.name_key = changes["name"].strip(), changes["name"].strip().casefold()[:80]
    if tx.session.is_modified(canned):
        canned.updated_at = tx.now
        _write(tx, canned)
        _tell(tx, events.CANNED_CHANGED, canned)


def remove(tx: Tx, canned: CannedReply) -> None:
    """Take it away; what was written with it stays written."""
    tx.session.delete(canned)
    _tell(tx, events.CANNED_REMOVED, canned)


def preview(reading: Reading, client_id: str, body: str, lead_id: str) -> dict[str, Any]:
    """How a text reads to a lead of its client, and what is wrong with it."""
    found = leads(reading, [lead_id]).get(lead_id)
    if found is None or found.row["client_id"] != client_id:
        raise RapportError(NOT_FOUND)
    made = personalise.words(StepKind.MESSAGE, Variant("canned", 1, body), personalise.values(found.row))
    match made:
        case Words():
            return {"text": made.body, "missing": [], "problem": None}
        case TooLong():
            problem = f"The text has {made.length} characters; {made.most} are the most."
            return {"text": made.words.body, "missing": [], "problem": problem}
        case Lacking():
            missing = list(made.variables)
            return {"text": None, "missing": missing, "problem": f"The lead lacks: {', '.join(missing)}."}
        case Broken():
            return {"text": None, "missing": [], "problem": " ".join(each.sentence for each in made.problems)}
        case _:
            assert_never(made)


def _check(body: str) -> None:
    broken = personalise.broken(StepKind.MESSAGE, Variant("canned", 1, body))
    problems: tuple[template.Problem, ...] = tuple(problem for each in broken for problem in each.problems)
    if problems:
        sentences = [f"Line {each.line}, column {each.column}: {each.sentence}" for each in problems]
        raise RapportError(VALIDATION_FAILED, details={"body": sentences})


def _write(tx: Tx, canned: CannedReply) -> None:
    try:
        with tx.session.begin_nested():
            tx.session.add(canned)
    except IntegrityError:
        raise RapportError(CANNED_REPLY_ALREADY_EXISTS) from None


def _tell(tx: Tx, event: str, canned: CannedReply) -> None:
    tx.emit(event, client_id=canned.client_id, data={"name": canned.name, "canned_reply_id": canned.id})
