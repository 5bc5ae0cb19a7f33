"""One call of the API: its parameters judged as strictly as Unipile does, its ledger facts gathered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import orjson

from rapport_sandbox.clock import parse_instant
from rapport_sandbox.refusals import Refused
from rapport_sandbox.unipile.cursors import make_cursor, read_cursor
from rapport_sandbox.unipile.multipart import Form, read_form
from rapport_sandbox.wire import Answer
from rapport_sandbox.world import health

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rapport_sandbox.unipile.desk import Desk
    from rapport_sandbox.wire import Request
    from rapport_sandbox.world.account import Account
    from rapport_sandbox.world.people import Person
    from rapport_sandbox.world.world import World

T = TypeVar("T")


@dataclass(slots=True)
class Window:
    """One page of a list: how many, from where, under which filters."""

    limit: int
    position: int | None
    """`None` on the first page."""
    filters: dict[str, object]
    next_cursor: Callable[[int], str]


class Call:
    """What an endpoint works with."""

    __slots__ = ("desk", "facts", "ids", "now", "request", "world")

    def __init__(self, desk: Desk, request: Request, ids: tuple[str, ...], now: float) -> None:
        self.desk = desk
        self.world: World = desk.world
        self.request = request
        self.ids = ids
        self.now = now
        self.facts: dict[str, object] = {}

    # ── answers ──────────────────────────────────────────────────────────────────────────────────────

    def done(self, payload: object, *, status: int = 200, effect: bool = False) -> Answer:
        return Answer.json(status, payload, effect=effect)

    def note(self, **facts: object) -> None:
        """Say something about this call in the ledger, whether it succeeds or not."""
        self.facts.update(facts)

    # ── who ──────────────────────────────────────────────────────────────────────────────────────────

    def account(self, account_id: str | None = None, *, live: bool = True) -> Account:
        """The account named, by default in the query; `live` refuses while it cannot reach LinkedIn."""
        wanted = account_id if account_id is not None else self.required_arg("account_id")
        self.note(account=wanted)
        account = self.world.accounts.get(wanted)
        if account is None:
            raise Refused("resource_not_found", "Account not found.")
        if live:
            health.require_live(account)
        return account

    def person(self, identifier: str) -> Person:
        person = self.world.people.find(identifier)
        if person is None:
            raise Refused("invalid_resource_identifier", "User not found.")
        self.note(person=person.provider_id)
        return person

    # ── query ────────────────────────────────────────────────────────────────────────────────────────

    def required_arg(self, name: str) -> str:
        value = self.request.arg(name)
        if not value:
            raise Refused("invalid_parameters", f"{name} is required.")
        return value

    def flag(self, name: str) -> bool | None:
        value = self.request.arg(name)
        if value is None:
            return None
        if value not in ("true", "false"):
            raise Refused("invalid_parameters", f"{name} must be true or false.")
        return value == "true"

    def choice(self, name: str, options: tuple[str, ...]) -> str | None:
        value = self.request.arg(name)
        if value is not None and value not in options:
            raise Refused("invalid_parameters", f"{name} must be one of {', '.join(options)}.")
        return value

    def instant(self, name: str) -> float | None:
        """An ISO 8601 UTC instant with milliseconds, the only form that is taken."""
        value = self.request.arg(name)
        if value is None:
            return None
        try:
            if len(value) != len("2026-01-05T08:00:00.000Z") or not value.endswith("Z"):
                raise ValueError(value)
            return parse_instant(value)
        except ValueError:
            raise Refused("invalid_parameters", f"{name} must look like 2025-12-31T23:59:59.999Z.") from None

    def limit(self, *, default: int, maximum: int) -> int:
        value = self.request.arg("limit")
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and 1 <= int(value) <= maximum):
            raise Refused("invalid_parameters", f"limit must be an integer between 1 and {maximum}.")
        return int(value)

    def window(self, list_name: str, *, default: int, maximum: int, filters: Callable[[], dict[str, object]]) -> Window:
        """The page asked for. With a cursor the filters come from it, not from the query."""
        chance = self.world.chance
        cursor = self.request.arg("cursor")
        limit = self.limit(default=default, maximum=maximum)
        if cursor is None:
            position, kept = None, filters()
        else:
            life = self.world.switches.cursor_life
            state = read_cursor(chance, list_name, cursor, self.now, life)
            position, kept = int(state["p"]), state["f"]  # type: ignore[call-overload]
            if self.request.arg("limit") is None:
                limit = int(state["l"])  # type: ignore[call-overload]

        def next_cursor(position: int) -> str:
            return make_cursor(chance, list_name, {"p": position, "f": kept, "l": limit}, self.now)

        return Window(limit, position, kept, next_cursor)

    # ── body ─────────────────────────────────────────────────────────────────────────────────────────

    def json(self) -> dict[str, object]:
        """The JSON object in the body."""
        if not self.request.headers.get("content-type", "").lower().startswith("application/json"):
            raise Refused("unsupported_media_type", "Send application/json.")
        try:
            body = orjson.loads(self.request.body)
        except orjson.JSONDecodeError:
            raise Refused("malformed_request", "The body is not valid JSON.") from None
        if not isinstance(body, dict):
            raise Refused("invalid_parameters", "The body must be an object.")
        return body

    def form(self) -> Form:
        """The multipart form in the body; the ledger keeps its fields instead of its bytes."""
        form = read_form(self.request.headers.get("content-type", ""), self.request.body)
        self.note(fields=form.described())
        return form


def text_field(body: dict[str, object], name: str, *, required: bool = False, longest: int | None = None) -> str | None:
    """A string of a JSON body; an empty one does not count as given when it is required."""
    value = body.get(name)
    if value is None and not required and name not in body:
        return None
    if not isinstance(value, str) or (required and not value):
        raise Refused("invalid_parameters", f"{name} must be a {'non-empty ' if required else ''}string.")
    if longest is not None and len(value) > longest:
        raise Refused("invalid_parameters", f"{name} must be at most {longest} characters long.")
    return value


def required_text(body: dict[str, object], name: str, *, longest: int | None = None) -> str:
    value = text_field(body, name, required=True, longest=longest)
    if value is None:
        raise Refused("invalid_parameters", f"{name} is required.")
    return value


def choice_field(body: dict[str, object], name: str, options: tuple[str, ...]) -> str | None:
    value = text_field(body, name)
    if value is not None and value not in options:
        raise Refused("invalid_parameters", f"{name} must be one of {', '.join(options)}.")
    return value


def take(items: Iterator[T], limit: int) -> tuple[list[T], bool]:
    """The first `limit` items, and whether there are more."""
    page: list[T] = []
    for item in items:
        if len(page) == limit:
            return page, True
        page.append(item)
    return page, False


def by_offset(items: Iterator[T], window: Window) -> tuple[list[T], str | None]:
    """A page of a list that Unipile pages by position: what is new at its head shifts all that follows."""
    start = window.position or 0
    for _ in range(start):
        if next(items, None) is None:
            break
    page, more = take(items, window.limit)
    return page, window.next_cursor(start + len(page)) if more else None
