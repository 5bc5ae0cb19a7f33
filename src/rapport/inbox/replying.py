"""Answering: an operator's reply is written down as an action and goes by the same door as all that is sent.

Nobody answers what they have not seen: a reply names the last message its writer saw, and is refused with what others
wrote since. What certainly did not arrive is tried again by a new action, once: the database forbids a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError

from rapport.conversations import standing
from rapport.inbox import events
from rapport.inbox.queries import messages, replies
from rapport.inbox.queries.reach import unreachable
from rapport.kernel.errors import NEWER_MESSAGE, NOT_ANSWERABLE, REPLY_STATE, RapportError, field_error
from rapport.kernel.tx import Tx
from rapport.leads.persons import author
from rapport.rules.sequences import StepKind
from rapport.sending import files, outside_turns
from rapport.sending.states import Origin


def reply(tx: Tx, conversation_id: str, *, text: str, seen_message_id: str | None, file_ids: Sequence[str] = ()) -> str:
    """Write to whoever a conversation is with; answers the action."""
    conversation = standing.hold(tx, conversation_id)
    me = author(tx)
    newer = messages.written_since(tx, conversation_id, seen_message_id, me=me)
    if newer is None:
        raise field_error("seen_message_id", "It names no message of this conversation.")
    if newer:
        raise RapportError(NEWER_MESSAGE, details=newer)
    if conversation.erased_at is not None:
        raise RapportError(NOT_ANSWERABLE, "The person asked to be erased.")
    _refuse_unreachable(tx, conversation)
    if conversation.account_id is None and file_ids:
        raise field_error("file_ids", "Files go with messages on LinkedIn only.")
    action_id = outside_turns.want(
        tx,
        client_id=conversation.client_id,
        account_id=conversation.account_id,
        lead_id=conversation.lead_id,
        kind=StepKind.MESSAGE,
        origin=Origin.PERSON,
        due_at=tx.now,
        body=text,
        chat_id=conversation.external_id,
        conversation_id=conversation.id,
        created_by=me,
        file_ids=file_ids,
    )
    standing.read(tx, conversation)
    standing.tell(tx, events.REPLY_WRITTEN, conversation, action_id=action_id)
    return action_id


def retry(tx: Tx, action_id: str) -> str:
    """Try a reply again that certainly did not arrive; answers the new action, the same one when asked twice."""
    failed = replies.reply(tx, action_id)
    conversation = standing.hold(tx, failed["conversation_id"])
    again = replies.tried_again(tx, action_id)
    if again is not None:
        return again
    failed = replies.reply(tx, action_id)  # as it is now that nobody else settles it
    if not failed["may_retry"]:
        raise RapportError(REPLY_STATE, f"The reply is {failed['state']}; only what did not arrive is tried again.")
    _refuse_unreachable(tx, conversation)
    try:
        with tx.session.begin_nested():
            again = outside_turns.want(
                tx,
                client_id=conversation.client_id,
                account_id=conversation.account_id,
                lead_id=conversation.lead_id,
                kind=StepKind.MESSAGE,
                origin=Origin.PERSON,
                due_at=tx.now,
                body=failed["text"],
                chat_id=conversation.external_id,
                conversation_id=conversation.id,
                created_by=author(tx),
                retry_of=action_id,
            )
    except IntegrityError:
        raise RapportError(REPLY_STATE, "The reply is being tried again already.") from None
    files.copy(tx, action_id, again)
    standing.tell(tx, events.REPLY_RETRIED, conversation, action_id=again, retry_of=action_id)
    return again


def _refuse_unreachable(tx: Tx, conversation: Any) -> None:
    """Refuse to write where nothing written would arrive, and say why."""
    why = unreachable(tx, conversation)
    if why is not None:
        raise RapportError(NOT_ANSWERABLE, why)
