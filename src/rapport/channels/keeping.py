"""Channels: connected, changed, switched off and on, given another password, and tried out.

Whether an automatic answer is the client's own is seen to above, where texts that are written often are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from rapport.channels import events
from rapport.channels.models import MessageChannel
from rapport.channels.words import CONNECTABLE, MAILS, Transport
from rapport.conversations.words import Channel
from rapport.kernel.crypto import new_token, token_hash
from rapport.kernel.errors import CHANNEL_ALREADY_CONNECTED, CHANNEL_STATE, NOT_FOUND, RapportError, field_error
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.outbox import connections, trying
from rapport.outbox.words import Channel as Carried
from rapport.webhooks import again

_PREFIX = "ch"
_M = MessageChannel.__table__
_ERROR = 300


def connect(tx: Tx, client_id: str, given: Mapping[str, Any]) -> tuple[MessageChannel, str | None]:
    """The channel and, where Postmark brings its mail, the password that nobody sees again."""
    channel, transport = Channel(given["channel"]), Transport(given["transport"])
    if channel not in CONNECTABLE:
        raise field_error("channel", "LinkedIn is connected by its accounts.")
    values = _checked(tx, client_id, channel, transport, given)
    password = new_token(_PREFIX) if transport is Transport.POSTMARK else None
    made = MessageChannel(
        id=tx.new_id(),
        client_id=client_id,
        channel=channel.value,
        transport=transport.value,
        password_hash=token_hash(password) if password is not None else None,
        created_at=tx.now,
        **values,
    )
    _write(tx, made)
    _tell(tx, events.CONNECTED, made, transport=transport.value)
    return made, password


def get(tx: Tx, channel_id: str) -> MessageChannel:
    """A channel to be changed, locked."""
    found = tx.session.execute(
        select(MessageChannel).where(MessageChannel.id == channel_id).with_for_update(key_share=True)
    ).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def change(tx: Tx, row: MessageChannel, changes: Mapping[str, Any]) -> None:
    """Change what is named. Switched on again, it takes in what came meanwhile."""
    given = dict(changes)
    enabled = given.pop("enabled", None)
    if given:
        before = {name: getattr(row, name) for name in ("address", "connection_id", "auto_reply_id")}
        values = _checked(tx, row.client_id, Channel(row.channel), Transport(row.transport), before | given)
        told = sorted(name for name, value in values.items() if before[name] != value)
        for name in told:
            setattr(row, name, values[name])
        if told:
            _write(tx, row)
            _tell(tx, events.CHANGED, row, fields=", ".join(told))
    if enabled is False and row.switched_off_at is None:
        row.switched_off_at = tx.now
        _tell(tx, events.SWITCHED_OFF, row)
    elif enabled and row.switched_off_at is not None:
        row.switched_off_at = None
        _tell(tx, events.SWITCHED_ON, row, waited=again.of_channel(tx, row.id))


def rotate(tx: Tx, row: MessageChannel) -> str:
    """Another password for Postmark; the one before opens nothing from now on."""
    if row.transport != Transport.POSTMARK.value:
        raise RapportError(CHANNEL_STATE, "Only a channel that Postmark brings has a password.")
    password = new_token(_PREFIX)
    row.password_hash = token_hash(password)
    _tell(tx, events.ROTATED, row)
    return password


def test(tx: Tx, row: MessageChannel) -> str:
    """Tell the connection of this channel something, as a reply would be told; answers the delivery."""
    if row.connection_id is None:
        raise RapportError(CHANNEL_STATE, "It has no connection that replies could be told to.")
    return trying.send_test(tx, connections.get(tx, row.connection_id))


def came_in(tx: Tx, client_id: str, channel: str) -> None:
    """Something came on a channel: it lives."""
    _note(tx, client_id, channel, last_in_at=tx.now)


def went_out(tx: Tx, client_id: str, channel: str) -> None:
    """A reply arrived: whatever was wrong before is over."""
    _note(tx, client_id, channel, last_out_at=tx.now, last_error=None, last_error_at=None)


def failed(tx: Tx, client_id: str, channel: str, error: str, conversation_id: str | None) -> None:
    """A reply did not arrive."""
    _note(tx, client_id, channel, last_error=error[:_ERROR], last_error_at=tx.now)
    data = {"channel": channel, "error": error[:_ERROR]}
    tx.emit(events.REFUSED, client_id=client_id, data=data, conversation_id=conversation_id)


def _note(tx: Tx, client_id: str, channel: str, **values: object) -> None:
    mine = (_M.c.client_id == client_id, _M.c.channel == channel)
    tx.session.execute(update(_M).where(*mine).values(**values), execution_options={SCOPED: True})
    tx.touch(client_id)


def _checked(
    tx: Tx, client_id: str, channel: Channel, transport: Transport, given: Mapping[str, Any]
) -> dict[str, Any]:
    """What may be set, checked together."""
    address, connection_id, auto_reply_id = (given.get(name) for name in ("address", "connection_id", "auto_reply_id"))
    if transport in MAILS and channel is not Channel.EMAIL:
        raise field_error("transport", "Brings mail and nothing else.")
    if transport in MAILS and address is None:
        raise field_error("address", "Is needed where mail is brought: the mailbox that people write to.")
    if connection_id is not None:
        connection = connections.get(tx, connection_id)
        if connection.client_id != client_id:
            raise RapportError(NOT_FOUND)
        if connection.kind != Carried.WEBHOOK.value:
            raise field_error("connection_id", "Must be a webhook endpoint.")
    lowered = address.lower() if address is not None else None
    return {"address": lowered, "connection_id": connection_id, "auto_reply_id": auto_reply_id}


def _write(tx: Tx, row: MessageChannel) -> None:
    try:
        with tx.session.begin_nested():
            tx.session.add(row)
    except IntegrityError:
        raise RapportError(CHANNEL_ALREADY_CONNECTED) from None


def _tell(tx: Tx, event: str, row: MessageChannel, **data: object) -> None:
    tx.emit(event, client_id=row.client_id, data={"channel": row.channel, "channel_id": row.id, **data})
