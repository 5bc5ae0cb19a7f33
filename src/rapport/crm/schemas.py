"""CRMs as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.crm.words import Choice, LinkStatus, NoteStatus, PushWhen, SalesforceObject
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Pattern,
    Shown,
    id_field,
    instant_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)
from rapport.outbox.words import ConnectionStatus, CrmKind

MOST = 200
_SECRET = Pattern(r"^[\x21-\x7e]{1,400}$")
_DOMAIN = Pattern(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
_OVERWRITE = {"description": "Write over what says something else there; else only what is empty is filled."}
_UNKNOWN = {"description": "Say Unknown where the CRM needs a name that nobody knows; else such a lead is skipped."}
_HOST = {"description": "The company's name in Pipedrive's address, or the org's My Domain at Salesforce."}
_OBJECT = {"description": "As which Salesforce keeps persons."}
_FORCE = {"description": "Look at the contact even if nothing changed here, and take up a conflict again."}
_EXTERNAL = {"description": "The contact's id in the CRM."}


def _when(**more: object) -> fields.Field:
    return fields.List(word_field(PushWhen), validate=validate.Length(max=len(PushWhen)), **more)


class CrmConnectionOut(Shown):
    """A client's CRM: how it does, and how leads go there. What opens it is never shown."""

    id = shown_id()
    client_id = shown_id()
    kind = word_field(CrmKind, required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    status = word_field(ConnectionStatus, required=True)
    status_reason = fields.String(required=True, allow_none=True)
    last_ok_at = shown_instant(allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    created_at = shown_instant()
    version = fields.Integer(required=True)
    object = word_field(SalesforceObject, required=True, allow_none=True)
    field = fields.String(required=True, allow_none=True, metadata={"description": "What it calls our lead's id."})
    overwrite = fields.Boolean(required=True)
    unknown_names = fields.Boolean(required=True)
    push_when = fields.List(word_field(PushWhen), required=True)
    free_at = shown_instant(allow_none=True)
    free_reason = fields.String(required=True, allow_none=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "kind": "hubspot",
        "name": "Acme's HubSpot",
        "address": "hubspot",
        "status": "ok",
        "status_reason": None,
        "last_ok_at": EXAMPLE_INSTANT,
        "last_error": None,
        "created_at": EXAMPLE_INSTANT,
        "version": 2,
        "object": None,
        "field": "outreach_lead_id",
        "overwrite": False,
        "unknown_names": False,
        "push_when": ["created", "changed", "replied", "hot"],
        "free_at": None,
        "free_reason": None,
    }


class CrmConnectionIn(Body):
    """A CRM to connect: HubSpot has a `token`, Pipedrive a `token` and a `domain`, Salesforce a `domain` with the
    `key` and `key_secret` of a connected app, n8n nothing: it asks for its work.
    """

    client_id = id_field(required=True)
    kind = word_field(CrmKind, required=True)
    name = text_field(120, required=True)
    token = fields.String(validate=_SECRET)
    domain = fields.String(validate=_DOMAIN, metadata=_HOST)
    key = fields.String(validate=_SECRET)
    key_secret = fields.String(validate=_SECRET)
    object = word_field(SalesforceObject, metadata=_OBJECT)
    overwrite = Flag(load_default=False, metadata=_OVERWRITE)
    unknown_names = Flag(load_default=False, metadata=_UNKNOWN)
    push_when = _when(metadata={"description": "What lets a lead be pushed by itself; absent means all of it."})
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "kind": "hubspot",
        "name": "Acme's HubSpot",
        "token": "pat-eu1-...",
        "push_when": ["created", "replied"],
    }


class CrmConnectionChange(Body):
    """What of it is to be otherwise."""

    name = text_field(120)
    enabled = Flag()
    token = fields.String(validate=_SECRET)
    domain = fields.String(validate=_DOMAIN, metadata=_HOST)
    key = fields.String(validate=_SECRET)
    key_secret = fields.String(validate=_SECRET)
    object = word_field(SalesforceObject, metadata=_OBJECT)
    overwrite = Flag(metadata=_OVERWRITE)
    unknown_names = Flag(metadata=_UNKNOWN)
    push_when = _when()
    example: ClassVar = {"overwrite": True, "push_when": ["replied"]}


class CrmLinkOut(Shown):
    """How a lead stands to a CRM."""

    id = shown_id()
    client_id = shown_id()
    connection_id = shown_id()
    lead_id = shown_id()
    external_id = fields.String(required=True, allow_none=True)
    status = word_field(LinkStatus, required=True)
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "Why, in a word, with the id of whom it is about."}
    )
    differs = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Fields that say something else there and were left alone."},
    )
    asked_at = shown_instant()
    job_id = shown_id(allow_none=True)
    synced_at = shown_instant(allow_none=True)
    created_at = shown_instant()
    updated_at = shown_instant()
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "connection_id": EXAMPLE_ID,
        "lead_id": EXAMPLE_ID,
        "external_id": "101",
        "status": "synced",
        "error": None,
        "differs": ["title"],
        "asked_at": EXAMPLE_INSTANT,
        "job_id": EXAMPLE_ID,
        "synced_at": EXAMPLE_INSTANT,
        "created_at": EXAMPLE_INSTANT,
        "updated_at": EXAMPLE_INSTANT,
    }


