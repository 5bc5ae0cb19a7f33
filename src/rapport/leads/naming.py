"""A person in one line, as lists and the timeline name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from rapport.leads.models import Lead

_NAMES = ("first_name", "last_name", "public_identifier", "email", "provider_id")
_L: Table = Lead.__table__  # type: ignore[assignment]
NAMED = tuple(_L.c[name].label(f"lead_{name}") for name in _NAMES)
"""The columns of a lead that `named` reads, for a list that joins leads."""


def shown_name(row: Mapping[str, Any]) -> str:
    """The person of a lead's row."""
    name = " ".join(part for part in (row["first_name"], row["last_name"]) if part)
    return name or row["public_identifier"] or row["email"] or row["provider_id"] or "Somebody"


def named(shown: dict[str, Any]) -> str:
    """The person of a row with `NAMED` in it, which are taken out."""
    return shown_name({name: shown.pop(f"lead_{name}") for name in _NAMES})
