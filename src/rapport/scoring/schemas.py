"""Scores as they cross the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Shown,
    Whole,
    id_field,
    shown_id,
    shown_instant,
    text_field,
)
from rapport.rules.scoring import MOST_OF, Warmth, Why
from rapport.rules.seniority import Seniority

_WARMTHS = validate.OneOf([each.value for each in Warmth])
_PARTS: dict[str, Any] = {
    "fit": {"title": 16, "seniority": 10, "industry": 4, "company_size": 3},
    "market": {"country": 14, "region": 3, "language": 5},
    "contactability": {"email": 6, "verified_email": 2, "phone": 0, "open_profile": 0, "first_degree": 5},
    "engagement": {"accepted": 2, "replied": 4, "opened": 0, "captured": 0},
}


class ScorePointsOut(Shown):
    """Points of each category."""

    fit = fields.Integer(required=True)
    market = fields.Integer(required=True)
    contactability = fields.Integer(required=True)
    engagement = fields.Integer(required=True)
    example: ClassVar = dict(MOST_OF)


class LeadScoreRowOut(Shown):
    """How good and how warm a lead is."""

    lead_id = shown_id()
    client_id = shown_id()
    points = fields.Integer(required=True)
    fit = fields.Integer(required=True)
    market = fields.Integer(required=True)
    contactability = fields.Integer(required=True)
    engagement = fields.Integer(required=True)
    parts = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        required=True,
        metadata={"description": "Category → what was looked at → its points. They add up."},
    )
    temperature = fields.String(required=True, validate=_WARMTHS)
    because = fields.String(required=True, validate=validate.OneOf([each.value for each in Why]))
    word = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([None, *(each.value for each in Warmth)]),
        metadata={"description": "How warm an operator says the lead is; null: nobody does."},
    )
    word_by = shown_id(allow_none=True)
    word_at = shown_instant(allow_none=True)
    rules_version = fields.Integer(required=True)
    scored_at = shown_instant(
        allow_none=True, metadata={"description": "null: nothing asked for a score yet; this is what it would be."}
    )
    example: ClassVar = {
        "lead_id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "points": 74,
        "fit": 33,
        "market": 22,
        "contactability": 13,
        "engagement": 6,
        "parts": _PARTS,
        "temperature": "hot",
        "because": "score",
        "word": None,
        "word_by": None,
        "word_at": None,
        "rules_version": 1,
        "scored_at": EXAMPLE_INSTANT,
    }


class LeadScoreOut(LeadScoreRowOut):
    """A score with how many points there are at most."""

    most = fields.Nested(ScorePointsOut, required=True)
    example: ClassVar = {**LeadScoreRowOut.example, "most": dict(MOST_OF)}


class LeadTemperatureIn(Body):
    """An operator's word."""

    temperature = fields.String(
        required=True, allow_none=True, validate=validate.OneOf([None, *(each.value for each in Warmth)])
    )
    example: ClassVar = {"temperature": "hot"}


def _words() -> fields.Field:
    return fields.List(text_field(80), load_default=list, validate=validate.Length(max=50))


def _points(usual: int) -> fields.Field:
    return Whole(load_default=usual, validate=validate.Range(1, 100))


class ScoringTermsIn(Body):
    """Whom a client looks for. What is left empty is all one."""

    client_id = id_field(required=True)
    titles = _words()
    seniorities = fields.List(
        fields.String(validate=validate.OneOf([each.value for each in Seniority])),
        load_default=list,
        validate=validate.Length(max=10),
    )
    industries = _words()
    company_sizes = _words()
    countries = _words()
    regions = _words()
    languages = _words()
    hot_from = _points(70)
    warm_from = _points(40)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "titles": ["Head of Sales"],
        "seniorities": ["director", "chief"],
        "countries": ["Germany", "Deutschland"],
        "languages": ["de"],
    }

    @validates_schema
    def _ordered(self, data: dict[str, Any], **_: Any) -> None:
        if "hot_from" in data and "warm_from" in data and data["warm_from"] >= data["hot_from"]:
            raise ValidationError("Must be below hot_from.", "warm_from")


class ScoringTermsOut(Shown):
    """Whom a client looks for."""

    client_id = shown_id()
    titles = fields.List(fields.String(), required=True)
    seniorities = fields.List(fields.String(), required=True)
    industries = fields.List(fields.String(), required=True)
    company_sizes = fields.List(fields.String(), required=True)
    countries = fields.List(fields.String(), required=True)
    regions = fields.List(fields.String(), required=True)
    languages = fields.List(fields.String(), required=True)
    hot_from = fields.Integer(required=True)
    warm_from = fields.Integer(required=True)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "titles": ["Head of Sales"],
        "seniorities": ["director", "chief"],
        "industries": [],
        "company_sizes": [],
        "countries": ["Germany", "Deutschland"],
        "regions": [],
        "languages": ["de"],
        "hot_from": 70,
        "warm_from": 40,
    }
