"""Saying what messages are about: by the rules as they come, and by people for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, update

from rapport.kernel import locks
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.leads.persons import author
from rapport.offerings import events, queries
from rapport.offerings.models import MessageOffering
from rapport.rules.linking.offered import VERSION, Link, LinkStatus, Method, Written
from rapport.rules.linking.rungs import links

_L = MessageOffering.__table__
_OPTIONS = {SCOPED: True}
_BY_PERSON = (LinkStatus.CONFIRMED.value, LinkStatus.REJECTED.value)


def link(tx: Tx, message_id: str) -> int:
    """Say what a message is about by the rules as they are now; answers to how much it is linked.

    What a person decided stays as it is, and what they rejected is not said again.
    """
    message = queries.message(tx, message_id)
    offered = queries.offered(tx, message.client_id) if message is not None and message.text else ()
    if message is None or not offered:
        return 0
    locks.take(tx, "links", message_id)  # a decision that is made meanwhile must not be written over
    there = {row.offering_id: row for row in queries.links_of(tx, message_id)}
    decided = {key for key, row in there.items() if row.status in _BY_PERSON}
    written = Written(
        text=message.text or "",
        named=tuple(key for key, row in there.items() if row.evidence.get("rule") == "form"),
        before=queries.talked_of(tx, message),
    )
    made = [each for each in links(written, offered) if each.offering_id not in decided]
    gone = there.keys() - decided - {each.offering_id for each in made}
    _forget(tx, message.client_id, message_id, sorted(gone))
    fresh = [each for each in made if each.offering_id not in there]
    _write(tx, message.client_id, message_id, fresh)
    for each in made:
        if each.offering_id in there:
            _rewrite(tx, message.client_id, message_id, each)
    _tell(tx, message, [each for each in fresh if each.status is LinkStatus.AUTO])
    return len(made)


def say(tx: Tx, client_id: str, message_id: str, offering_id: str) -> None:
    """A form said what its message is about, before any rule was asked."""
    _write(tx, client_id, message_id, [Link(offering_id, Method.CODE, 1.00, {"rule": "form"})])


def decide(tx: Tx, message_id: str, offering_id: str, *, is_about: bool) -> None:
    """A person says that a message is about an offering, or is not: that is final."""
    message = queries.message(tx, message_id)
    if message is None or queries.client_of(tx, offering_id) != message.client_id:
        raise RapportError(NOT_FOUND)
    locks.take(tx, "links", message_id)
    status = LinkStatus.CONFIRMED if is_about else LinkStatus.REJECTED
    mine = (_L.c.message_id == message_id, _L.c.offering_id == offering_id, _L.c.client_id == message.client_id)
    word = {"status": status.value, "decided_by": author(tx), "decided_at": tx.now}
    known = next((row for row in queries.links_of(tx, message_id) if row.offering_id == offering_id), None)
    if known is not None and known.status == status.value:
        return
    if known is not None:
        tx.session.execute(update(_L).where(*mine).values(**word), execution_options=_OPTIONS)
    else:
        row = _row(tx, message.client_id, message_id, Link(offering_id, Method.BY_HAND, 1.00, {"rule": "by_hand"}))
        tx.session.execute(insert(_L), [row | word], execution_options=_OPTIONS)
    tx.touch(message.client_id)
    tx.emit(
        events.DECIDED,
        client_id=message.client_id,
        data={
            "name": queries.names(tx, [offering_id])[offering_id],
            "said": "about" if is_about else "not about",
            "message_id": message_id,
            "offering_id": offering_id,
        },
        conversation_id=message.conversation_id,
        lead_id=message.lead_id,
    )


def _row(tx: Tx, client_id: str, message_id: str, link: Link) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "offering_id": link.offering_id,
        "client_id": client_id,
        "method": link.method.value,
        "confidence": link.confidence,
        "evidence": dict(link.evidence),
        "status": (link.status or LinkStatus.SUGGESTED).value,
        "rules_version": VERSION,
        "decided_by": None,
        "decided_at": None,
        "linked_at": tx.now,
    }


def _write(tx: Tx, client_id: str, message_id: str, made: Sequence[Link]) -> None:
    tx.session.flush()  # the message they are of is perhaps not written yet
    rows = [_row(tx, client_id, message_id, each) for each in made]
    if rows:
        tx.session.execute(insert(_L), rows, execution_options=_OPTIONS)
        tx.touch(client_id)


def _rewrite(tx: Tx, client_id: str, message_id: str, link: Link) -> None:
    mine = (_L.c.message_id == message_id, _L.c.offering_id == link.offering_id, _L.c.client_id == client_id)
    said = {name: value for name, value in _row(tx, client_id, message_id, link).items() if name in _SAID}
    tx.session.execute(update(_L).where(*mine).values(**said), execution_options=_OPTIONS)
    tx.touch(client_id)


_SAID = ("method", "confidence", "evidence", "status", "rules_version")


def _forget(tx: Tx, client_id: str, message_id: str, offering_ids: Sequence[str]) -> None:
    if offering_ids:
        mine = (_L.c.message_id == message_id, _L.c.client_id == client_id, _L.c.offering_id.in_(offering_ids))
        tx.session.execute(delete(_L).where(*mine), execution_options=_OPTIONS)
        tx.touch(client_id)


def _tell(tx: Tx, message: queries.Words, made: Sequence[Link]) -> None:
    if not made:
        return
    ids = [each.offering_id for each in made]
    known = queries.names(tx, ids)
    tx.emit(
        events.LINKED,
        client_id=message.client_id,
        data={"names": ", ".join(known[each] for each in ids), "message_id": message.id, "offering_ids": ids},
        conversation_id=message.conversation_id,
        lead_id=message.lead_id,
    )
