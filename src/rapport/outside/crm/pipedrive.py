"""Pipedrive: persons with our key in a custom field. It has no upsert, and what was just made is not found yet.

Not read in Pipedrive's own documentation, each in one place: the header of the token (`HEADER`), PATCH for updates,
notes by the first version of the API (`_NOTES`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rapport.outside.crm.calls import Caller, read, said, text
from rapport.outside.web import Answer
from rapport.ports.crm import AwayError, Contact, ParkedError, RefusedError

HEADER = "x-api-token"
FIELD = "Outreach lead id"
_PERSONS = "/api/v2/persons"
_FIELDS = "/api/v2/personFields"
_NOTES = "/api/v1/notes"
_BURST = timedelta(seconds=2)
_MOST_FIELDS = 20
"""Pages of fields that are looked through for ours."""


class Pipedrive:
    """One company's account."""

    creates_once = False
    needs: Sequence[str] = ("name",)
    holds = frozenset({"name", "email", "phone"})

    def __init__(self, caller: Caller, *, field: str | None) -> None:
        self._caller = caller
        self._field = field or ""

    def prepare(self) -> str:
        query = {"limit": "500"}
        for _ in range(_MOST_FIELDS):
            told = self._good(self._caller.call("GET", _FIELDS, query=query))
            for each in told["data"] or ():
                if each.get("field_name") == FIELD:
                    return str(each["field_code"])
            cursor = (told.get("additional_data") or {}).get("next_cursor")
            if not cursor:
                break
            query["cursor"] = str(cursor)
        made = self._caller.call("POST", _FIELDS, body={"field_name": FIELD, "field_type": "varchar"})
        return str(self._good(made)["data"]["field_code"])

    def by_id(self, contact_id: str) -> Contact | None:
        answer = self._caller.call("GET", f"{_PERSONS}/{int(contact_id)}")
        if answer.status == 404:
            return None
        person = self._good(answer)["data"]
        return None if person.get("is_deleted") else self._shown(person)

    def by_key(self, lead_id: str) -> list[Contact]:
        return [each for each in self._found(lead_id, "custom_fields") if each.key == lead_id]

    def by_email(self, email: str) -> list[Contact]:
        return self._found(email, "email")

    def create(self, lead_id: str, values: Mapping[str, str]) -> str:
        body = {**_theirs(values), "custom_fields": {self._field: lead_id}}
        return str(self._good(self._caller.call("POST", _PERSONS, body=body))["data"]["id"])

    def update(self, contact_id: str, values: Mapping[str, str], *, key: str | None = None) -> None:
        body = _theirs(values)
        if key is not None:
            body["custom_fields"] = {self._field: key}
        self._good(self._caller.call("PATCH", f"{_PERSONS}/{int(contact_id)}", body=body))

    def has_note(self, contact_id: str, mark: str) -> bool:
        query = {"person_id": contact_id, "limit": "500", "sort": "add_time DESC"}
        notes = self._good(self._caller.call("GET", _NOTES, query=query))["data"] or ()
        return any(mark in str(each.get("content")) for each in notes)

    def add_note(self, contact_id: str, text: str, *, mark: str, at: datetime) -> None:
        body = {
            "content": f"{text}\n\n{mark}",
            "person_id": int(contact_id),
            "add_time": f"{at:%Y-%m-%d %H:%M:%S}",
        }
        self._good(self._caller.call("POST", _NOTES, body=body))

    def _found(self, term: str, fields: str) -> list[Contact]:
        """What a search finds, each read as it is now: a search shows what was."""
        query = {"term": term, "fields": fields, "exact_match": "true", "limit": "10"}
        told = self._good(self._caller.call("GET", f"{_PERSONS}/search", query=query))
        read_now = (self.by_id(str(each["item"]["id"])) for each in told["data"]["items"])
        return [each for each in read_now if each is not None]

    def _shown(self, person: Mapping[str, Any]) -> Contact:
        values = {
            "name": text(person.get("name")),
            "email": _first(person.get("emails")),
            "phone": _first(person.get("phones")),
        }
        key = text((person.get("custom_fields") or {}).get(self._field))
        return Contact(str(person["id"]), key, {name: value for name, value in values.items() if value})

    def _good(self, answer: Answer) -> dict[str, Any]:
        """What a good answer holds; any other is raised as what it means."""
        if answer.status == 429:
            until = self._caller.come_back(answer, _BURST)
            if answer.headers.get("x-daily-requests-left") == "0":
                raise ParkedError("daily_limit", until=until, alarming=True)
            raise ParkedError("rate_limited", until=until)
        if answer.status in (401, 403):
            raise self._caller.locked_out(answer)
        if answer.status >= 300:
            raise RefusedError(f"http_{answer.status}", said(answer))
        told = read(answer, wrote=True)
        if not isinstance(told, dict) or not told.get("success"):
            raise AwayError("answer_garbled", said(answer), uncertain=True)
        return told


def _theirs(values: Mapping[str, str]) -> dict[str, Any]:
    said_of: dict[str, Any] = {"name": values["name"]} if "name" in values else {}
    for ours, theirs in (("email", "emails"), ("phone", "phones")):
        if ours in values:
            said_of[theirs] = [{"value": values[ours], "primary": True, "label": "work"}]
    return said_of


def _first(values: object) -> str | None:
    if not isinstance(values, list):
        return None
    return next((text(each.get("value")) for each in values if isinstance(each, dict) and each.get("value")), None)