class CrmNoteOut(Shown):
    """A note that goes to the contact, by the event it tells of."""

    event_id = shown_id()
    status = word_field(NoteStatus, required=True)
    at = shown_instant()
    synced_at = shown_instant(allow_none=True)
    example: ClassVar = {
        "event_id": EXAMPLE_ID,
        "status": "synced",
        "at": EXAMPLE_INSTANT,
        "synced_at": EXAMPLE_INSTANT,
    }


class CrmLinkDetailOut(CrmLinkOut):
    """How a lead stands to a CRM, with its notes."""

    notes = fields.List(fields.Nested(CrmNoteOut), required=True)
    example: ClassVar = {**CrmLinkOut.example, "notes": [CrmNoteOut.example]}


class CrmPushIn(Body):
    """Which leads are pushed, and where."""

    client_id = id_field(required=True)
    lead_ids = fields.List(id_field(), required=True, validate=validate.Length(1, MOST))
    connection_ids = fields.List(
        id_field(),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 20),
        metadata={"description": "Null means every CRM of the client."},
    )
    force = Flag(load_default=False, metadata=_FORCE)
    example: ClassVar = {"client_id": EXAMPLE_ID, "lead_ids": [EXAMPLE_ID]}


class CrmPushOut(Shown):
    """The links that are worked on: each says how it stands."""

    link_ids = fields.List(shown_id(), required=True)
    example: ClassVar = {"link_ids": [EXAMPLE_ID]}


class CrmTestOut(Shown):
    """The job that asks the CRM."""

    job_id = shown_id()
    example: ClassVar = {"job_id": EXAMPLE_ID}


class CrmDecisionIn(Body):
    """What a person decides of a link."""

    choice = word_field(Choice, required=True)
    external_id = text_field(120, load_default=None, allow_none=True, metadata=_EXTERNAL)
    example: ClassVar = {"choice": "adopt", "external_id": "101"}


class LeadSyncIn(Body):
    """What n8n tells of a lead that it pushed."""

    connection_id = id_field(required=True)
    lead_id = id_field(required=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf([each.value for each in LinkStatus if each is not LinkStatus.PENDING]),
    )
    external_id = text_field(120, load_default=None, allow_none=True, metadata=_EXTERNAL)
    error = text_field(200, load_default=None, allow_none=True)
    hash = fields.String(
        load_default=None,
        allow_none=True,
        validate=Pattern(r"^[0-9a-f]{64}$"),
        metadata={"description": "The job's `hash`: by it we know what was told."},
    )
    notes = fields.List(
        id_field(),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "The `event_id` of each note that stands there now."},
    )
    synced_at = instant_field(load_default=None, allow_none=True)
    example: ClassVar = {
        "connection_id": EXAMPLE_ID,
        "lead_id": EXAMPLE_ID,
        "status": "synced",
        "external_id": "101",
    }


class LeadSyncOut(Shown):
    """Where that was written."""

    link_id = shown_id()
    example: ClassVar = {"link_id": EXAMPLE_ID}
