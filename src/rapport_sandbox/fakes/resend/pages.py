"""Resend's lists: newest first, `limit` 1 to 100, `after` or `before` an id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport_sandbox.fakes.fake import Refused
from rapport_sandbox.fakes.resend.errors import error
from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from rapport_sandbox.wire import Request

MAX_LIMIT = 100
DEFAULT_LIMIT = 20


def page(request: Request, items: list[dict[str, object]]) -> Answer:
    """One page of `items`, which stand newest first and carry an `id`."""
    limit = request.arg("limit") or str(DEFAULT_LIMIT)
    if not limit.isdigit() or not 1 <= int(limit) <= MAX_LIMIT:
        raise Refused(error("validation_error", f"The `limit` must be between 1 and {MAX_LIMIT}."))
    after, before = request.arg("after"), request.arg("before")
    if after and before:
        raise Refused(error("validation_error", "Only one of `after` and `before` may be given."))
    if after:
        start = _place(items, after) + 1
        chosen, rest = items[start : start + int(limit)], items[start + int(limit) :]
    elif before:
        end = _place(items, before)
        start = max(end - int(limit), 0)
        chosen, rest = items[start:end], items[:start]
    else:
        chosen, rest = items[: int(limit)], items[int(limit) :]
    return Answer.json(200, {"object": "list", "has_more": bool(rest), "data": chosen})


def _place(items: list[dict[str, object]], wanted: str) -> int:
    for place, item in enumerate(items):
        if item["id"] == wanted:
            return place
    raise Refused(error("validation_error", f"The cursor `{wanted}` names nothing."))
