"""Sequences, and how their texts read, as they cross the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields, validate

from rapport.campaigns.findings import ACCEPTABLE, CODES, Weight
from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Pattern,
    Shown,
    Whole,
    id_field,
    shown_id,
    shown_instant,
    word_field,
)
from rapport.rules.delays import Unit
from rapport.rules.sequences import Asked, StepKind

_MOST_STEPS = 200
_MOST_VARIANTS = 20
_LONGEST_TEXT = 20_000
_KEY = [validate.Length(1, 40), Pattern(r"^[a-z0-9][a-z0-9_-]*$")]
_KINDS = validate.OneOf([kind.value for kind in StepKind])


class DelaySchema(Body):
    """So much time; days and working days keep the wall time of the campaign's zone."""

    amount = Whole(required=True, validate=validate.Range(0, 1_000_000))
    unit = word_field(Unit, required=True)
    example: ClassVar = {"amount": 1, "unit": "working_days"}


class ConditionSchema(Body):
    """What a step waits for."""

    asked = word_field(Asked, required=True)
    tag = fields.String(
        allow_none=True, validate=validate.Length(1, 60), metadata={"description": "Which tag, when that is asked."}
    )
    example: ClassVar = {"asked": "connected", "tag": None}


class VariantSchema(Body):
    """One wording of a step."""

    key = fields.String(
        allow_none=True, validate=_KEY, metadata={"description": "Given if absent: a, b, c. Leads keep theirs."}
    )
    weight = Whole(validate=validate.Range(0, 1000), metadata={"description": "How often, beside the others; 1."})
    subject = fields.String(
        validate=[validate.Length(max=_LONGEST_TEXT), Pattern(r"^[^\r\n]*$")],
        metadata={"description": "Of an InMail or an email: one line."},
    )
    body = fields.String(
        validate=validate.Length(max=_LONGEST_TEXT),
        metadata={"description": 'Plain text with variables: Hi {{ first_name | clean | default: "there" }}.'},
    )
    example: ClassVar = {
        "key": "a",
        "weight": 1,
        "subject": "",
        "body": 'Hi {{ first_name | clean | default: "there" }}, thank you for connecting.',
    }


class StepIn(Body):
    """One thing the sequence does."""

    key = fields.String(
        allow_none=True,
        validate=_KEY,
        metadata={"description": "Stays through every version: by it is known what was sent. Given while unused."},
    )
    kind = fields.String(required=True, validate=_KINDS)
    delay = fields.Nested(
        DelaySchema, allow_none=True, metadata={"description": "Counted from the sending of the step before."}
    )
    then = fields.String(
        allow_none=True, validate=_KEY, metadata={"description": "The next step; the one below if absent, null: none."}
    )
    condition = fields.Nested(ConditionSchema, allow_none=True, metadata={"description": "Of wait_for."})
    within = fields.Nested(
        DelaySchema, allow_none=True, metadata={"description": "How long wait_for waits; null is for ever."}
    )
    otherwise = fields.String(
        allow_none=True, validate=_KEY, metadata={"description": "Where wait_for leads when it was in vain."}
    )
    variants = fields.List(fields.Nested(VariantSchema), validate=validate.Length(max=_MOST_VARIANTS))


_WAIT: dict[str, Any] = {
    "key": "accepted",
    "kind": "wait_for",
    "delay": {"amount": 0, "unit": "minutes"},
    "then": "hello",
    "condition": ConditionSchema.example,
    "within": {"amount": 14, "unit": "days"},
    "otherwise": None,
    "variants": [],
}
_STEPS: list[dict[str, Any]] = [
    {
        **_WAIT,
        "key": "invite",
        "kind": "invite",
        "then": "accepted",
        "condition": None,
        "within": None,
    },
    _WAIT,
    {
        **_WAIT,
        "key": "hello",
        "kind": "message",
        "delay": DelaySchema.example,
        "then": None,
        "condition": None,
        "within": None,
        "variants": [VariantSchema.example],
    },
]


def steps_field(**more: Any) -> fields.Field[Any]:
    """The steps of a sequence."""
    return fields.List(fields.Nested(StepIn), validate=validate.Length(max=_MOST_STEPS), **more)


