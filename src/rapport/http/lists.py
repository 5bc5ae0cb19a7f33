"""Lists over HTTP: `limit`, `cursor`, `sort`, `order`, `filter[field]`, `filter[field][operator]`.

A cursor is signed and bound to the list, its filters, its order and its caller's scope: used with anything
else it is refused rather than answered with rows that make no sense.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from typing import Any

import orjson
from marshmallow import fields, validate

from rapport.kernel.crypto import Keys, same
from rapport.kernel.errors import CURSOR_INVALID, CURSOR_MISMATCH, VALIDATION_FAILED, RapportError
from rapport.kernel.listing import (
    LONGEST_TEXT,
    MOST,
    MOST_CHOICES,
    OPERATORS,
    Asked,
    Condition,
    Field,
    Listing,
    Page,
    check,
)
from rapport.kernel.schema import Body, Pattern, WholeInQuery
from rapport.kernel.tenancy import Scope

_FILTER = re.compile(r"filter\[([a-z_]{1,40})\](?:\[([a-z_]{1,10})\])?")
_NUMBER = "-?[0-9]{1,14}"
_SIGNATURE = 16
_PURPOSE = "cursor"


def list_query(listing: Listing) -> type[Body]:
    """The schema of a list's query: documents every filter, and checks what needs no listing."""
    members: dict[str, Any] = {
        "limit": WholeInQuery(
            load_default=50,
            validate=validate.Range(1, MOST),
            metadata={"description": f"Rows per page, 1 to {MOST}."},
        ),
        "cursor": fields.String(
            validate=validate.Length(1, 2000),
            metadata={"description": "`next_cursor` of the page before.", "format": "cursor"},
        ),
        "sort": fields.String(
            validate=validate.OneOf(list(listing.sorts)), metadata={"description": f"Default {listing.default_sort}."}
        ),
        "order": fields.String(
            validate=validate.OneOf(["asc", "desc"]), metadata={"description": f"Default {listing.default_order}."}
        ),
    }
    members |= _filter_members(listing)
    return Body.from_dict(members, name=f"{listing.name.title().replace('_', '')}Query")


def export_query(listing: Listing, **more: Any) -> type[Body]:
    """The schema of the query of a list that is given whole: its filters and its order, without pages."""
    members = _filter_members(listing) | {
        "sort": fields.String(validate=validate.OneOf(list(listing.sorts))),
        "order": fields.String(validate=validate.OneOf(["asc", "desc"])),
        **more,
    }
    return Body.from_dict(members, name=f"{listing.name.title().replace('_', '')}ExportQuery")


def _filter_members(listing: Listing) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, spec in listing.fields.items():
        for operator in OPERATORS[spec.kind]:
            key = f"filter[{name}]" if operator == "eq" else f"filter[{name}][{operator}]"
            members[key] = fields.String(data_key=key, **_filter_doc(spec, operator))
    return members


def _filter_doc(spec: Field, operator: str) -> dict[str, Any]:
    if operator == "is_null" or spec.kind == "flag":
        return {"validate": validate.OneOf(["true", "false"])}
    if operator == "in":
        one = {"word": f"({'|'.join(spec.choices)})", "number": _NUMBER}.get(spec.kind, f"[^,]{{0,{LONGEST_TEXT}}}")
        return {
            "validate": [validate.Length(1, 4000), Pattern(f"^{one}(,{one}){{0,{MOST_CHOICES - 1}}}$")],
            "metadata": {"description": "Values, separated by commas."},
        }
    if spec.kind == "word":
        return {"validate": validate.OneOf(spec.choices)}
    if spec.kind == "instant":
        return {"metadata": {"format": "date-time"}}
    if spec.kind == "number":
        return {"validate": Pattern(f"^{_NUMBER}$")}
    return {"validate": validate.Length(1, 200)}


def asked_of(listing: Listing, query: dict[str, Any], *, route: str, scope: Scope, keys: Keys) -> Asked:
    """What the caller wants, from a query that the schema accepted."""
    asked = Asked(
        conditions_of(listing, query), query.get("sort", ""), query.get("order", ""), query.get("limit", MOST)
    )
    if "cursor" not in query:
        return asked
    after = _read_cursor(query["cursor"], _fingerprint(route, asked, scope), keys)
    return Asked(asked.conditions, asked.sort, asked.order, asked.limit, after)


def conditions_of(listing: Listing, query: dict[str, Any]) -> tuple[Condition, ...]:
    """The filters of a query."""
    conditions = []
    for key, value in query.items():
        match = _FILTER.fullmatch(key)
        if match is not None:
            condition = Condition(match[1], match[2] or "eq", value)  # type: ignore[arg-type]
            check(listing, condition)
            conditions.append(condition)
    return tuple(sorted(conditions, key=repr))


def page_body(page: Page, asked: Asked, *, route: str, scope: Scope, keys: Keys) -> dict[str, Any]:
    """A page as the API shows it."""
    cursor = None
    if page.next_after is not None:
        cursor = _write_cursor(page.next_after, _fingerprint(route, asked, scope), keys)
    return {"items": page.items, "next_cursor": cursor}


def _fingerprint(route: str, asked: Asked, scope: Scope) -> bytes:
    clients = sorted(scope.client_ids) if scope.client_ids is not None else None
    whole = orjson.dumps(
        [route, [[c.field, c.operator, c.value] for c in asked.conditions], asked.sort, asked.order, clients]
    )
    return hashlib.blake2b(whole, digest_size=8).digest()


def _write_cursor(after: tuple[Any, str], fingerprint: bytes, keys: Keys) -> str:
    value, row_id = after
    tagged = ["t", value.isoformat()] if isinstance(value, datetime) else ["v", value]
    payload = fingerprint + orjson.dumps([*tagged, row_id])
    signed = keys.sign(_PURPOSE, payload)[:_SIGNATURE] + payload
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def _read_cursor(cursor: str, fingerprint: bytes, keys: Keys) -> tuple[Any, str]:
    try:
        signed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise RapportError(CURSOR_INVALID) from None
    signature, payload = signed[:_SIGNATURE], signed[_SIGNATURE:]
    if not same(signature, keys.sign(_PURPOSE, payload)[:_SIGNATURE]):
        raise RapportError(CURSOR_INVALID)
    if payload[: len(fingerprint)] != fingerprint:
        raise RapportError(CURSOR_MISMATCH)
    tag, value, row_id = orjson.loads(payload[len(fingerprint) :])
    return (datetime.fromisoformat(value) if tag == "t" else value), row_id


def refuse_repeats(names: list[str]) -> None:
    """A parameter given twice means two things: refuse it rather than take one of them."""
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise RapportError(VALIDATION_FAILED, details={name: ["Given more than once."] for name in sorted(repeated)})
