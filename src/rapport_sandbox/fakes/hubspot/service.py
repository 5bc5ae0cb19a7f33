"""HubSpot's CRM as far as leads need it: batch upsert, contacts, properties, notes, search.

Details not read in HubSpot's own documentation, each in one place: a partly failed batch answers 207
(`_upsert`), a create that meets a known email answers 409 with the existing id (`_conflict`), a property
that exists answers 409 (`_define`), a note's association (`NOTE_TO_CONTACT`), the rate-limit body
(`errors.limited`), a merged contact answers under the remaining id (`contacts.find`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from rapport_sandbox.fakes.fake import Fake, Refused, bearer, iso, parsed
from rapport_sandbox.fakes.hubspot.contacts import MAX_UNIQUE, STAGES, Contact, Contacts
from rapport_sandbox.fakes.hubspot.errors import error, invalid_property, limited
from rapport_sandbox.fakes.rates import Quota, Window
from rapport_sandbox.fakes.routes import Route
from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from rapport_sandbox.wire import Request

DEFAULT_TOKEN = "pat-sandbox"  # noqa: S105 - it opens nothing but this fake
MAX_BATCH = 100
NOTE_TO_CONTACT = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}


@dataclass(frozen=True, slots=True)
class Note:
    """One note on one or more contacts."""

    id: str
    at: float
    properties: dict[str, str]
    contact_ids: tuple[str, ...]

    def shown(self) -> dict[str, object]:
        times = {"createdAt": iso(self.at), "updatedAt": iso(self.at)}
        return {"id": self.id, "properties": self.properties, **times, "archived": False}


class HubSpot(Fake):
    """One portal with one private app."""

    name: ClassVar[str] = "hubspot"
    switches: ClassVar[frozenset[str]] = frozenset({"merge", "delete", "add_token", "search_lag"})
    timed: ClassVar[frozenset[str]] = frozenset({"merge"})

    def start(self) -> None:
        upserts = ("/crm/v3/objects", "/crm/objects/2026-03", "/crm/objects/2026-09")
        self.routes = (
            *(Route("POST", f"{base}/contacts/batch/upsert", "upsert", self._upsert) for base in upserts),
            Route("POST", "/crm/v3/objects/contacts/search", "search", self._search_contacts),
            Route("POST", "/crm/v3/objects/notes/search", "search", self._search_notes),
            Route("POST", "/crm/v3/objects/contacts", "create", self._create),
            Route("GET", "/crm/v3/objects/contacts/{}", "read", self._read),
            Route("PATCH", "/crm/v3/objects/contacts/{}", "update", self._update),
            Route("POST", "/crm/v3/objects/notes", "note", self._note),
            Route("POST", "/crm/v3/properties/contacts", "define", self._define),
            Route("GET", "/crm/v3/properties/contacts/{}", "read", self._read_property),
        )
        self.windows = {"ten_seconds": Window(100, 10.0), "search": Window(5, 1.0)}
        self.quotas = {"daily": Quota(250_000, "day")}
        self.contacts = Contacts()
        self.notes: dict[str, Note] = {}
        self._tokens = {DEFAULT_TOKEN}
        self._search_lag = 0.0

    # Switches

    def add_token(self, token: str) -> None:
        self._tokens.add(token)

    def merge(self, primary_id: str, other_id: str, at: float) -> None:
        """Somebody merges two contacts in HubSpot."""
        self.contacts.merge(primary_id, other_id, at)

    def delete(self, contact_id: str) -> None:
        """Somebody deletes a contact in HubSpot."""
        self.contacts.delete(contact_id)

    def search_lag(self, seconds: float) -> None:
        """How long a change stays invisible to search."""
        self._search_lag = seconds

    # What every service says

    def admit(self, request: Request, now: float) -> None:
        if bearer(request) not in self._tokens:
            words = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
            raise Refused(error(401, words))
        if not self.quotas["daily"].left(now):
            raise Refused(limited("DAILY"))
        if request.path.endswith("/search"):
            if self.windows["search"].take("app", now):
                raise Refused(limited("SECONDLY"))
        elif self.windows["ten_seconds"].take("app", now):
            raise Refused(limited("TEN_SECONDLY_ROLLING"))
        self.quotas["daily"].take(now)

    def decorate(self, answer: Answer, now: float) -> Answer:
        window, daily = self.windows["ten_seconds"], self.quotas["daily"]
        rate = {
            "x-hubspot-ratelimit-daily": str(daily.limit),
            "x-hubspot-ratelimit-daily-remaining": str(daily.left(now)),
            "x-hubspot-ratelimit-interval-milliseconds": "10000",
            "x-hubspot-ratelimit-max": str(window.limit),
            "x-hubspot-ratelimit-remaining": str(window.left("app", now)),
        }
        return replace(answer, headers={**rate, **answer.headers})

    def failure(self, status: int, reason: str | None) -> Answer:
        if status == 429:
            return limited(reason or "TEN_SECONDLY_ROLLING")
        return error(status, "Unable to do this." if status < 500 else "internal error", category=reason)

    def about(self, request: Request) -> dict[str, object]:
        body = parsed(request.body)
        if not isinstance(body, dict):
            return {}
        if isinstance(inputs := body.get("inputs"), list):
            return {"keys": [one.get("id") for one in inputs if isinstance(one, dict)]}
        properties = body.get("properties")
        return {"person": properties.get("email")} if isinstance(properties, dict) else {}

    # Contacts

    def _upsert(self, request: Request, now: float) -> Answer:
        inputs = _object(request).get("inputs")
        if not isinstance(inputs, list) or not 1 <= len(inputs) <= MAX_BATCH:
            raise Refused(error(400, f"inputs must hold 1 to {MAX_BATCH} objects"))
        self._check_inputs(inputs)
        results, errors = [], []
        for one in inputs:
            by = one.get("idProperty")
            contact = self.contacts.find(one["id"], by)
            properties = one["properties"] if by is None else {by: one["id"], **one["properties"]}
            if contact is None and by is None:
                errors.append(_row_error(one, "OBJECT_NOT_FOUND", f"Object not found: {one['id']}"))
            elif taken := self.contacts.taken(properties, contact):
                words = f"Contact already exists. Existing ID: {taken.by.id}"
                errors.append(_row_error(one, "CONFLICT", words))
            else:
                is_new = contact is None
                contact = self._write(contact, properties, now)
                results.append({**contact.shown(), "new": is_new})
        payload = {
            "status": "COMPLETE",
            "results": results,
            "startedAt": iso(now),
            "completedAt": iso(now),
        }
        if errors:
            payload |= {"numErrors": len(errors), "errors": errors}
        written = [result["id"] for result in results]
        facts = {"contact_ids": written, "created": [one["id"] for one in results if one["new"]]}
        return Answer.json(207 if errors else 200, payload, effect=bool(written), facts=facts)

    def _check_inputs(self, inputs: list[object]) -> None:
        """What is wrong with any input refuses the whole batch: nothing is written yet."""
        seen = set()
        for one in inputs:
            if not isinstance(one, dict) or not isinstance(one.get("id"), str) or not one["id"]:
                raise Refused(error(400, "Some required fields were not set: [id]"))
            by = one.get("idProperty")
            if by == "email":
                words = "Partial upserts are not supported when using email as the idProperty"
                raise Refused(error(400, words))
            if by is not None and not self.contacts.is_unique(by):
                raise Refused(error(400, f"Property {by} is not a unique property of contacts"))
            if (by, one["id"]) in seen:
                raise Refused(error(400, f"Duplicate IDs found in batch input: [{one['id']}]"))
            seen.add((by, one["id"]))
            self._check(one.get("properties"))

    def _check(self, properties: object) -> dict[str, str]:
        if not isinstance(properties, dict):
            raise Refused(error(400, "Some required fields were not set: [properties]"))
        for name, value in properties.items():
            if not self.contacts.is_known(name):
                code = "PROPERTY_DOESNT_EXIST"
                raise Refused(invalid_property(name, f"Property {name} does not exist", code))
            if not isinstance(value, str):
                raise Refused(invalid_property(name, f"{name} must be a string", "INVALID_STRING"))
            if name == "email" and value and "@" not in value:
                raise Refused(invalid_property(name, f"Email address {value} is invalid", "INVALID_EMAIL"))
            if name == "lifecyclestage" and value and value not in STAGES:
                raise Refused(invalid_property(name, f"{value} is not a stage", "INVALID_OPTION"))
        return properties

    def _write(self, contact: Contact | None, properties: dict[str, str], now: float) -> Contact:
        if contact is None:
            return self.contacts.create(properties, now)
        return self.contacts.update(contact, properties, now)

    def _conflict(self, properties: dict[str, str], besides: Contact | None) -> None:
        if taken := self.contacts.taken(properties, besides):
            raise Refused(error(409, f"Contact already exists. Existing ID: {taken.by.id}"))

    def _create(self, request: Request, now: float) -> Answer:
        properties = self._check(_object(request).get("properties"))
        self._conflict(properties, None)
        contact = self.contacts.create(properties, now)
        facts = {"contact_ids": [contact.id], "created": [contact.id]}
        return Answer.json(201, contact.shown(), effect=True, facts=facts)

    def _read(self, request: Request, _now: float, value: str) -> Answer:
        return Answer.json(200, self._find(request, value).shown())

    def _update(self, request: Request, now: float, value: str) -> Answer:
        contact = self._find(request, value)
        properties = self._check(_object(request).get("properties"))
        self._conflict(properties, contact)
        self.contacts.update(contact, properties, now)
        return Answer.json(200, contact.shown(), effect=True, facts={"contact_ids": [contact.id]})

    def _find(self, request: Request, value: str) -> Contact:
        by = request.arg("idProperty")
        if by is not None and not self.contacts.is_unique(by):
            raise Refused(error(400, f"Property {by} is not a unique property of contacts"))
        contact = self.contacts.find(value, by)
        if contact is None:
            raise Refused(error(404, "resource not found"))
        return contact

    # Properties

    def _define(self, request: Request, _now: float) -> Answer:
        given = _object(request)
        for name in ("name", "label", "groupName", "type", "fieldType"):
            if not isinstance(given.get(name), str) or not given[name]:
                raise Refused(error(400, f"Some required fields were not set: [{name}]"))
        name = str(given["name"])
        if self.contacts.is_known(name):
            raise Refused(error(409, f"A property named '{name}' already exists."))
        unique = [one for one in self.contacts.definitions.values() if one.get("hasUniqueValue")]
        if given.get("hasUniqueValue") and len(unique) >= MAX_UNIQUE:
            raise Refused(error(400, f"No more than {MAX_UNIQUE} unique properties are allowed"))
        self.contacts.definitions[name] = {"hasUniqueValue": False, **given, "archived": False}
        return Answer.json(201, self.contacts.definitions[name], effect=True, facts={"key": name})

    def _read_property(self, _request: Request, _now: float, name: str) -> Answer:
        if name not in self.contacts.definitions:
            raise Refused(error(404, f"Property {name} does not exist"))
        return Answer.json(200, self.contacts.definitions[name])

    # Notes

    def _note(self, request: Request, now: float) -> Answer:
        body = _object(request)
        properties, associations = body.get("properties"), body.get("associations", [])
        if not isinstance(properties, dict) or not properties.get("hs_timestamp"):
            raise Refused(error(400, "Some required fields were not set: [hs_timestamp]"))
        contact_ids = tuple(self._associated(one) for one in associations)
        note = Note(str(9001 + len(self.notes)), now, properties, contact_ids)
        self.notes[note.id] = note
        return Answer.json(201, note.shown(), effect=True, facts={"contact_ids": list(contact_ids)})

    def _associated(self, association: object) -> str:
        if not isinstance(association, dict) or association.get("types") != [NOTE_TO_CONTACT]:
            raise Refused(error(400, "The association is not one from a note to a contact"))
        contact = self.contacts.find(str(association.get("to", {}).get("id")))
        if contact is None:
            raise Refused(error(404, "The contact of the association does not exist"))
        return contact.id

    # Search

    def _search_contacts(self, request: Request, now: float) -> Answer:
        visible = [one for one in self.contacts if one.updated_at + self._search_lag <= now]
        return self._search(request, visible)

    def _search_notes(self, request: Request, now: float) -> Answer:
        visible = [note for note in self.notes.values() if note.at + self._search_lag <= now]
        return self._search(request, visible)

    def _search(self, request: Request, visible: list[Contact] | list[Note]) -> Answer:
        """Groups are alternatives, the filters of one group all hold; EQ and CONTAINS_TOKEN exist."""
        groups = _object(request).get("filterGroups")
        if not isinstance(groups, list) or not groups:
            raise Refused(error(400, "filterGroups must hold at least one group"))
        found = [
            one
            for one in visible
            if any(all(_holds(one, test) for test in group.get("filters", [])) for group in groups)
        ]
        return Answer.json(200, {"total": len(found), "results": [one.shown() for one in found[:100]]})


def _holds(one: Contact | Note, test: dict[str, str]) -> bool:
    actual, wanted = one.properties.get(test.get("propertyName", ""), ""), test.get("value", "")
    match test.get("operator"):
        case "EQ":
            return actual.casefold() == wanted.casefold()
        case "CONTAINS_TOKEN":
            return wanted.strip("*").casefold() in actual.casefold()
        case unknown:
            raise Refused(error(400, f"operator {unknown} is not played here"))


def _object(request: Request) -> dict[str, object]:
    body = parsed(request.body)
    if not isinstance(body, dict):
        raise Refused(error(400, "Invalid input JSON"))
    return body


def _row_error(one: dict[str, object], category: str, message: str) -> dict[str, object]:
    context = {"ids": [one["id"]]}
    if trace := one.get("objectWriteTraceId"):
        context["objectWriteTraceId"] = [trace]
    return {"status": "error", "category": category, "message": message, "context": context}
