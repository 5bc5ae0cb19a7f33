"""Salesforce as far as leads need it: tokens, upserts by an external id in the URL, records by id, questions, tasks.

Updates answer 200 with `created: false` from API version 46, or 204 without a body when
`bodiless_updates` is on: callers accept both. Details not read in Salesforce's own documentation, each in
one place: required fields (`REQUIRED`) and the status of `UNABLE_TO_LOCK_ROW` (`STATUS`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs

from rapport_sandbox.fakes import salesforce_questions as questions
from rapport_sandbox.fakes.fake import Fake, Refused, bearer, parsed
from rapport_sandbox.fakes.rates import Quota
from rapport_sandbox.fakes.routes import Route
from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from rapport_sandbox.wire import Request

CLIENT_ID = "salesforce-sandbox"
CLIENT_SECRET = "salesforce-sandbox-secret"  # noqa: S105 - it opens nothing but this fake
EXTERNAL_FIELD = "Outreach_Lead_Id__c"
REQUIRED = {"Contact": ("LastName",), "Lead": ("LastName", "Company")}
FIELDS = frozenset(
    {
        "FirstName", "LastName", "Email", "Title", "Company", "Phone", "MobilePhone", "Description",
        "LeadSource", "Department", "Website", "Industry", "Status", "City", "Country", "AccountId",
    }
)  # fmt: skip
STATUS = {
    "INVALID_SESSION_ID": 401,
    "REQUEST_LIMIT_EXCEEDED": 403,
    "INSUFFICIENT_ACCESS": 403,
    "NOT_FOUND": 404,
    "JSON_PARSER_ERROR": 400,
    "INVALID_FIELD": 400,
    "REQUIRED_FIELD_MISSING": 400,
    "DUPLICATES_DETECTED": 400,
    "UNABLE_TO_LOCK_ROW": 400,
    "DUPLICATE_VALUE": 400,
    "MALFORMED_QUERY": 400,
    "INVALID_CROSS_REFERENCE_KEY": 400,
    "UNKNOWN_EXCEPTION": 500,
    "SERVER_UNAVAILABLE": 503,
}
BY_STATUS = {
    400: "JSON_PARSER_ERROR",
    401: "INVALID_SESSION_ID",
    403: "REQUEST_LIMIT_EXCEEDED",
    404: "NOT_FOUND",
    503: "SERVER_UNAVAILABLE",
}
WORDS = {
    "INVALID_SESSION_ID": "Session expired or invalid",
    "REQUEST_LIMIT_EXCEEDED": "TotalRequests Limit exceeded.",
    "NOT_FOUND": "The requested resource does not exist",
    "UNABLE_TO_LOCK_ROW": "unable to obtain exclusive access to this record",
    "DUPLICATES_DETECTED": "Use one of these records?",
}


@dataclass(slots=True)
class Record:
    """One Contact or Lead. Several may bear one external id when the field is not unique."""

    id: str
    sobject: str
    external_id: str | None
    fields: dict[str, object]


class Salesforce(Fake):
    """One org with one connected app."""

    name: ClassVar[str] = "salesforce"
    switches: ClassVar[frozenset[str]] = frozenset(
        {"expire_sessions", "add_record", "delete", "merge", "bodiless_updates", "duplicate_rule", "drop_field"}
    )

    def __init__(self, *, public_url: str, seed: int = 0) -> None:
        """`public_url` is where callers reach this org: the token answer names it."""
        self._public_url = public_url.rstrip("/")
        super().__init__(seed=seed)

    def start(self) -> None:
        by_key = "/services/data/{}/sobjects/{}/{}/{}"
        self.routes = (
            Route("POST", "/services/oauth2/token", "token", self._token),
            Route("PATCH", by_key, "upsert", self._upsert),
            Route("GET", by_key, "read", self._read),
            Route("POST", "/services/data/{}/sobjects/Task", "note", self._task),
            Route("GET", "/services/data/{}/sobjects/{}/{}", "read", self._read_one),
            Route("PATCH", "/services/data/{}/sobjects/{}/{}", "update", self._update_one),
            Route("GET", "/services/data/{}/query", "search", self._query),
        )
        self.quotas = {"daily": Quota(100_000, "day")}
        self._sessions: set[str] = set()
        self._records: dict[str, Record] = {}
        self._bodiless = False
        self._duplicate_rule = False
        self._external_fields = {"Contact", "Lead"}
        self.tasks: list[dict[str, object]] = []

    # Switches

    def expire_sessions(self) -> None:
        """Every token given so far is void."""
        self._sessions.clear()

    def add_record(self, sobject: str, external_id: str | None, fields: dict[str, object]) -> str:
        """A record that somebody else made; the same external id may be given twice."""
        prefix = {"Contact": "003", "Lead": "00Q"}[sobject]
        record_id = f"{prefix}{self._random.getrandbits(60):015X}"
        self._records[record_id] = Record(record_id, sobject, external_id, dict(fields))
        return record_id

    def delete(self, record_id: str) -> None:
        del self._records[record_id]

    def merge(self, record_id: str, other_id: str) -> None:
        """Somebody merges two records: the other is gone, and what it had goes where nothing stood."""
        kept, other = self._records[record_id], self._records.pop(other_id)
        kept.fields = {**other.fields, **{name: value for name, value in kept.fields.items() if value}}
        kept.external_id = kept.external_id or other.external_id
        for task in self.tasks:
            if task["WhoId"] == other_id:
                task["WhoId"] = record_id

    def bodiless_updates(self, on: bool) -> None:  # noqa: FBT001 - a switch is on or off
        """Updates answer 204 as older versions do."""
        self._bodiless = on

    def duplicate_rule(self, on: bool) -> None:  # noqa: FBT001 - a switch is on or off
        """The org refuses a new record whose email another one has."""
        self._duplicate_rule = on

    def drop_field(self, sobject: str) -> None:
        """The external id field does not exist on this object, or is not marked External ID."""
        self._external_fields.discard(sobject)

    # What every service says

    def admit(self, request: Request, now: float) -> None:
        if request.path == "/services/oauth2/token":
            return
        if bearer(request) not in self._sessions:
            raise Refused(self._error("INVALID_SESSION_ID"))
        if not self.quotas["daily"].take(now):
            raise Refused(self._error("REQUEST_LIMIT_EXCEEDED"))

    def decorate(self, answer: Answer, now: float) -> Answer:
        quota = self.quotas["daily"]
        usage = f"api-usage={quota.limit - quota.left(now)}/{quota.limit}"
        return replace(answer, headers={"sforce-limit-info": usage, **answer.headers})

    def failure(self, status: int, reason: str | None) -> Answer:
        code = reason or BY_STATUS.get(status, "UNKNOWN_EXCEPTION")
        return self._error(code, status=status)

    def about(self, request: Request) -> dict[str, object]:
        parts = request.path.split("/")
        facts: dict[str, object] = {"key": parts[7], "account": parts[5]} if len(parts) == 8 else {}
        body = parsed(request.body)
        if isinstance(body, dict) and "Email" in body:
            facts["person"] = body["Email"]
        return facts

    def _error(
        self,
        code: str,
        message: str | None = None,
        *,
        fields: tuple[str, ...] | None = None,
        status: int | None = None,
    ) -> Answer:
        entry: dict[str, object] = {"message": message or WORDS.get(code, code), "errorCode": code}
        if fields is not None:
            entry["fields"] = list(fields)
        return Answer.json(status or STATUS[code], [entry])

    # Token

    def _token(self, request: Request, now: float) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode("latin-1")).items()}
        if form.get("grant_type") != "client_credentials":
            raise Refused(_oauth_error("unsupported_grant_type", "grant type not supported"))
        if form.get("client_id") != CLIENT_ID:
            raise Refused(_oauth_error("invalid_client_id", "client identifier invalid"))
        if form.get("client_secret") != CLIENT_SECRET:
            raise Refused(_oauth_error("invalid_client", "invalid client credentials"))
        token = f"00D{self._random.getrandbits(128):032x}"
        self._sessions.add(token)
        payload = {
            "access_token": token,
            "signature": f"{self._random.getrandbits(128):032x}",
            "instance_url": self._public_url,
            "id": f"{self._public_url}/id/00D000000000001/005000000000001",
            "token_type": "Bearer",
            "issued_at": str(int(now * 1000)),
        }
        return Answer.json(200, payload)

    # Records

    def _matching(self, sobject: str, field: str, key: str) -> list[Record]:
        if sobject not in REQUIRED:
            raise Refused(self._error("NOT_FOUND"))
        if field != EXTERNAL_FIELD or sobject not in self._external_fields:
            words = f"Provided external ID field does not exist or is not accessible: {field}"
            raise Refused(self._error("NOT_FOUND", words))
        return [
            record
            for record in self._records.values()
            if record.sobject == sobject and (record.external_id or "").casefold() == key.casefold()
        ]

    def _choices(self, version: str, records: list[Record]) -> Answer:
        """Several records bear the key: their addresses, and nothing is written."""
        base = f"/services/data/{version}/sobjects"
        return Answer.json(300, [f"{base}/{record.sobject}/{record.id}" for record in records])

    def _read(self, _request: Request, _now: float, version: str, sobject: str, field: str, key: str) -> Answer:
        records = self._matching(sobject, field, key)
        if not records:
            raise Refused(self._error("NOT_FOUND"))
        if len(records) > 1:
            return self._choices(version, records)
        return Answer.json(200, _shown(records[0]))

    def _read_one(self, _request: Request, _now: float, _version: str, sobject: str, record_id: str) -> Answer:
        return Answer.json(200, _shown(self._find(sobject, record_id)))

    def _update_one(self, request: Request, _now: float, _version: str, sobject: str, record_id: str) -> Answer:
        record = self._find(sobject, record_id)
        given = parsed(request.body)
        key = given.pop(EXTERNAL_FIELD, None) if isinstance(given, dict) else None
        fields = self._named(given, sobject)
        if key is not None:
            if sobject not in self._external_fields:
                raise Refused(self._error("INVALID_FIELD", f"No such column '{EXTERNAL_FIELD}'"))
            if any(one.external_id == key for one in self._records.values() if one is not record):
                words = f"duplicate value found: {EXTERNAL_FIELD} duplicates value on record"
                raise Refused(self._error("DUPLICATE_VALUE", words))
            record.external_id = str(key)
        self._require(sobject, {**record.fields, **fields})
        record.fields.update(fields)
        return Answer(204, effect=True, facts={"record_ids": [record.id]})

    def _find(self, sobject: str, record_id: str) -> Record:
        record = self._records.get(record_id)
        if record is None or record.sobject != sobject:
            raise Refused(self._error("NOT_FOUND"))
        return record

    # Questions and tasks

    def _query(self, request: Request, _now: float, _version: str) -> Answer:
        asked = questions.read(request.arg("q") or "")
        if asked is None:
            raise Refused(self._error("MALFORMED_QUERY", "unexpected token"))
        of_object = [_shown(one) for one in self._records.values() if one.sobject == asked.of]
        rows = self.tasks if asked.of == "Task" else of_object
        found = [row for row in rows if asked.holds(row)][: asked.limit]
        return Answer.json(200, {"totalSize": len(found), "done": True, "records": found})

    def _task(self, request: Request, _now: float, _version: str) -> Answer:
        given = parsed(request.body)
        if not isinstance(given, dict) or not given.get("Subject"):
            raise Refused(self._error("REQUIRED_FIELD_MISSING", "Required fields are missing: [Subject]"))
        if given.get("WhoId") not in self._records:
            raise Refused(self._error("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
        task = {"Id": f"00T{self._random.getrandbits(60):015X}", **given}
        self.tasks.append(task)
        body = {"id": task["Id"], "success": True, "errors": []}
        return Answer.json(201, body, effect=True, facts={"record_ids": [given["WhoId"]]})

    def _upsert(self, request: Request, _now: float, version: str, sobject: str, field: str, key: str) -> Answer:
        records = self._matching(sobject, field, key)
        fields = self._checked(request, sobject)
        if len(records) > 1:
            return self._choices(version, records)
        if not records:
            return self._insert(request, sobject, key, fields)
        record = records[0]
        self._require(sobject, {**record.fields, **fields})
        record.fields.update(fields)
        facts = {"record_ids": [record.id]}
        if self._bodiless:
            return Answer(204, effect=True, facts=facts)
        body = {"id": record.id, "success": True, "errors": [], "created": False}
        return Answer.json(200, body, effect=True, facts=facts)

    def _insert(self, request: Request, sobject: str, key: str, fields: dict[str, object]) -> Answer:
        if request.arg("updateOnly") == "true":
            raise Refused(self._error("NOT_FOUND"))
        self._require(sobject, fields)
        email = str(fields.get("Email") or "").casefold()
        others = [str(record.fields.get("Email") or "").casefold() for record in self._records.values()]
        if self._duplicate_rule and email and email in others:
            raise Refused(self._error("DUPLICATES_DETECTED", fields=()))
        record_id = self.add_record(sobject, key, fields)
        body = {"id": record_id, "success": True, "errors": [], "created": True}
        facts = {"record_ids": [record_id], "created": [record_id]}
        return Answer.json(201, body, effect=True, facts=facts)

    def _checked(self, request: Request, sobject: str) -> dict[str, object]:
        fields = parsed(request.body)
        if not isinstance(fields, dict):
            raise Refused(self._error("JSON_PARSER_ERROR", "The body is not a JSON object"))
        if EXTERNAL_FIELD in fields:
            words = f"The {EXTERNAL_FIELD} field should not be specified in the sobject data."
            raise Refused(self._error("INVALID_FIELD", words, fields=(EXTERNAL_FIELD,)))
        return self._named(fields, sobject)

    def _named(self, fields: object, sobject: str) -> dict[str, object]:
        if not isinstance(fields, dict):
            raise Refused(self._error("JSON_PARSER_ERROR", "The body is not a JSON object"))
        for name in fields:
            if name not in FIELDS and not name.endswith("__c"):
                words = f"No such column '{name}' on sobject of type {sobject}"
                raise Refused(self._error("INVALID_FIELD", words))
        return fields

    def _require(self, sobject: str, fields: dict[str, object]) -> None:
        if missing := tuple(name for name in REQUIRED[sobject] if not fields.get(name)):
            words = f"Required fields are missing: [{', '.join(missing)}]"
            raise Refused(self._error("REQUIRED_FIELD_MISSING", words, fields=missing))


def _shown(record: Record) -> dict[str, object]:
    shown = {"Id": record.id, EXTERNAL_FIELD: record.external_id, **record.fields}
    return {"attributes": {"type": record.sobject}, **shown}


def _oauth_error(code: str, words: str) -> Answer:
    return Answer.json(400, {"error": code, "error_description": words})
