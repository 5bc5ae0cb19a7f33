"""Queues, counts and who takes what, as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import Schema, fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Shown,
    Whole,
    id_field,
    shown_id,
    shown_instant,
    text_field,
)


class OfInboxQuery(Schema):
    """Of which client; without one, of all in reach."""

    client_id = id_field()


class OneInboxQuery(Schema):
    """Of which client."""

    client_id = id_field(required=True)


class InboxQueueIn(Body):
    """A new queue."""

    client_id = id_field(required=True)
    name = text_field(80, required=True)
    example: ClassVar = {"client_id": EXAMPLE_ID, "name": "Sales"}


class InboxQueueChange(Body):
    """Another name for a queue."""

    name = text_field(80, required=True)
    example: ClassVar = {"name": "Sales and partners"}


class InboxQueueOut(Shown):
    """A pile of conversations under a name."""

    id = shown_id()
    client_id = shown_id()
    name = fields.String(required=True)
    created_at = shown_instant()
    example: ClassVar = {"id": EXAMPLE_ID, "client_id": EXAMPLE_ID, "name": "Sales", "created_at": EXAMPLE_INSTANT}


class InboxQueuesOut(Shown):
    """All queues in reach."""

    items = fields.List(fields.Nested(InboxQueueOut), required=True)
    example: ClassVar = {"items": [InboxQueueOut.example]}


class ConversationCountsOut(Shown):
    """How many conversations are in a queue and with somebody."""

    client_id = shown_id()
    queue_id = shown_id(allow_none=True)
    assignee_id = shown_id(allow_none=True)
    open = fields.Integer(required=True)
    snoozed = fields.Integer(required=True)
    closed = fields.Integer(required=True)
    unread = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "queue_id": None,
        "assignee_id": None,
        "open": 4,
        "snoozed": 1,
        "closed": 20,
        "unread": 2,
        "waiting": 3,
    }


class CountersOut(Shown):
    """The counts of all conversations in reach, and their sums."""

    items = fields.List(fields.Nested(ConversationCountsOut), required=True)
    total = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    mine = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "Those of the caller's own conversations."},
    )
    example: ClassVar = {
        "items": [ConversationCountsOut.example],
        "total": {"open": 4, "snoozed": 1, "closed": 20, "unread": 2, "waiting": 3},
        "mine": {"open": 0, "snoozed": 0, "closed": 0, "unread": 0, "waiting": 0},
    }


class TakerIn(Body):
    """Somebody who is dealt conversations."""

    user_id = id_field(required=True)
    capacity = Whole(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 100_000),
        metadata={"description": "How many open ones they take at most; null: as many as anybody."},
    )
    is_away = Flag(load_default=False)
    example: ClassVar = {"user_id": EXAMPLE_ID, "capacity": 20, "is_away": False}


class SharingIn(Body):
    """Whether conversations that nobody has are dealt out in turn, and to whom."""

    client_id = id_field(required=True)
    in_turn = Flag(required=True)
    capacity = Whole(load_default=30, validate=validate.Range(0, 100_000))
    takers = fields.List(fields.Nested(TakerIn), load_default=list, validate=validate.Length(max=200))
    example: ClassVar = {"client_id": EXAMPLE_ID, "in_turn": True, "capacity": 30, "takers": [TakerIn.example]}


class TakerOut(Shown):
    """Somebody who is dealt conversations, and how many open ones they have."""

    user_id = shown_id()
    name = fields.String(required=True)
    capacity = fields.Integer(required=True, allow_none=True)
    is_away = fields.Boolean(required=True)
    open = fields.Integer(required=True)
    example: ClassVar = {"user_id": EXAMPLE_ID, "name": "Bo", "capacity": 20, "is_away": False, "open": 4}


class SharingOut(Shown):
    """How a client's conversations are shared out."""

    client_id = shown_id()
    in_turn = fields.Boolean(required=True)
    capacity = fields.Integer(required=True)
    takers = fields.List(fields.Nested(TakerOut), required=True)
    example: ClassVar = {"client_id": EXAMPLE_ID, "in_turn": True, "capacity": 30, "takers": [TakerOut.example]}