def accept_field() -> fields.Field[Any]:
    """Problems by name that are accepted: the leads or senders concerned wait, the others go on."""
    return fields.List(
        fields.String(validate=validate.OneOf(ACCEPTABLE)),
        load_default=list,
        validate=validate.Length(max=len(ACCEPTABLE)),
        metadata={"description": "Problems that are no obstacle: whom they concern waits, the others go on."},
    )


class SequenceIn(Body):
    """The whole sequence; its first step is where leads begin."""

    steps = steps_field(required=True)
    accept = accept_field()
    example: ClassVar = {"steps": _STEPS, "accept": []}


class StepsIn(Body):
    """A sequence that is not (yet) written."""

    steps = steps_field(required=True)
    example: ClassVar = {"steps": _STEPS}


class StepOut(Shown):
    """One thing the sequence does, with everything said."""

    key = fields.String(required=True)
    kind = fields.String(required=True, validate=_KINDS)
    delay = fields.Nested(DelaySchema, required=True)
    then = fields.String(required=True, allow_none=True)
    condition = fields.Nested(ConditionSchema, required=True, allow_none=True)
    within = fields.Nested(DelaySchema, required=True, allow_none=True)
    otherwise = fields.String(required=True, allow_none=True)
    variants = fields.List(fields.Nested(VariantSchema), required=True)


class SequenceOut(Shown):
    """One version of a campaign's sequence. The newest holds; a used one never changes."""

    id = shown_id()
    campaign_id = shown_id()
    number = fields.Integer(required=True)
    steps = fields.List(fields.Nested(StepOut), required=True)
    used_at = shown_instant(allow_none=True)
    created_by = shown_id(allow_none=True)
    created_at = shown_instant()
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "campaign_id": EXAMPLE_ID,
        "number": 1,
        "steps": _STEPS,
        "used_at": None,
        "created_by": EXAMPLE_ID,
        "created_at": EXAMPLE_INSTANT,
    }


class KnownLeadOut(Shown):
    """A lead by id and name."""

    id = shown_id()
    name = fields.String(required=True)


class FindingOut(Shown):
    """One thing that is wrong."""

    code = fields.String(required=True, validate=validate.OneOf(CODES))
    weight = word_field(
        Weight,
        required=True,
        metadata={"description": "error: mend it; acceptable: mend it or accept it by name; warning: for your notice."},
    )
    sentence = fields.String(required=True)
    step = fields.String(required=True, allow_none=True)
    variant = fields.String(required=True, allow_none=True)
    leads = fields.List(fields.Nested(KnownLeadOut), required=True, metadata={"description": "Some whom it concerns."})
    details = fields.Dict(keys=fields.String(), required=True)
    example: ClassVar = {
        "code": "variable_missing",
        "weight": "acceptable",
        "sentence": "12 leads lack company.",
        "step": "hello",
        "variant": "a",
        "leads": [{"id": EXAMPLE_ID, "name": "Ada Lovelace"}],
        "details": {"variable": "company", "count": 12},
    }


class ChecksOut(Shown):
    """Everything that is wrong with a campaign at this moment."""

    campaign_id = shown_id()
    ready = fields.Boolean(
        required=True, metadata={"description": "Whether it could start without accepting anything."}
    )
    problems = fields.List(fields.Nested(FindingOut), required=True)
    example: ClassVar = {"campaign_id": EXAMPLE_ID, "ready": False, "problems": [FindingOut.example]}


class CarriedOut(Shown):
    """Where those who stand before a removed step go on."""

    step = fields.String(required=True)
    to = fields.String(required=True, allow_none=True, metadata={"description": "null is the end."})


