"""One row of the reviewed table of routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

V1 = "/api/v1"


@dataclass(frozen=True)
class Row:
    """One route. `may`: any one of these lets a caller in, none at all lets in everybody.

    A body of a page is a form.
    """

    may: str
    answers: int = 200
    body: Any = None
    """A body that is good; "<client_id>" and the like stand for ids."""
    query: dict[str, str] = field(default_factory=dict)
