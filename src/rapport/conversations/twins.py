"""The two rows of one send: ours, whose id the provider did not say, and the provider's, that names no action of ours.

They are told to be one by the account, the thread or person, the words, and nearly the instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from rapport.conversations.models import Conversation, Message
from rapport.conversations.told import Told
from rapport.kernel.tx import Tx
from rapport.rules.direction import Direction

NEAR = timedelta(minutes=2)
"""So far apart may our instant of a send and the provider's be."""


def unnamed_send(tx: Tx, told: Told) -> Message | None:
    """The send of ours that a message told of is; None also when these words went to several and nobody is named."""
    if told.direction is Direction.INBOUND:
        return None
    found = _alike(tx, told, Message.external_id.is_(None))
    threads = {row.conversation_id for row in found}
    return found[0] if found and (len(threads) == 1 or told.match.lead_id is not None) else None


def echo(tx: Tx, told: Told) -> Message | None:
    """What the provider told of a send before it was recorded."""
    return next(iter(_alike(tx, told, Message.action_id.is_(None))), None)


def _alike(tx: Tx, told: Told, condition: Any) -> Sequence[Message]:
    """Outbound messages that may be the one told of, the nearest first."""
    rows = tx.session.execute(
        select(Message, Conversation)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            condition,
            Message.client_id == told.client_id,
            Message.channel == told.channel.value,
            Message.direction == Direction.OUTBOUND.value,
            Message.at.between(told.at - NEAR, told.at + NEAR),
            Conversation.account_id == told.account_id,
        )
    ).all()
    said = _words(told.text)
    found = [row for row, thread in rows if _words(row.text) == said and _may_be(thread, told)]
    return sorted(found, key=lambda row: (abs(row.at - told.at), row.id))


def _may_be(thread: Conversation, told: Told) -> bool:
    """Whether nothing speaks against this being the thread of what is told."""
    if thread.external_id is not None and told.chat_id is not None:
        return thread.external_id == told.chat_id
    return thread.lead_id is None or told.match.lead_id is None or thread.lead_id == told.match.lead_id


def _words(text: str | None) -> str:
    """A text as it is compared: a provider may change its spaces."""
    return " ".join((text or "").split())


def join(tx: Tx, conversation: Conversation) -> None:
    """Make one of each pair in a thread that came together from two."""
    rows = tx.session.execute(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.direction == Direction.OUTBOUND.value)
        .order_by(Message.at, Message.id)
    ).scalars()
    outbound = rows.all()
    echoes = [row for row in outbound if row.action_id is None and row.external_id is not None]
    for mine in (row for row in outbound if row.external_id is None and row.action_id is not None):
        same = [row for row in echoes if _words(row.text) == _words(mine.text) and abs(row.at - mine.at) <= NEAR]
        if same:
            nearest = min(same, key=lambda row: (abs(row.at - mine.at), row.id))
            echoes.remove(nearest)
            give(tx, mine, nearest)


def give(tx: Tx, mine: Message, echo: Message) -> None:
    """Let the provider's row be that of our action."""
    action_id = mine.action_id
    echo.at = min(echo.at, mine.at)
    echo.lead_id, echo.match_rung = echo.lead_id or mine.lead_id, echo.match_rung or mine.match_rung
    tx.session.delete(mine)
    tx.session.flush()  # the action's unique id passes from one row to the other
    echo.action_id = action_id