class DiffOut(Shown):
    """What writing these steps would do."""

    campaign_id = shown_id()
    from_number = fields.Integer(required=True, metadata={"description": "The version that holds."})
    to_number = fields.Integer(required=True, metadata={"description": "The version that would."})
    added = fields.List(fields.String(), required=True)
    removed = fields.List(fields.String(), required=True)
    changed = fields.List(fields.String(), required=True)
    carried = fields.List(fields.Nested(CarriedOut), required=True)
    problems = fields.List(fields.Nested(FindingOut), required=True)
    example: ClassVar = {
        "campaign_id": EXAMPLE_ID,
        "from_number": 1,
        "to_number": 2,
        "added": [],
        "removed": ["visit"],
        "changed": ["hello"],
        "carried": [{"step": "visit", "to": "hello"}],
        "problems": [],
    }


class PreviewIn(Body):
    """For whom: one lead, or the worst of those with a tag or of those in the campaign."""

    lead_id = id_field()
    tag = fields.String(validate=validate.Length(1, 60))
    count = Whole(load_default=10, validate=validate.Range(1, 50))
    steps = steps_field(metadata={"description": "Instead of the sequence that holds."})
    example: ClassVar = {"count": 10}


class TextOut(Shown):
    """One text for one lead, to the byte as it would be sent."""

    step = fields.String(required=True)
    kind = fields.String(required=True, validate=_KINDS)
    variant = fields.String(required=True)
    subject = fields.String(required=True, allow_none=True)
    body = fields.String(required=True, allow_none=True)
    length = fields.Integer(required=True, allow_none=True, metadata={"description": "Of the body."})
    most = fields.Integer(required=True)
    missing = fields.List(fields.String(), required=True)
    problem = fields.String(required=True, allow_none=True)


class LeadPreviewOut(Shown):
    """A sequence's texts for one lead."""

    lead = fields.Nested(KnownLeadOut, required=True)
    why = fields.List(
        fields.String(validate=validate.OneOf(["missing", "too_long", "odd_script", "longest"])),
        required=True,
        metadata={"description": "Why this lead is among the worst; empty for a chosen one."},
    )
    texts = fields.List(fields.Nested(TextOut), required=True)


class PreviewOut(Shown):
    """How a sequence reads."""

    campaign_id = shown_id()
    leads = fields.List(fields.Nested(LeadPreviewOut), required=True)
    example: ClassVar = {
        "campaign_id": EXAMPLE_ID,
        "leads": [
            {
                "lead": {"id": EXAMPLE_ID, "name": "Ada Lovelace"},
                "why": ["longest"],
                "texts": [
                    {
                        "step": "hello",
                        "kind": "message",
                        "variant": "a",
                        "subject": "",
                        "body": "Hi Ada, thank you for connecting.",
                        "length": 33,
                        "most": 8000,
                        "missing": [],
                        "problem": None,
                    }
                ],
            }
        ],
    }


class TemplateIn(Body):
    """A text to be looked at."""

    text = fields.String(required=True, validate=validate.Length(max=_LONGEST_TEXT))
    kind = fields.String(
        load_default="message", validate=validate.OneOf([kind.value for kind in StepKind if kind.speaks])
    )
    field = fields.String(load_default="body", validate=validate.OneOf(["subject", "body"]))
    example: ClassVar = {"text": 'Hi {{ first_name | clean | default: "there" }}', "kind": "invite"}


class PlaceOut(Shown):
    """Something wrong in a text, and where; lines and columns count from 1."""

    line = fields.Integer(required=True)
    column = fields.Integer(required=True)
    sentence = fields.String(required=True)


class VariableOut(Shown):
    """A variable that a text names."""

    name = fields.String(required=True)
    is_custom = fields.Boolean(required=True, metadata={"description": "Whether it is a custom field of the client."})
    is_needed = fields.Boolean(required=True, metadata={"description": "Whether a lead without it is held."})


class TemplateOut(Shown):
    """What there is to say of a text."""

    good = fields.Boolean(required=True)
    problems = fields.List(fields.Nested(PlaceOut), required=True)
    variables = fields.List(fields.Nested(VariableOut), required=True)
    fixed_length = fields.Integer(required=True, metadata={"description": "Its length before anything is filled in."})
    most = fields.Integer(required=True)
    example: ClassVar = {
        "good": True,
        "problems": [],
        "variables": [{"name": "first_name", "is_custom": False, "is_needed": False}],
        "fixed_length": 3,
        "most": 300,
    }
