"""Replies on channels that others carry: told to them once, under the reply's own id, and settled by what they say.

By n8n a reply is a webhook `channel.reply`, whose callback says whether it arrived; as mail it has arrived at the
provider when that took it. A webhook that n8n never took certainly did not arrive, unless an answer was lost.
"""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Any

import orjson

from rapport.broker import queries, tokens
from rapport.channels import keeping
from rapport.channels.queries import why_not
from rapport.channels.words import MAILS, Transport
from rapport.kernel.crypto import Keys
from rapport.kernel.errors import NOT_FOUND, REPLY_STATE, RapportError
from rapport.kernel.ids import shown_owner
from rapport.kernel.tx import Tx
from rapport.outbox.connections import get as connection
from rapport.outbox.dismissing import dismiss
from rapport.outbox.mails import Mail, write_mail
from rapport.outbox.words import Channel as Carried
from rapport.outbox.words import DeliveryStatus
from rapport.outbox.write import Draft, write
from rapport.rules.reply_windows import reply_until
from rapport.sending import elsewhere
from rapport.sending.states import State

TYPE = "channel.reply"
_KEY = f"{TYPE}:"
NOT_TOLD = timedelta(minutes=15)
"""So long may a reply that n8n took be without a word of what became of it."""
SILENT, NOT_CONNECTED, TOO_LATE, NO_ADDRESS = "no_word_came", "channel_not_connected", "reply_window_over", "no_address"
_SUBJECT = "Your message"


def carry(tx: Tx, keys: Keys, action_id: str, *, sender: str) -> None:
    """Tell a reply to whoever carries its channel; one that cannot be told has failed, and says why."""
    told = queries.reply(tx, action_id)
    if told is None or told.state != State.READY.value or elsewhere.hand_over(tx, action_id) is None:
        return
    trouble = _trouble(tx, told)
    if trouble is not None:
        failed(tx, action_id, code=trouble, detail=None)
    elif Transport(told.transport) in MAILS:
        _mail(tx, keys, told, sender=sender)
    else:
        _hook(tx, told)


def _trouble(tx: Tx, told: Any) -> str | None:
    """What has come between the writing of a reply and its leaving."""
    if why_not(tx, told.client_id, told.channel) is not None:
        return NOT_CONNECTED
    until = reply_until(told.channel, told.last_inbound_at)
    if until is not None and until <= tx.now:
        return TOO_LATE
    if Transport(told.transport) in MAILS:
        return NO_ADDRESS if _mailbox(told) is None else None
    return NOT_CONNECTED if told.connection_id is None else None


def _hook(tx: Tx, told: Any) -> None:
    said = {
        "id": told.id,
        "type": TYPE,
        "timestamp": tx.now.isoformat().replace("+00:00", "Z"),
        "client_id": shown_owner(told.client_id),
        "conversation_id": told.conversation_id,
        "data": {
            "reply_id": told.id,
            "platform": told.channel,
            "user_id": told.author_id,
            "thread_id": told.external_id,
            "in_reply_to": told.answers,
            "message": told.body,
        },
    }
    to = connection(tx, told.connection_id)
    write(
        tx,
        Draft(
            client_id=told.client_id,
            channel=Carried.WEBHOOK,
            recipient=to.address,
            event_type=TYPE,
            title=f"A reply on {told.channel}",
            dedupe_key=f"{_KEY}{told.id}",
            body=orjson.dumps(said),
            id=told.id,
            connection_id=to.id,
            conversation_id=told.conversation_id,
        ),
    )


def _mail(tx: Tx, keys: Keys, told: Any, *, sender: str) -> None:
    subject = told.subject or _SUBJECT
    headers = {"In-Reply-To": told.answers, "References": told.answers} if _is_message_id(told.answers) else {}
    mail = Mail(
        subject=subject if subject.lower().startswith("re:") else f"Re: {subject}",
        html="".join(f"<p>{escape(line)}</p>" for line in told.body.split("\n")),
        text=told.body,
        headers=headers,
        reply_to=tokens.address_for(keys, told.address, told.conversation_id),
    )
    draft = Draft(
        client_id=told.client_id,
        channel=Carried.EMAIL,
        recipient=_mailbox(told) or "",
        event_type=TYPE,
        title=f"A reply on {told.channel}",
        dedupe_key=f"{_KEY}{told.id}",
        body=b"",
        id=told.id,
        conversation_id=told.conversation_id,
    )
    write_mail(tx, draft, mail, sender=sender)


def _mailbox(told: Any) -> str | None:
    named = told.author_id if told.author_id and "@" in told.author_id else None
    return named or told.email


def _is_message_id(text: str | None) -> bool:
    return text is not None and text.startswith("<") and text.endswith(">")


def arrived(tx: Tx, action_id: str, *, message_id: str | None) -> None:
    """Whoever carries it says that it reached the person."""
    row = elsewhere.arrived(tx, action_id, message_id=message_id)
    if row is not None:
        keeping.went_out(tx, row["client_id"], _channel(tx, action_id))


def failed(tx: Tx, action_id: str, *, code: str, detail: str | None) -> None:
    """It certainly did not arrive: shown at the reply, which may be tried again."""
    row = elsewhere.did_not(tx, action_id, code=code, detail=detail)
    if row is not None:
        keeping.failed(tx, row["client_id"], _channel(tx, action_id), detail or code, row["conversation_id"])


def _channel(tx: Tx, action_id: str) -> str:
    told = queries.reply(tx, action_id)
    return str(told.channel) if told is not None else ""


def say(tx: Tx, action_id: str, *, was_sent: bool, message_id: str | None, code: str, detail: str | None) -> None:
    """What a callback says of a reply. The same word again changes nothing; another one is refused."""
    told = queries.reply(tx, action_id)
    if told is None:
        raise RapportError(NOT_FOUND)
    done = {True: State.SENT.value, False: State.REFUSED.value}
    if told.state == done[was_sent]:
        return
    if told.state in (done[not was_sent], State.CANCELLED.value):
        raise RapportError(REPLY_STATE, f"The reply is {told.state}; what was said of it first holds.")
    if was_sent:
        arrived(tx, action_id, message_id=message_id)
    else:
        failed(tx, action_id, code=code, detail=detail)


def delivery_ended(tx: Tx, delivery_id: str, *, is_dead: bool) -> None:
    """What the end of a delivery says of the reply it told: a mail that was taken has left, a dead webhook has not.

    Of what died after an answer was lost nobody knows whether it arrived. A dead one is put away, for the reply itself
    is tried again: of two ways to do so one could send it twice.
    """
    told = queries.told_by(tx, delivery_id)
    if told is None or not told.dedupe_key.startswith(_KEY):
        return
    action_id = told.dedupe_key.removeprefix(_KEY)
    if not is_dead:
        if told.channel == Carried.EMAIL.value:
            arrived(tx, action_id, message_id=None)
        return
    if told.status != DeliveryStatus.DEAD.value:
        return  # somebody sent it again meanwhile
    dismiss(tx, delivery_id, reason="The reply it told is tried again where it was written.")
    if told.uncertain_since is not None:
        elsewhere.unclear(tx, action_id, code=told.last_error or SILENT)
    else:
        failed(tx, action_id, code="not_taken", detail=told.last_error)


def give_up_waiting(tx: Tx, *, limit: int) -> int:
    """Replies of which nothing was heard for too long need a person to say what became of them."""
    found = elsewhere.silent(tx, longer_than=NOT_TOLD, limit=limit)
    for action_id in found:
        elsewhere.unclear(tx, action_id, code=SILENT)
    return len(found)
