"""Salesforce: contacts or leads by an external id of ours. An upsert by it makes one record, however often.

The field cannot be made from here: an administrator of the org makes it once, marked External ID and Unique. A token
says no end; one that is not taken any more is fetched anew, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from rapport.outside.crm.calls import Caller, named, read, said, text
from rapport.outside.web import Answer
from rapport.ports.crm import AwayError, Contact, ParkedError, RefusedError, TakenError

KEY = "Outreach_Lead_Id__c"
_DATA = "/services/data/v62.0"
_NAMES = {
    "first_name": "FirstName",
    "last_name": "LastName",
    "email": "Email",
    "phone": "Phone",
    "title": "Title",
}
_OF_LEADS = {**_NAMES, "company": "Company", "website": "Website"}
_LIMIT = timedelta(hours=1)
_THEIRS = ".salesforce.com"


class Tokens:
    """The tokens of orgs, as long as they are taken."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[str, str]] = {}

    def get(self, org: tuple[str, str]) -> tuple[str, str] | None:
        return self._kept.get(org)

    def keep(self, org: tuple[str, str], token: tuple[str, str]) -> None:
        self._kept[org] = token

    def drop(self, org: tuple[str, str]) -> None:
        self._kept.pop(org, None)


class Salesforce:
    """One org, as whose contacts or leads our persons are kept."""

    creates_once = True

    def __init__(self, caller: Caller, *, secret: Mapping[str, str], tokens: Tokens, as_leads: bool) -> None:
        """`caller` calls where one signs in; the token says where the org itself is."""
        self._caller, self._secret, self._tokens = caller, secret, tokens
        self._object = "Lead" if as_leads else "Contact"
        self._names = _OF_LEADS if as_leads else _NAMES
        self.needs: Sequence[str] = ("last_name", "company") if as_leads else ("last_name",)
        self.holds = frozenset(self._names)

    def prepare(self) -> str:
        self.by_key("none")
        return KEY

    def by_id(self, contact_id: str) -> Contact | None:
        answer = self._call("GET", f"{_DATA}/sobjects/{self._object}/{quote(contact_id, safe='')}")
        return None if answer.status == 404 else self._shown(self._good(answer))

    def by_key(self, lead_id: str) -> list[Contact]:
        answer = self._call("GET", self._of_key(lead_id))
        if answer.status == 300:
            ids = [str(each).rpartition("/")[2] for each in read(answer)]
            return [each for each in map(self.by_id, ids) if each is not None]
        if answer.status == 404:
            if KEY in said(answer):
                raise RefusedError("field_missing", f"{self._object} has no external id {KEY}")
            return []
        return [self._shown(self._good(answer))]

    def by_email(self, email: str) -> list[Contact]:
        columns = ("Id", KEY, *self._names.values())
        records = self._asked(self._object, columns, f"Email = {_quoted(email)}")
        return [self._shown(each) for each in records]

    def create(self, lead_id: str, values: Mapping[str, str]) -> str:
        answer = self._call("PATCH", self._of_key(lead_id), body=self._theirs(values))
        if answer.status == 300:
            raise TakenError("several_contacts", None)
        if answer.status == 204:
            (there, *_) = self.by_key(lead_id) or [None]
            if there is None:
                raise AwayError("not_there_yet", uncertain=True)
            return there.id
        return str(self._good(answer)["id"])

    def update(self, contact_id: str, values: Mapping[str, str], *, key: str | None = None) -> None:
        body = self._theirs(values) | ({KEY: key} if key is not None else {})
        answer = self._call("PATCH", f"{_DATA}/sobjects/{self._object}/{quote(contact_id, safe='')}", body=body)
        if answer.status != 204:
            self._good(answer)

    def has_note(self, contact_id: str, mark: str) -> bool:
        return bool(
            self._asked("Task", ("Id",), f"WhoId = {_quoted(contact_id)}", f"Subject LIKE {_quoted(f'%{mark}')}")
        )

    def add_note(self, contact_id: str, text: str, *, mark: str, at: datetime) -> None:
        body = {
            "WhoId": contact_id,
            "Subject": f"Outreach {mark}",
            "Description": text,
            "Status": "Completed",
            "ActivityDate": f"{at:%Y-%m-%d}",
        }
        self._good(self._call("POST", f"{_DATA}/sobjects/Task", body=body))

    def _of_key(self, lead_id: str) -> str:
        return f"{_DATA}/sobjects/{self._object}/{KEY}/{quote(lead_id, safe='')}"

    def _theirs(self, values: Mapping[str, str]) -> dict[str, str]:
        return {self._names[ours]: value for ours, value in values.items() if ours in self._names}

    def _shown(self, record: Mapping[str, object]) -> Contact:
        return Contact(str(record["Id"]), text(record.get(KEY)), named(record, self._names))

    def _asked(self, of: str, columns: Sequence[str], *tests: str) -> list[Any]:
        """The first few records of which the tests hold."""
        question = " ".join(["SELECT", ", ".join(columns), "FROM", of, "WHERE", " AND ".join(tests), "LIMIT 3"])
        told = self._good(self._call("GET", f"{_DATA}/query", query={"q": question}))
        return list(told.get("records") or ())

    # Calls under a token

    def _call(self, method: str, path: str, **more: Any) -> Answer:
        answer = self._under_token(method, path, **more)
        if answer.status == 401:
            self._tokens.drop(self._org)
            answer = self._under_token(method, path, **more)
        return answer

    def _under_token(self, method: str, path: str, **more: Any) -> Answer:
        token, instance = self._tokens.get(self._org) or self._signed_in()
        headers = {"Authorization": f"Bearer {token}"}
        return Caller(self._caller.wire, instance, headers, self._caller.asked_at).call(method, path, **more)

    @property
    def _org(self) -> tuple[str, str]:
        return self._caller.base_url, self._secret["client_id"]

    def _signed_in(self) -> tuple[str, str]:
        form = {"grant_type": "client_credentials"} | {
            name: self._secret[name] for name in ("client_id", "client_secret")
        }
        answer = self._caller.call("POST", "/services/oauth2/token", form=form, reads=True)
        if answer.status >= 300:
            raise self._caller.locked_out(answer)
        told = read(answer)
        instance = str(told["instance_url"]).rstrip("/")
        if not self._is_theirs(instance):
            raise RefusedError("strange_instance", urlsplit(instance).hostname)
        self._tokens.keep(self._org, (str(told["access_token"]), instance))
        return str(told["access_token"]), instance

    def _is_theirs(self, instance: str) -> bool:
        """Whether the token may be shown there: where one signs in, or at another host of Salesforce's."""
        here, there = urlsplit(self._caller.base_url), urlsplit(instance)
        if (here.scheme, here.netloc) == (there.scheme, there.netloc):
            return True
        return there.scheme == "https" and (there.hostname or "").endswith(_THEIRS)

    def _good(self, answer: Answer) -> dict[str, Any]:
        """What a good answer holds; any other is raised as what it means."""
        if answer.status >= 300:
            raise self._meaning(answer)
        told = read(answer, wrote=True)
        if not isinstance(told, dict):
            raise AwayError("answer_garbled", said(answer), uncertain=True)
        return told

    def _meaning(self, answer: Answer) -> Exception:
        code = _code(answer)
        if code == "REQUEST_LIMIT_EXCEEDED":
            return ParkedError("daily_limit", said(answer), until=self._caller.asked_at + _LIMIT, alarming=True)
        if code == "UNABLE_TO_LOCK_ROW":
            return AwayError("row_locked", uncertain=False)
        if code == "DUPLICATES_DETECTED":
            return TakenError("duplicates_detected", None)
        if answer.status in (401, 403):
            return self._caller.locked_out(answer)
        return RefusedError((code or f"http_{answer.status}").lower(), said(answer))


def _code(answer: Answer) -> str | None:
    try:
        told = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    first = told[0] if isinstance(told, list) and told else None
    return str(first.get("errorCode")) if isinstance(first, dict) else None


def _quoted(value: str) -> str:
    """A text in a question to Salesforce."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
