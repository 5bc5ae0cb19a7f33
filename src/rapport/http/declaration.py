"""What is declared of one operation: all that serving and documenting it need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema

from rapport.http.crossing import Origins
from rapport.kernel.errors import Code
from rapport.kernel.listing import Listing
from rapport.rules.permissions import Permission


@dataclass(frozen=True, slots=True)
class Operation:
    """Everything that is declared of one operation."""

    method: str
    rule: str
    name: str
    may: tuple[Permission, ...]
    """The caller must have one of these; none at all is open to everybody."""
    out: type[Schema] | None
    status: int
    body: type[Schema] | None = None
    query: type[Schema] | None = None
    listing: Listing | None = None
    errors: tuple[Code, ...] = ()
    example: Any = None
    cached: bool = False
    once: bool = False
    """Takes an Idempotency-Key."""
    if_match: bool = False
    content_type: str = "application/json"
    also: Mapping[int, str] = field(default_factory=dict)
    """Further successful statuses and what they mean."""
    reads_only: bool = False
    no_store: bool = False
    limited: bool = True
    """Counts against the caller's requests per minute; probes do not."""
    before: Callable[..., Any] | None = None
    """Slow work that must be done before the transaction begins; it gets the call and the path like the view, and what
    it answers is `call.prepared`.
    """
    file: int | None = None
    """Takes a file of at most so many bytes instead of a JSON body."""
    stream: bool = False
    """The caller may show a stream token instead of a credential, for a browser's EventSource sends no header."""
    table: str | None = None
    """Answered as CSV and XLSX as well: the name of the list whose items are the rows, empty when the answer is one."""
    picture: Callable[[Any], str] | None = None
    """Draws the answer: it is answered as SVG as well."""
    own: bool = False
    """The view begins its transactions itself, for its slow work lies between them."""
    origins: Origins | None = None
    """Whose pages may ask from a browser, beside those that may ask for everything."""


DECLARED: dict[Callable[..., Any], Operation] = {}
"""View → its operation, filled while rooms' `api` modules are loaded, for whoever asks from inside."""
