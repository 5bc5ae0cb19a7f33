"""Asking whether a feature is on: the client's word, then everybody's, then the environment's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from rapport.flags.models import FeatureFlag
from rapport.flags.names import MEANING, DecidedBy, Feature
from rapport.kernel.ids import AGENCY, shown_owner
from rapport.kernel.tx import Reading

_F = FeatureFlag.__table__


def is_on(reading: Reading, feature: Feature, client_id: str, *, off: Collection[str]) -> bool:
    """Whether a feature is on for a client. `off` are the names that the environment turns off."""
    said = dict(_said(reading, client_id, feature))
    return said.get(client_id, said.get(AGENCY, feature.value not in off))


def all_of(reading: Reading, client_id: str, *, off: Collection[str]) -> list[dict[str, Any]]:
    """Every feature as it is for a client, and who says so."""
    return [_one(reading, feature, client_id, off) for feature in Feature]


def _one(reading: Reading, feature: Feature, client_id: str, off: Collection[str]) -> dict[str, Any]:
    said = dict(_said(reading, client_id, feature))
    own = client_id != AGENCY and client_id in said
    by = DecidedBy.CLIENT if own else DecidedBy.EVERYBODY if AGENCY in said else DecidedBy.ENVIRONMENT
    enabled = said.get(client_id, said.get(AGENCY, feature.value not in off))
    shown = {"name": feature.value, "meaning": MEANING[feature], "client_id": shown_owner(client_id)}
    return {**shown, "enabled": enabled, "decided_by": by.value}


def _said(reading: Reading, client_id: str, feature: Feature) -> list[tuple[str, bool]]:
    """What was said for the client and for everybody: the latter is no secret of anybody's."""
    rows = reading.rows(
        select(_F.c.client_id, _F.c.enabled).where(_F.c.name == feature.value, _F.c.client_id.in_([client_id, AGENCY]))
    )
    return [(row.client_id, row.enabled) for row in rows]
