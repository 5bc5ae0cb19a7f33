"""Why a conversation is here, as it crosses the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields

from rapport.kernel.schema import EXAMPLE_ID, EXAMPLE_INSTANT, Shown, shown_id, shown_instant


class ProvokedByOut(Shown):
    """What the person answered: the step, the variant, and the exact text."""

    action_id = shown_id(allow_none=True)
    campaign_id = shown_id(allow_none=True)
    campaign = fields.String(required=True, allow_none=True)
    enrollment_id = shown_id(allow_none=True)
    step = fields.String(required=True, allow_none=True)
    variant = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, allow_none=True)
    account = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    sent_at = shown_instant()
    example: ClassVar = {
        "action_id": EXAMPLE_ID,
        "campaign_id": EXAMPLE_ID,
        "campaign": "Engines in spring",
        "enrollment_id": EXAMPLE_ID,
        "step": "hello",
        "variant": "a",
        "kind": "message",
        "account": "Mira Sender",
        "subject": None,
        "text": "Hi Ada, do you still build engines?",
        "sent_at": EXAMPLE_INSTANT,
    }


class StoppedOut(Shown):
    """An enrollment that ended because the person wrote."""

    enrollment_id = shown_id()
    campaign_id = shown_id()
    campaign = fields.String(required=True)
    status = fields.String(required=True)
    reason = fields.String(required=True)
    sentence = fields.String(required=True)
    step = fields.String(required=True, allow_none=True)
    at = shown_instant()
    example: ClassVar = {
        "enrollment_id": EXAMPLE_ID,
        "campaign_id": EXAMPLE_ID,
        "campaign": "Engines in spring",
        "status": "responded",
        "reason": "replied",
        "sentence": "The person has replied.",
        "step": "again",
        "at": EXAMPLE_INSTANT,
    }


class HeldOut(Shown):
    """An enrollment that waits for the person's return."""

    enrollment_id = shown_id()
    campaign_id = shown_id()
    campaign = fields.String(required=True)
    until = shown_instant()
    example: ClassVar = {
        "enrollment_id": EXAMPLE_ID,
        "campaign_id": EXAMPLE_ID,
        "campaign": "Engines in spring",
        "until": EXAMPLE_INSTANT,
    }


class CalledOffOut(Shown):
    """What was about to be sent and was not."""

    action_id = shown_id()
    campaign_id = shown_id(allow_none=True)
    step = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True)
    text = fields.String(required=True)
    at = shown_instant(allow_none=True)
    example: ClassVar = {
        "action_id": EXAMPLE_ID,
        "campaign_id": EXAMPLE_ID,
        "step": "again",
        "kind": "message",
        "text": "Hi Ada, just to be sure",
        "at": EXAMPLE_INSTANT,
    }


class WhyHereOut(Shown):
    """What brought a conversation into the inbox, and what was stopped because of it."""

    conversation_id = shown_id()
    replied_at = shown_instant(allow_none=True)
    message_id = shown_id(allow_none=True)
    campaign_id = shown_id(allow_none=True)
    campaign = fields.String(required=True, allow_none=True)
    provoked_by = fields.Nested(ProvokedByOut, required=True, allow_none=True)
    stopped = fields.List(fields.Nested(StoppedOut), required=True)
    held = fields.List(fields.Nested(HeldOut), required=True)
    called_off = fields.List(fields.Nested(CalledOffOut), required=True)
    example: ClassVar = {
        "conversation_id": EXAMPLE_ID,
        "replied_at": EXAMPLE_INSTANT,
        "message_id": EXAMPLE_ID,
        "campaign_id": EXAMPLE_ID,
        "campaign": "Engines in spring",
        "provoked_by": ProvokedByOut.example,
        "stopped": [StoppedOut.example],
        "held": [],
        "called_off": [],
    }
