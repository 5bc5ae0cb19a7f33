"""Pipedrive's API v2 as far as leads need it: search, read, create and patch persons, person fields, notes of v1.

There is no upsert and search is eventually consistent: a person is found as it was `search_lag` seconds
ago. Details not read in Pipedrive's own documentation, each in one place: the token header (`admit`),
the costs (`COSTS`), PATCH for updates (`start`), the block after repeated refusals (`_refuse_daily`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING, ClassVar

from rapport_sandbox.fakes.fake import Fake, Refused, bearer, iso, parsed
from rapport_sandbox.fakes.rates import Quota, Window, seconds_until_midnight
from rapport_sandbox.fakes.routes import Route
from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from rapport_sandbox.wire import Request

DEFAULT_TOKEN = "pipedrive-sandbox"  # noqa: S105 - it opens nothing but this fake
COSTS = {"GET": 1, "POST": 5, "PATCH": 5}
SEARCH_COST = 20
BLOCKED_AFTER = 10
"""Refusals for the day's budget before a caller that goes on is blocked outright."""
FIELDS = frozenset({"name", "emails", "phones", "org_id", "owner_id", "custom_fields", "visible_to", "label_ids"})
MAX_LIMIT = 500
WORDS = {
    400: ("Bad request", "ERR_SCHEMA_VALIDATION_FAILED"),
    401: ("unauthorized access", "ERR_UNAUTHORIZED"),
    403: ("Forbidden", "ERR_FORBIDDEN"),
    404: ("Person not found", "ERR_NOT_FOUND"),
    429: ("request over limit", "ERR_RATE_LIMIT"),
    500: ("Internal server error", "ERR_INTERNAL"),
    503: ("Service unavailable", "ERR_UNAVAILABLE"),
}


@dataclass(slots=True)
class Person:
    """One person with all its versions: search sees an older one."""

    id: int
    versions: list[tuple[float, dict[str, object]]] = field(default_factory=list)

    def now(self) -> dict[str, object]:
        return self.versions[-1][1]

    def as_of(self, instant: float) -> dict[str, object] | None:
        return next((seen for at, seen in reversed(self.versions) if at <= instant), None)


