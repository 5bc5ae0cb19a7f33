"""Offerings and links as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Pattern,
    Shown,
    id_field,
    shown_id,
    shown_instant,
    text_field,
)
from rapport.rules.linking.offered import LinkStatus, Method

_SLUG = Pattern(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_CODE = {"description": "Written in a message it names the offering beyond doubt; three signs at least."}
_REF = {"description": "Its number in the client's own books."}


def _texts(longest: int, most: int, **more: object) -> fields.Field:
    return fields.List(text_field(longest), validate=validate.Length(max=most), **more)


class OfferingIn(Body):
    """Something a client offers."""

    client_id = id_field(required=True)
    name = text_field(160, required=True)
    slug = fields.String(load_default=None, allow_none=True, validate=[validate.Length(1, 120), _SLUG])
    code = text_field(40, load_default=None, allow_none=True, metadata=_CODE)
    external_ref = text_field(80, load_default=None, allow_none=True, metadata=_REF)
    urls = _texts(400, 20, load_default=list)
    aliases = _texts(160, 20, load_default=list)
    description = fields.String(load_default="", validate=validate.Length(max=5000))
    campaign_ids = fields.List(id_field(), load_default=list, validate=validate.Length(max=100))
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "name": "River House",
        "code": "RH-12",
        "urls": ["https://homes.example/objects/river-house"],
        "aliases": ["The house by the river"],
    }


class OfferingChange(Body):
    """What of an offering is to be otherwise."""

    name = text_field(160)
    slug = fields.String(validate=[validate.Length(1, 120), _SLUG])
    code = text_field(40, allow_none=True, metadata=_CODE)
    external_ref = text_field(80, allow_none=True, metadata=_REF)
    urls = _texts(400, 20)
    aliases = _texts(160, 20)
    description = fields.String(validate=validate.Length(max=5000))
    campaign_ids = fields.List(id_field(), validate=validate.Length(max=100))
    archived = Flag(metadata={"description": "Messages are not linked to it any more; what was linked stays."})
    example: ClassVar = {"aliases": ["The house by the river", "Haus am Fluss"]}


class OfferingOut(Shown):
    """Something a client offers."""

    id = shown_id()
    client_id = shown_id()
    name = fields.String(required=True)
    slug = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)
    external_ref = fields.String(required=True, allow_none=True)
    urls = fields.List(fields.String(), required=True)
    aliases = fields.List(fields.String(), required=True)
    description = fields.String(required=True)
    archived_at = shown_instant(allow_none=True)
    created_at = shown_instant()
    updated_at = shown_instant()
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "name": "River House",
        "slug": "river-house",
        "code": "RH-12",
        "external_ref": None,
        "urls": ["https://homes.example/objects/river-house"],
        "aliases": ["The house by the river"],
        "description": "",
        "archived_at": None,
        "created_at": EXAMPLE_INSTANT,
        "updated_at": EXAMPLE_INSTANT,
        "version": 1,
    }


class LinkCountsOut(Shown):
    """How many messages are about an offering, by how that is known."""

    auto = fields.Integer(required=True)
    suggested = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    example: ClassVar = {"auto": 12, "suggested": 3, "confirmed": 2, "rejected": 1}


class OfferingDetailOut(OfferingOut):
    """An offering with its campaigns and messages."""

    campaign_ids = fields.List(shown_id(), required=True)
    messages = fields.Nested(LinkCountsOut, required=True)
    example: ClassVar = {**OfferingOut.example, "campaign_ids": [], "messages": LinkCountsOut.example}


class MessageLinkOut(Shown):
    """That a message is about an offering, how that was found, and who said so."""

    offering_id = shown_id()
    name = fields.String(required=True)
    method = fields.String(required=True, validate=validate.OneOf([each.value for each in Method]))
    confidence = fields.Float(required=True)
    evidence = fields.Dict(required=True, metadata={"description": "The rule, what matched, and where in the text."})
    status = fields.String(required=True, validate=validate.OneOf([each.value for each in LinkStatus]))
    decided_by = shown_id(allow_none=True)
    decided_at = shown_instant(allow_none=True)
    linked_at = shown_instant()
    example: ClassVar = {
        "offering_id": EXAMPLE_ID,
        "name": "River House",
        "method": "name",
        "confidence": 0.9,
        "evidence": {"rule": "name", "matched": "River House", "span": [7, 18], "likeness": 100},
        "status": "auto",
        "decided_by": None,
        "decided_at": None,
        "linked_at": EXAMPLE_INSTANT,
    }


class MessageLinksOut(Shown):
    """What a message is about."""

    items = fields.List(fields.Nested(MessageLinkOut), required=True)
    example: ClassVar = {"items": [MessageLinkOut.example]}


class LinkDecisionIn(Body):
    """A person's word about a message and an offering."""

    offering_id = id_field(required=True)
    status = fields.String(
        required=True, validate=validate.OneOf([LinkStatus.CONFIRMED.value, LinkStatus.REJECTED.value])
    )
    example: ClassVar = {"offering_id": EXAMPLE_ID, "status": "confirmed"}
