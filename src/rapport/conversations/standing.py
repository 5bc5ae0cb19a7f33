"""How a thread stands among the others: open or put away, whose it is, read or not, how warm, with what outcome.

Whoever changes it holds the turn of the client's messages, so nobody changes it at once with a message that comes in.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from rapport.conversations import events, threads
from rapport.conversations.models import Conversation, Message
from rapport.conversations.words import ConversationStatus, Outcome, Temperature
from rapport.kernel import locks
from rapport.kernel.errors import CONVERSATION_CHANGED, NOT_FOUND, RapportError
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Tx
from rapport.rules.direction import Direction

_C = Conversation.__table__


def hold(tx: Tx, conversation_id: str, *, version: int | None = None) -> Conversation:
    """A thread to be changed, in turn. With the `version` that somebody saw, one that changed since is refused."""
    mine = (_C.c.id == conversation_id, within(tx.scope, _C.c.client_id))
    client_id = tx.rows(select(_C.c.client_id).where(*mine)).scalar()
    if client_id is None:
        raise RapportError(NOT_FOUND)
    locks.take(tx, "conversations", client_id)
    found = tx.session.execute(select(Conversation).where(Conversation.id == conversation_id)).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    if version is not None and version != found.version:
        raise RapportError(CONVERSATION_CHANGED, details={"version": [f"It is {found.version} now."]})
    return found


def open_again(tx: Tx, conversation: Conversation) -> bool:
    """Open a thread that was put away; answers whether it was."""
    was = conversation.status
    if was == ConversationStatus.OPEN.value:
        return False
    conversation.status, conversation.snoozed_until = ConversationStatus.OPEN.value, None
    conversation.updated_at = tx.now
    tell(tx, events.REOPENED, conversation, was=was)
    return True


def snooze(tx: Tx, conversation: Conversation, until: datetime | None) -> None:
    """Set a thread aside until an instant, or until somebody writes. Whoever waits goes on waiting."""
    conversation.status, conversation.snoozed_until = ConversationStatus.SNOOZED.value, until
    conversation.updated_at = tx.now
    tell(tx, events.SNOOZED, conversation, until=until.isoformat() if until is not None else "somebody writes")


def close(tx: Tx, conversation: Conversation) -> None:
    """Put a thread away: it is read, and nobody in it waits for an answer any more. Doing so twice changes nothing."""
    if conversation.status == ConversationStatus.CLOSED.value:
        return
    conversation.status, conversation.snoozed_until = ConversationStatus.CLOSED.value, None
    conversation.marked_unread = False
    _inbound(tx, conversation, Message.dealt_at.is_(None), dealt_at=tx.now)
    _inbound(tx, conversation, Message.read_at.is_(None), read_at=tx.now)
    threads.recount(tx, conversation)
    tell(tx, events.CLOSED, conversation)


def read(tx: Tx, conversation: Conversation) -> None:
    """Everything in it has been read."""
    was = conversation.unread_count
    _inbound(tx, conversation, Message.read_at.is_(None), read_at=tx.now)
    conversation.marked_unread = False
    threads.recount(tx, conversation)
    if was:
        tell(tx, events.READ, conversation)


def unread(tx: Tx, conversation: Conversation) -> None:
    """Let it look unread, until it is read."""
    if not conversation.marked_unread:
        conversation.marked_unread = True
        threads.recount(tx, conversation)
        tell(tx, events.UNREAD, conversation)


def assign(tx: Tx, conversation: Conversation, user_id: str | None, *, name: str) -> bool:
    """Give a thread to somebody, or with None to nobody; answers whether that was news."""
    if conversation.assignee_id == user_id:
        return False
    before, conversation.assignee_id = conversation.assignee_id, user_id
    conversation.updated_at = tx.now
    tell(tx, events.ASSIGNED, conversation, assignee=name, assignee_id=user_id, before_id=before)
    return True


def put_into(tx: Tx, conversation: Conversation, queue_id: str | None, *, name: str) -> None:
    """Put a thread into a queue, or with None into none."""
    if conversation.queue_id != queue_id:
        conversation.queue_id, conversation.updated_at = queue_id, tx.now
        tell(tx, events.QUEUED, conversation, queue=name, queue_id=queue_id)


def warm(tx: Tx, conversation: Conversation, temperature: Temperature | None, *, is_scored: bool = False) -> None:
    """Say how near the person is to buying; None: nobody has said.

    `is_scored`: it follows from a score, and is nobody's own word.
    """
    before = conversation.temperature
    if before != temperature:
        conversation.temperature = temperature.value if temperature is not None else None
        conversation.updated_at = tx.now
        tell(
            tx,
            events.WARMED,
            conversation,
            before=before or "unscored",
            after=temperature.value if temperature is not None else "unscored",
            **({"scored": True} if is_scored else {}),
        )


def came_of_it(tx: Tx, conversation: Conversation, outcome: Outcome | None) -> None:
    """Say what came of a thread; None takes it back."""
    if conversation.outcome != outcome:
        conversation.outcome, conversation.updated_at = outcome.value if outcome is not None else None, tx.now
        tell(tx, events.OUTCOME, conversation, outcome=conversation.outcome or "not known")


def answered_campaign(tx: Tx, conversation_id: str, campaign_id: str) -> None:
    """The thread is here because of this campaign."""
    found = tx.session.get(Conversation, conversation_id)
    if found is not None and found.campaign_id != campaign_id:
        found.campaign_id = campaign_id


def tell(tx: Tx, event: str, conversation: Conversation, **data: object) -> None:
    """Tell what was done with a thread."""
    tx.emit(
        event,
        client_id=conversation.client_id,
        data={"channel": conversation.channel, **data},
        conversation_id=conversation.id,
        lead_id=conversation.lead_id,
        account_id=conversation.account_id,
        campaign_id=conversation.campaign_id,
    )


def _inbound(tx: Tx, conversation: Conversation, *which: object, **values: datetime) -> None:
    mine = (Message.conversation_id == conversation.id, Message.direction == Direction.INBOUND.value)
    tx.session.execute(
        update(Message)
        .where(*mine, *which)  # type: ignore[arg-type]
        .values(**values)
        .execution_options(synchronize_session="fetch")
    )