class Pipedrive(Fake):
    """One company account."""

    name: ClassVar[str] = "pipedrive"
    switches: ClassVar[frozenset[str]] = frozenset({"add_token", "search_lag", "delete", "merge", "add_field"})

    def start(self) -> None:
        base = "/api/v2"
        self.routes = (
            Route("GET", f"{base}/persons/search", "search", self._search),
            Route("POST", f"{base}/persons", "create", self._create),
            Route("GET", f"{base}/persons/{{}}", "read", self._read),
            Route("PATCH", f"{base}/persons/{{}}", "update", self._update),
            Route("GET", f"{base}/personFields", "list", self._fields),
            Route("POST", f"{base}/personFields", "define", self._define),
            Route("GET", "/api/v1/notes", "search", self._list_notes),
            Route("POST", "/api/v1/notes", "note", self._note),
        )
        self.windows = {"burst": Window(20, 2.0), "search": Window(10, 2.0)}
        self.quotas = {"daily": Quota(30_000, "day")}
        self._tokens = {DEFAULT_TOKEN}
        self._search_lag = 5.0
        self._refusals = 0
        self._persons: dict[int, Person] = {}
        self._next_id = 1
        self._custom: dict[str, str] = {}
        self.notes: list[dict[str, object]] = []

    # Switches

    def add_token(self, token: str) -> None:
        self._tokens.add(token)

    def search_lag(self, seconds: float) -> None:
        self._search_lag = seconds

    def delete(self, person_id: int) -> None:
        """Somebody deletes a person in Pipedrive."""
        del self._persons[person_id]

    def merge(self, person_id: int, other_id: int) -> None:
        """Somebody merges two persons in Pipedrive: the other is gone, and what it had goes where nothing stood."""
        kept, other = self._persons[person_id], self._persons.pop(other_id)
        at, before = kept.versions[-1]
        theirs = other.now()
        custom = {**theirs["custom_fields"], **before["custom_fields"]}
        filled = {name: before[name] or theirs[name] for name in ("emails", "phones")}
        kept.versions.append((at, {**before, **filled, "custom_fields": custom}))
        for note in self.notes:
            if note["person_id"] == other_id:
                note["person_id"] = person_id

    def add_field(self, name: str) -> str:
        """A custom field of persons; answers its key, which is what `custom_fields` uses."""
        key = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
        self._custom[key] = name
        return key

    # What every service says

    def admit(self, request: Request, now: float) -> None:
        token = request.headers.get("x-api-token") or bearer(request)
        if token not in self._tokens:
            raise Refused(self.failure(401, None))
        if self._refusals >= BLOCKED_AFTER:
            if not self.quotas["daily"].left(now):
                raise Refused(self.failure(403, None))
            self._refusals = 0
        is_search = request.path.endswith("/search")
        windows = ["burst", "search"] if is_search else ["burst"]
        if wait := max(self.windows[name].wait(token, now) for name in windows):
            raise Refused(_retry_in(self.failure(429, None), max(ceil(wait), 1)))
        cost = SEARCH_COST if is_search else COSTS.get(request.method, 1)
        if not self.quotas["daily"].take(now, cost):
            self._refuse_daily(now)
        for name in windows:
            self.windows[name].take(token, now)

    def _refuse_daily(self, now: float) -> None:
        """Too many of these and the caller is blocked with 403 until the day is over."""
        self._refusals += 1
        raise Refused(_retry_in(self.failure(429, None), seconds_until_midnight(now)))

    def decorate(self, answer: Answer, now: float) -> Answer:
        window = self.windows["burst"]
        # One company has one token here, so the fullest window is the caller's.
        left = min(window.left(token, now) for token in self._tokens)
        rate = {
            "x-ratelimit-limit": str(window.limit),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(ceil(window.seconds)),
            "x-daily-requests-left": str(self.quotas["daily"].left(now)),
        }
        return replace(answer, headers={**rate, **answer.headers})

    def failure(self, status: int, reason: str | None) -> Answer:
        words, code = WORDS.get(status, WORDS[500])
        return Answer.json(status, {"success": False, "error": reason or words, "code": code})

    def about(self, request: Request) -> dict[str, object]:
        body = parsed(request.body)
        if not isinstance(body, dict):
            return {"key": request.arg("term")} if request.arg("term") else {}
        facts: dict[str, object] = {}
        if isinstance(emails := body.get("emails"), list) and emails and isinstance(emails[0], dict):
            facts["person"] = emails[0].get("value")
        if isinstance(custom := body.get("custom_fields"), dict):
            facts["keys"] = list(custom.values())
        return facts

    def _bad(self, words: str) -> Refused:
        return Refused(self.failure(400, words))

    # Persons

    def _search(self, request: Request, now: float) -> Answer:
        term = request.arg("term") or ""
        exact = request.arg("exact_match") == "true"
        if len(term) < (1 if exact else 2):
            raise self._bad("Parameter 'term' is too short")
        fields = (request.arg("fields") or "name,email,phone,notes,custom_fields").split(",")
        if not set(fields) <= {"name", "email", "phone", "notes", "custom_fields"}:
            raise self._bad("Parameter 'fields' names an unknown field")
        limit, start = request.arg("limit") or "100", request.arg("cursor") or "0"
        if not limit.isdigit() or not 1 <= int(limit) <= MAX_LIMIT or not start.isdigit():
            raise self._bad(f"Parameter 'limit' must be 1 to {MAX_LIMIT}, 'cursor' one that was given")
        found = []
        for person in self._persons.values():
            seen = person.as_of(now - self._search_lag)
            if seen is not None and _matches(seen, term.casefold(), fields, exact=exact):
                found.append({"result_score": 1.0 if exact else 0.5, "item": _found(seen)})
        end = int(start) + int(limit)
        cursor = str(end) if end < len(found) else None
        return self._ok({"items": found[int(start) : end]}, cursor=cursor)

    def _create(self, request: Request, now: float) -> Answer:
        given = self._checked(request)
        if not isinstance(given.get("name"), str) or not given["name"]:
            raise self._bad("Parameter 'name' is required")
        person = Person(self._next_id)
        self._next_id += 1
        self._persons[person.id] = person
        blank = {"id": person.id, "emails": [], "phones": [], "org_id": None, "custom_fields": {}}
        shown = {**blank, **given, "add_time": iso(now), "update_time": iso(now), "is_deleted": False}
        person.versions.append((now, shown))
        facts = {"person_ids": [person.id], "created": [person.id]}
        return self._ok(shown, status=201, effect=True, facts=facts)

    def _read(self, _request: Request, _now: float, person_id: str) -> Answer:
        return self._ok(self._find(person_id).now())

    def _update(self, request: Request, now: float, person_id: str) -> Answer:
        person, given = self._find(person_id), self._checked(request)
        before = person.now()
        custom = {**before["custom_fields"], **given.pop("custom_fields", {})}
        after = {**before, **given, "custom_fields": custom, "update_time": iso(now)}
        person.versions.append((now, after))
        return self._ok(after, effect=True, facts={"person_ids": [person.id]})

    def _find(self, person_id: str) -> Person:
        if not person_id.isdigit() or int(person_id) not in self._persons:
            raise Refused(self.failure(404, None))
        return self._persons[int(person_id)]

    def _checked(self, request: Request) -> dict[str, object]:
        given = parsed(request.body)
        if not isinstance(given, dict):
            raise self._bad("The body is not a JSON object")
        if unknown := sorted(set(given) - FIELDS):
            raise self._bad(f"Unknown parameter '{unknown[0]}'")
        for name in ("emails", "phones"):
            values = given.get(name, [])
            if not isinstance(values, list) or not all(
                isinstance(one, dict) and isinstance(one.get("value"), str) for one in values
            ):
                raise self._bad(f"Parameter '{name}' is a list of objects with a 'value'")
        custom = given.get("custom_fields", {})
        if not isinstance(custom, dict):
            raise self._bad("Parameter 'custom_fields' is an object")
        if unknown := sorted(set(custom) - set(self._custom)):
            raise self._bad(f"Unknown custom field '{unknown[0]}'")
        return given

    # Notes

    def _note(self, request: Request, now: float) -> Answer:
        given = parsed(request.body)
        if not isinstance(given, dict) or not given.get("content"):
            raise self._bad("Parameter 'content' is required")
        if given.get("person_id") not in self._persons:
            raise self._bad("Parameter 'person_id' names no person")
        note = {"id": len(self.notes) + 1, "content": given["content"], "person_id": given["person_id"]}
        self.notes.append({**note, "add_time": iso(now)})
        return self._ok(self.notes[-1], status=201, effect=True, facts={"person_ids": [given["person_id"]]})

    def _list_notes(self, request: Request, _now: float) -> Answer:
        person_id = request.arg("person_id") or ""
        return self._ok([note for note in self.notes if str(note["person_id"]) == person_id])

    # Person fields

    def _fields(self, _request: Request, _now: float) -> Answer:
        return self._ok([_field(key, name) for key, name in self._custom.items()])

    def _define(self, request: Request, _now: float) -> Answer:
        given = parsed(request.body)
        if not isinstance(given, dict) or not isinstance(given.get("field_name"), str):
            raise self._bad("Parameter 'field_name' is required")
        if given.get("field_type") != "varchar":
            raise self._bad("Parameter 'field_type' must be 'varchar' here")
        key = self.add_field(str(given["field_name"]))
        return self._ok(_field(key, self._custom[key]), status=201, effect=True, facts={"key": key})

    def _ok(
        self,
        data: object,
        *,
        status: int = 200,
        cursor: str | None = None,
        effect: bool = False,
        facts: dict[str, object] | None = None,
    ) -> Answer:
        payload = {"success": True, "data": data, "additional_data": {"next_cursor": cursor}}
        return Answer.json(status, payload, effect=effect, facts=facts)


def _retry_in(answer: Answer, seconds: int) -> Answer:
    return replace(answer, headers={**answer.headers, "retry-after": str(seconds)})


def _matches(person: dict[str, object], term: str, fields: list[str], *, exact: bool) -> bool:
    values = {
        "name": [person["name"]],
        "email": [one["value"] for one in person["emails"]],
        "phone": [one["value"] for one in person["phones"]],
        "notes": [],
        "custom_fields": person["custom_fields"].values(),
    }
    candidates = [str(value).casefold() for name in fields for value in values[name]]
    return term in candidates if exact else any(term in candidate for candidate in candidates)


def _found(person: dict[str, object]) -> dict[str, object]:
    """A search result is flatter than a person."""
    return {
        "id": person["id"],
        "type": "person",
        "name": person["name"],
        "emails": [one["value"] for one in person["emails"]],
        "phones": [one["value"] for one in person["phones"]],
        "custom_fields": [str(value) for value in person["custom_fields"].values()],
    }


def _field(key: str, name: str) -> dict[str, object]:
    return {"field_code": key, "field_name": name, "field_type": "varchar", "is_custom_field": True}
