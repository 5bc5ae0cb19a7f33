"""Saying by hand who wrote a message."""

from __future__ import annotations

from typing import Any

from rapport.accounts.queries import listening
from rapport.conversations import record
from rapport.conversations.queries import kept
from rapport.conversations.told import Match, Told
from rapport.conversations.words import Via
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.tx import Tx
from rapport.leads import knowing, persons
from rapport.replies.queries import heard
from rapport.replies.understand import answer
from rapport.replies.who_wrote import BY_HAND
from rapport.rules.direction import Direction


def match(tx: Tx, message_id: str, lead_id: str) -> dict[str, Any]:
    """Let a message be this lead's, and do what follows from it; answers it."""
    row = kept(tx, message_id)
    if row is None:
        raise RapportError(NOT_FOUND)
    record.turn(tx, row.client_id)
    lead = persons.get(tx, lead_id, in_turn=True)
    if lead.client_id != row.client_id:
        raise RapportError(NOT_FOUND)
    evidence = {**row.evidence, BY_HAND: {"given": {}, "lead_id": lead_id}}
    told = Told(
        client_id=row.client_id,
        account_id=row.account_id,
        message_id=row.external_id,
        at=row.at,
        via=Via.POLL,
        direction=Direction.INBOUND,
        chat_id=row.chat_id,
        is_group=row.is_group,
        match=Match(lead_id, BY_HAND, evidence),
    )
    knowing.learn(tx, lead_id, row.sender_ids)
    recorded = record.heard(tx, told)
    account = next(iter(listening(tx, id=row.account_id)), None) if row.account_id else None
    if recorded.is_fresh_reply and account is not None:
        answer(tx, account, told, recorded)
    return heard(tx, message_id)
