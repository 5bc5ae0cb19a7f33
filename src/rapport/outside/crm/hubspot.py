"""HubSpot: contacts by a unique property of ours. An upsert by that property makes one contact, however often.

Not read in HubSpot's own documentation, each in one place: a create that meets a known address names the contact that
has it (`_TAKEN`), a property that exists answers 409, how a note is tied to a contact (`_NOTE_TO_CONTACT`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import orjson

from rapport.outside.crm.calls import Caller, named, read, said, text
from rapport.outside.web import Answer
from rapport.ports.crm import AwayError, Contact, ParkedError, RefusedError, TakenError

KEY = "outreach_lead_id"
_CONTACTS = "/crm/v3/objects/contacts"
_NOTES = "/crm/v3/objects/notes"
_NAMES = {
    "first_name": "firstname",
    "last_name": "lastname",
    "email": "email",
    "phone": "phone",
    "title": "jobtitle",
    "company": "company",
    "website": "website",
    "profile_url": "hs_linkedin_url",
}
_PROPERTY = {
    "name": KEY,
    "label": "Outreach lead id",
    "groupName": "contactinformation",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}
_TAKEN = re.compile(r"Existing ID: (\d{1,30})")
_NOTE_TO_CONTACT = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}
_ROLLING = timedelta(seconds=10)
_FIRST_STAGE = {"lifecyclestage": "lead"}
"""Said of new contacts only: it never goes back."""


class HubSpot:
    """One portal."""

    creates_once = True
    needs: Sequence[str] = ()
    holds = frozenset(_NAMES)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def prepare(self) -> str:
        answer = self._caller.call("GET", f"/crm/v3/properties/contacts/{KEY}")
        if answer.status == 404:
            made = self._caller.call("POST", "/crm/v3/properties/contacts", body=_PROPERTY)
            if made.status != 409:
                self._good(made)
            return KEY
        if self._good(answer).get("hasUniqueValue") is not True:
            raise RefusedError("field_not_unique", KEY)
        return KEY

    def by_id(self, contact_id: str) -> Contact | None:
        return self._one(f"{_CONTACTS}/{quote(contact_id, safe='')}", {})

    def by_key(self, lead_id: str) -> list[Contact]:
        found = self._one(f"{_CONTACTS}/{quote(lead_id, safe='')}", {"idProperty": KEY})
        return [found] if found is not None else []

    def by_email(self, email: str) -> list[Contact]:
        found = self._one(f"{_CONTACTS}/{quote(email, safe='@+')}", {"idProperty": "email"})
        return [found] if found is not None else []

    def create(self, lead_id: str, values: Mapping[str, str]) -> str:
        properties = {**_theirs(values), **_FIRST_STAGE}
        asked = {"inputs": [{"id": lead_id, "idProperty": KEY, "properties": properties}]}
        answer = self._caller.call("POST", f"{_CONTACTS}/batch/upsert", body=asked)
        told = self._good(answer)
        for result in told.get("results") or ():
            return str(result["id"])
        for error in told.get("errors") or ():
            taken = _TAKEN.search(str(error.get("message")))
            if taken is not None:
                raise TakenError("email_taken", taken[1])
            raise RefusedError(str(error.get("category")).lower(), str(error.get("message"))[:160])
        raise AwayError("answer_garbled", said(answer), uncertain=True)

    def update(self, contact_id: str, values: Mapping[str, str], *, key: str | None = None) -> None:
        properties = _theirs(values) | ({KEY: key} if key is not None else {})
        path = f"{_CONTACTS}/{quote(contact_id, safe='')}"
        self._good(self._caller.call("PATCH", path, body={"properties": properties}))

    def has_note(self, contact_id: str, mark: str) -> bool:  # noqa: ARG002 - the mark stands in one note of the portal
        test = {"propertyName": "hs_note_body", "operator": "CONTAINS_TOKEN", "value": mark}
        asked = {"filterGroups": [{"filters": [test]}], "limit": 1}
        return bool(self._good(self._caller.call("POST", f"{_NOTES}/search", body=asked, reads=True)).get("results"))

    def add_note(self, contact_id: str, text: str, *, mark: str, at: datetime) -> None:
        body = {
            "properties": {"hs_timestamp": at.isoformat(), "hs_note_body": f"{text}\n\n{mark}"},
            "associations": [{"to": {"id": contact_id}, "types": [_NOTE_TO_CONTACT]}],
        }
        self._good(self._caller.call("POST", _NOTES, body=body))

    def _one(self, path: str, query: Mapping[str, str]) -> Contact | None:
        wanted = ",".join((KEY, *_NAMES.values()))
        answer = self._caller.call("GET", path, query={"properties": wanted, **query})
        if answer.status == 404:
            return None
        told = self._good(answer)
        properties = told.get("properties") or {}
        return Contact(str(told["id"]), text(properties.get(KEY)), named(properties, _NAMES))

    def _good(self, answer: Answer) -> dict[str, Any]:
        """What a good answer holds; any other is raised as what it means."""
        if answer.status == 429:
            raise self._parked(answer)
        if answer.status in (401, 403):
            raise self._caller.locked_out(answer)
        if answer.status == 409 and (taken := _TAKEN.search(said(answer))) is not None:
            raise TakenError("email_taken", taken[1])
        if answer.status >= 300:
            raise RefusedError(f"http_{answer.status}", said(answer))
        told = read(answer, wrote=True)
        if not isinstance(told, dict):
            raise AwayError("answer_garbled", said(answer), uncertain=True)
        return told

    def _parked(self, answer: Answer) -> ParkedError:
        try:
            policy = orjson.loads(answer.body).get("policyName")
        except (orjson.JSONDecodeError, AttributeError):
            policy = None
        if policy == "DAILY":
            return ParkedError("daily_limit", until=self._caller.midnight(), alarming=True)
        return ParkedError("rate_limited", until=self._caller.come_back(answer, _ROLLING))


def _theirs(values: Mapping[str, str]) -> dict[str, str]:
    return {_NAMES[ours]: value for ours, value in values.items() if ours in _NAMES}
