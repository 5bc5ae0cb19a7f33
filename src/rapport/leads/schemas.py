"""Leads and do-not-contact lists as they cross the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Pattern,
    Shown,
    id_field,
    shown_id,
    shown_instant,
    text_field,
    zone_field,
)
from rapport.leads.models import IdentityKind, LeadSource, RelationState, SuppressionKind
from rapport.rules.lead_fields import LONGEST, LONGEST_CUSTOM, MOST_CUSTOM

_KINDS = validate.OneOf([kind.value for kind in IdentityKind])
_LISTS = validate.OneOf([kind.value for kind in SuppressionKind])
_TAG = validate.Length(1, 60)
_MOST_TAGS = validate.Length(max=100)
MOST_LINES = 1_000
_CUSTOM_NAMES = Pattern(r"^[a-z][a-z0-9_]{0,39}$")


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
        keys=fields.String(validate=_CUSTOM_NAMES),
        values=fields.String(allow_none=True, validate=validate.Length(max=LONGEST_CUSTOM)),
        load_default=dict,
        validate=validate.Length(max=MOST_CUSTOM),
    )
    return made


class LeadIn(Body.from_dict(_plain(), name="LeadFields")):  # type: ignore[misc]
    """A new lead: somebody with a LinkedIn profile or an email address."""

    client_id = id_field(required=True)
    tags = fields.List(fields.String(validate=_TAG), load_default=list, validate=_MOST_TAGS)
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
    source = fields.String(required=True, validate=validate.OneOf([source.value for source in LeadSource]))
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
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in RelationState]))
    invited_at = shown_instant(allow_none=True)
    connected_at = shown_instant(allow_none=True)
    withdrawn_at = shown_instant(allow_none=True)


class MergeOut(Shown):
    """A merge that stands: the last one can be undone."""

    merged_id = shown_id()
    merged_at = shown_instant()


_ENTRY = {
    "id": EXAMPLE_ID,
    "client_id": EXAMPLE_ID,
    "kind": "domain",
    "value": "engines.example",
    "erased": False,
    "reason": "Asked us to stop.",
    "created_by": EXAMPLE_ID,
    "created_at": EXAMPLE_INSTANT,
}


class EntryOut(Shown):
    """An entry of a do-not-contact list."""

    id = shown_id()
    client_id = shown_id(allow_none=True)
    kind = fields.String(required=True, validate=_LISTS)
    value = fields.String(required=True, allow_none=True, metadata={"description": "null for an erased person."})
    erased = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    created_by = shown_id(allow_none=True)
    created_at = shown_instant()
    example: ClassVar = _ENTRY


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


class TagsChange(Body):
    """Tags to put on a lead and to take off it."""

    add = fields.List(fields.String(validate=_TAG), load_default=list, validate=_MOST_TAGS)
    remove = fields.List(fields.String(validate=_TAG), load_default=list, validate=_MOST_TAGS)
    example: ClassVar = {"add": ["vip"], "remove": ["cold"]}


class TagsOut(Shown):
    """The tags of a lead."""

    tags = fields.List(fields.String(), required=True)
    example: ClassVar = {"tags": ["vip"]}


class OfClientQuery(Body):
    """Of which client."""

    client_id = id_field(metadata={"description": "Absent means all clients the caller may see."})


class TagCount(Shown):
    """A tag and how many leads have it."""

    tag = fields.String(required=True)
    leads = fields.Integer(required=True)


class TagCountsOut(Shown):
    """Tags, the most used first; at most 1,000."""

    items = fields.List(fields.Nested(TagCount), required=True)
    example: ClassVar = {"items": [{"tag": "vip", "leads": 12}]}


class CustomField(Shown):
    """A custom field and how many leads have it."""

    name = fields.String(required=True)
    leads = fields.Integer(required=True)


class CustomFieldsOut(Shown):
    """Custom fields."""

    items = fields.List(fields.Nested(CustomField), required=True)
    example: ClassVar = {"items": [{"name": "budget", "leads": 12}]}


class NoteIn(Body):
    """A note."""

    text = text_field(10_000, required=True)
    example: ClassVar = {"text": "Met at the fair; likes engines."}


class NoteOut(Shown):
    """What somebody wrote down about a lead."""

    id = shown_id()
    lead_id = shown_id()
    text = fields.String(required=True)
    author_id = shown_id(allow_none=True)
    created_at = shown_instant()
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "lead_id": EXAMPLE_ID,
        "text": "Met at the fair; likes engines.",
        "author_id": EXAMPLE_ID,
        "created_at": EXAMPLE_INSTANT,
    }


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


class SuppressIn(Body):
    """Why a lead must not be contacted."""

    reason = text_field(300, allow_none=True, load_default=None)
    example: ClassVar = {"reason": "Asked us to stop."}


class EntryIn(Body):
    """A new entry; without a client it holds for all, and only admins may make it."""

    client_id = id_field(required=True, allow_none=True)
    kind = fields.String(required=True, validate=_LISTS)
    value = text_field(400, required=True)
    reason = text_field(300, allow_none=True, load_default=None)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "kind": "domain",
        "value": "engines.example",
        "reason": "Asked us to stop.",
    }


class LineIn(Body):
    """One of many new entries."""

    kind = fields.String(required=True, validate=_LISTS)
    value = fields.String(required=True, validate=validate.Length(max=400))
    reason = text_field(300, allow_none=True, load_default=None)


class LinesIn(Body):
    """Up to 1,000 new entries of one list; a bad one keeps no other back."""

    client_id = id_field(required=True, allow_none=True)
    lines = fields.List(fields.Nested(LineIn), required=True, validate=validate.Length(1, MOST_LINES))
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "lines": [{"kind": "person", "value": "linkedin.com/in/ada-lovelace", "reason": None}],
    }


class LineOut(Shown):
    """What became of one line."""

    line = fields.Integer(required=True, metadata={"description": "From 1."})
    kind = fields.String(required=True, validate=_LISTS)
    value = fields.String(required=True)
    result = fields.String(required=True, validate=validate.OneOf(["added", "known", "unreadable"]))
    problem = fields.String(required=True, allow_none=True)


class LinesOut(Shown):
    """What became of each line."""

    added = fields.Integer(required=True)
    known = fields.Integer(required=True)
    unreadable = fields.Integer(required=True)
    lines = fields.List(fields.Nested(LineOut), required=True)
    example: ClassVar = {
        "added": 1,
        "known": 0,
        "unreadable": 0,
        "lines": [
            {
                "line": 1,
                "kind": "person",
                "value": "linkedin.com/in/ada-lovelace",
                "result": "added",
                "problem": None,
            }
        ],
    }


class BulkAction(Body):
    """What is done with each lead."""

    kind = fields.String(
        required=True, validate=validate.OneOf(["tag", "untag", "delete", "suppress", "set_custom_field"])
    )
    tags = fields.List(fields.String(validate=_TAG), validate=validate.Length(1, 20))
    reason = text_field(300, allow_none=True)
    field = fields.String(validate=_CUSTOM_NAMES)
    value = fields.String(allow_none=True, validate=validate.Length(max=LONGEST_CUSTOM))

    @validates_schema
    def _complete(self, data: dict[str, Any], **_: Any) -> None:
        needed = {"tag": {"tags"}, "untag": {"tags"}, "set_custom_field": {"field", "value"}}.get(data["kind"], set())
        usable = needed | ({"reason"} if data["kind"] == "suppress" else set())
        problems = {name: ["Is needed for this kind of action."] for name in needed - data.keys()}
        problems |= {name: ["Means nothing for this kind of action."] for name in data.keys() - usable - {"kind"}}
        if problems:
            raise ValidationError(problems)


class BulkPreviewIn(Body):
    """Which leads of a client, by the filters of the list, and what is to be done with them."""

    client_id = id_field(required=True)
    filter = fields.Dict(
        keys=fields.String(validate=Pattern(r"^[a-z_]{1,40}(\.[a-z_]{1,10})?$")),
        values=fields.String(validate=validate.Length(1, 4000)),
        load_default=dict,
        validate=validate.Length(max=20),
        metadata={"description": "`field` or `field.operator` → value, as in the query of the list."},
    )
    action = fields.Nested(BulkAction, required=True)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "filter": {"tag": "fair", "created_at.gte": "2026-03-01T00:00:00Z"},
        "action": {"kind": "tag", "tags": ["vip"]},
    }


class BulkPreviewOut(Shown):
    """How many leads it would be, some of them, and the token by which it is done."""

    count = fields.Integer(required=True)
    sample = fields.List(fields.Nested(LeadOut), required=True)
    token = fields.String(required=True, metadata={"description": "Good for 15 minutes, and for these leads only."})
    expires_at = shown_instant()
    example: ClassVar = {"count": 1, "sample": [_LEAD], "token": "eyJjbGll...", "expires_at": EXAMPLE_INSTANT}


class BulkIn(Body):
    """The token of the preview."""

    token = fields.String(required=True, validate=validate.Length(1, 20_000))
    example: ClassVar = {"token": "eyJjbGll..."}


class Refused(Shown):
    """A lead with which it could not be done."""

    lead_id = shown_id()
    code = fields.String(required=True)


class BulkOut(Shown):
    """What was done, or the job that does it."""

    count = fields.Integer(required=True)
    done = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    refusals = fields.List(fields.Nested(Refused), required=True, metadata={"description": "The first 100."})
    job_id = shown_id(allow_none=True)
    example: ClassVar = {"count": 2, "done": 2, "changed": 2, "refused": 0, "refusals": [], "job_id": None}
