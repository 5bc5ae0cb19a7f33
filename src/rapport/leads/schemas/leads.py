"""A lead as it crosses the API: made, changed, shown, merged, erased."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Pattern,
    Shown,
    id_field,
    shown_id,
    shown_instant,
    word_field,
    zone_field,
)
from rapport.leads.models import IdentityKind, LeadSource, RelationState
from rapport.leads.schemas.do_not_contact import EntryOut
from rapport.rules.lead_fields import LONGEST, LONGEST_CUSTOM, MOST_CUSTOM

_KINDS = validate.OneOf([kind.value for kind in IdentityKind])

TAG = validate.Length(1, 60)

MOST_TAGS = validate.Length(max=100)

CUSTOM_NAMES = Pattern(r"^[a-z][a-z0-9_]{0,39}$")


def _plain() -> dict[str, fields.Field[Any]]:
    """The plain columns of a lead: null or an empty text means that there is none."""
    made: dict[str, fields.Field[Any]] = {
        name: fields.String(allow_none=True, validate=validate.Length(max=longest))
        for name, longest in LONGEST.items()
        if name != "timezone"
    }
    made["timezone"] = zone_field(allow_none=True)
    made["email"] = fields.String(allow_none=True, validate=validate.Length(max=254))
    made["profile_url"] = fields.String(
        allow_none=True,
        validate=validate.Length(max=400),
        metadata={"description": "The profile in any spelling of its address, or its public identifier."},
    )
    made["provider_id"] = fields.String(allow_none=True, validate=validate.Length(max=120))
    made["member_id"] = fields.String(allow_none=True, validate=validate.Length(max=40))
    made["custom"] = fields.Dict(
        keys=fields.String(validate=CUSTOM_NAMES),
        values=fields.String(allow_none=True, validate=validate.Length(max=LONGEST_CUSTOM)),
        load_default=dict,
        validate=validate.Length(max=MOST_CUSTOM),
    )
    return made


class LeadIn(Body.from_dict(_plain(), name="LeadFields")):  # type: ignore[misc]
    """A new lead: somebody with a LinkedIn profile or an email address."""

    client_id = id_field(required=True)
    tags = fields.List(fields.String(validate=TAG), load_default=list, validate=MOST_TAGS)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "company": "Analytical Engines Ltd",
        "profile_url": "https://www.linkedin.com/in/ada-lovelace",
        "email": "ada@engines.example",
        "custom": {"budget": "10k"},
        "tags": ["vip"],
    }


class LeadChange(Body.from_dict(_plain(), name="LeadFieldsChange")):  # type: ignore[misc]
    """What changes of a lead; null takes a value away, custom fields are merged one by one."""

    example: ClassVar = {"company": "Analytical Engines Ltd", "email": None, "custom": {"budget": "20k"}}


_LEAD = {
    "id": EXAMPLE_ID,
    "client_id": EXAMPLE_ID,
    "first_name": "Ada",
    "last_name": "Lovelace",
    "headline": "Programmer of engines",
    "title": "Head of Analysis",
    "company": "Analytical Engines Ltd",
    "location": "London",
    "timezone": "Europe/London",
    "email": "ada@engines.example",
    "email_domain": "engines.example",
    "phone": None,
    "website": None,
    "provider_id": "ACoAABx2y3z4",
    "member_id": None,
    "public_identifier": "ada-lovelace",
    "profile_url": "https://www.linkedin.com/in/ada-lovelace",
    "email_at": EXAMPLE_INSTANT,
    "open_inmail_at": None,
    "replied_at": None,
    "custom": {"budget": "10k"},
    "source": "manual",
    "source_detail": None,
    "account_id": None,
    "created_at": EXAMPLE_INSTANT,
    "updated_at": EXAMPLE_INSTANT,
    "version": 1,
    "do_not_contact": False,
    "tags": ["vip"],
}


class LeadOut(Shown):
    """A lead: a person, once per client."""

    id = shown_id()
    client_id = shown_id()
    first_name = fields.String(required=True, allow_none=True)
    last_name = fields.String(required=True, allow_none=True)
    headline = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    company = fields.String(required=True, allow_none=True)
    location = fields.String(required=True, allow_none=True)
    timezone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    email_domain = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    website = fields.String(required=True, allow_none=True)
    provider_id = fields.String(required=True, allow_none=True)
    member_id = fields.String(required=True, allow_none=True)
    public_identifier = fields.String(required=True, allow_none=True)
    profile_url = fields.String(required=True, allow_none=True)
    email_at = shown_instant(allow_none=True)
    open_inmail_at = shown_instant(allow_none=True)
    replied_at = shown_instant(allow_none=True)
    custom = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    source = word_field(LeadSource, required=True)
    source_detail = fields.String(required=True, allow_none=True)
    account_id = shown_id(allow_none=True)
    created_at = shown_instant()
    updated_at = shown_instant()
    version = fields.Integer(required=True)
    do_not_contact = fields.Boolean(required=True)
    tags = fields.List(fields.String(), required=True)
    example: ClassVar = _LEAD


class IdentityOut(Shown):
    """One key by which a person is known."""

    kind = fields.String(required=True, validate=_KINDS)
    value = fields.String(required=True)


class SaidOut(Shown):
    """Who said what a field says, and when."""

    by = fields.String(required=True)
    at = shown_instant()


class RelationOut(Shown):
    """How a lead stands to an account."""

    account_id = shown_id()
    account_name = fields.String(required=True)
    state = word_field(RelationState, required=True)
    invited_at = shown_instant(allow_none=True)
    connected_at = shown_instant(allow_none=True)
    withdrawn_at = shown_instant(allow_none=True)


class MergeOut(Shown):
    """A merge that stands: the last one can be undone."""

    merged_id = shown_id()
    merged_at = shown_instant()


class LeadDetailOut(LeadOut):
    """A lead with everything that hangs on it."""

    said = fields.Dict(keys=fields.String(), values=fields.Nested(SaidOut), required=True)
    identities = fields.List(fields.Nested(IdentityOut), required=True)
    relations = fields.List(fields.Nested(RelationOut), required=True)
    do_not_contact_entries = fields.List(fields.Nested(EntryOut), required=True)
    merges = fields.List(fields.Nested(MergeOut), required=True)
    example: ClassVar = {
        **_LEAD,
        "said": {"company": {"by": "operator", "at": EXAMPLE_INSTANT}},
        "identities": [{"kind": "public_identifier", "value": "ada-lovelace"}],
        "relations": [
            {
                "account_id": EXAMPLE_ID,
                "account_name": "Mira",
                "state": "connected",
                "invited_at": EXAMPLE_INSTANT,
                "connected_at": EXAMPLE_INSTANT,
                "withdrawn_at": None,
            }
        ],
        "do_not_contact_entries": [],
        "merges": [],
    }


class OfClientQuery(Body):
    """Of which client."""

    client_id = id_field(metadata={"description": "Absent means all clients the caller may see."})


class CustomField(Shown):
    """A custom field and how many leads have it."""

    name = fields.String(required=True)
    leads = fields.Integer(required=True)


class CustomFieldsOut(Shown):
    """Custom fields."""

    items = fields.List(fields.Nested(CustomField), required=True)
    example: ClassVar = {"items": [{"name": "budget", "leads": 12}]}


class MergeIn(Body):
    """The lead that becomes this one."""

    other_id = id_field(required=True)
    example: ClassVar = {"other_id": EXAMPLE_ID}


class UnmergedOut(Shown):
    """Both leads after a merge was undone."""

    lead_id = shown_id()
    merged_id = shown_id()
    example: ClassVar = {"lead_id": EXAMPLE_ID, "merged_id": EXAMPLE_ID}


class EraseIn(Body):
    """The word that makes it certain."""

    confirm = id_field(required=True, metadata={"description": "The id of the lead once more."})
    example: ClassVar = {"confirm": EXAMPLE_ID}


class ErasedOut(Shown):
    """What went with an erased person."""

    lead_id = shown_id()
    identities = fields.Integer(required=True, metadata={"description": "Remembered as hashes only."})
    events = fields.Integer(required=True, metadata={"description": "Events that lost what named the person."})
    example: ClassVar = {"lead_id": EXAMPLE_ID, "identities": 2, "events": 7}
