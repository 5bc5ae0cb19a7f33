"""Mail by Resend's SDK: one key per deployment, one idempotency key per delivery, and the bytes that were stored.

The SDK keeps its key, its address and its HTTP client in module globals, so they are set once here and nothing else
imports it. Its own client waits half a minute, follows redirects and makes its own JSON; ours is put in its place, and
sends the stored bytes again and again, whatever the SDK made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
import requests
import resend
from resend.exceptions import ResendError
from resend.http_client import HTTPClient

from rapport.outside.posting import EXCERPT
from rapport.outside.retry_after import retry_at
from rapport.outside.web import Fault, NoAnswerError, fetch, new_session
from rapport.ports.carriers import BatchCarried, Carried, Failed, Letter, Outcome, PutOff, Refused
from rapport.ports.mailboxes import NotFetchedError, Received, header_names

TAG = "delivery_id"
_MOST_ANSWER = 1 << 20
_KEY_TROUBLE = frozenset({"missing_api_key", "restricted_api_key", "invalid_api_key", "suspended_api_key"})
_QUOTAS = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})
_AGAIN = frozenset({"concurrent_idempotent_requests", "resource_locked"})
_NO_ANSWER = "HttpClientError"
_UNTIL_A_PERSON_LOOKED = timedelta(minutes=15)
_A_SECOND = timedelta(seconds=1)
_PAGES = 20
_NOT_LEFT = frozenset({Fault.CONNECTION_REFUSED, Fault.NAME_NOT_RESOLVED, Fault.CONNECT_TIMED_OUT})


class _Client(HTTPClient):
    """Carries the SDK's requests on a session of ours."""

    def __init__(self, session: requests.Session, *, seconds: float, monotonic: Callable[[], float]) -> None:
        self._session, self._seconds, self._monotonic = session, seconds, monotonic

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: Any = None,
        files: Any = None,  # noqa: ARG002 - the SDK's; no verb of ours sends files or forms
        data: Any = None,  # noqa: ARG002 - likewise
    ) -> tuple[bytes, int, Mapping[str, str]]:
        request = requests.Request(
            method.upper(),
            url,
            headers={**headers, "Content-Type": "application/json"},
            data=orjson.dumps(json) if json and method != "get" else None,
        )
        answer = fetch(self._session, request, seconds=self._seconds, max_bytes=_MOST_ANSWER, monotonic=self._monotonic)
        return answer.body, answer.status, dict(answer.headers)


class Mail:
    """Carries deliveries to mailboxes."""

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        seconds: float,
        connect_seconds: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._session = new_session(connect_seconds=connect_seconds, read_seconds=seconds, keep_alive=False)
        self._key, self._base_url = key, base_url.rstrip("/")
        self._client = _Client(self._session, seconds=seconds, monotonic=monotonic)

    def carry(self, letter: Letter, *, now: datetime) -> Outcome:
        self._take_the_module()
        try:
            sent = resend.Emails.send(orjson.loads(letter.body), {"idempotency_key": letter.id})
        except ResendError as refused:
            return _meaning(refused, now)
        return Carried(str(sent["id"]), 200)

    def find(self, letter: Letter, *, since: datetime) -> Carried | Failed | None:
        """The mail of this delivery among those that were sent. Lists show no tags, so each that may be it is read."""
        self._take_the_module()
        try:
            return self._find(letter.recipient, (TAG, letter.id), since)
        except ResendError as trouble:
            return Failed(f"not_looked_up: {trouble.error_type}")

    def carry_batch(self, body: bytes, *, key: str, now: datetime) -> BatchCarried | Refused | Failed | PutOff:
        """What one mail has wrong keeps none of the others back."""
        self._take_the_module()
        mails = orjson.loads(body)
        options: Any = {"idempotency_key": key, "batch_validation": "permissive"}
        try:
            told: Any = resend.Batch.send(mails, options)
        except ResendError as refused:
            return _meaning(refused, now)
        refused_ones = {int(each["index"]): str(each["message"])[:EXCERPT] for each in told.get("errors") or ()}
        taken = iter(str(each["id"]) for each in told["data"])
        ids = tuple(None if place in refused_ones else next(taken, None) for place in range(len(mails)))
        return BatchCarried(ids, refused_ones)

    def was_taken(self, recipient: str, tag: tuple[str, str], *, since: datetime) -> bool | Failed:
        self._take_the_module()
        try:
            return self._find(recipient, tag, since) is not None
        except ResendError as trouble:
            return Failed(f"not_looked_up: {trouble.error_type}")

    def _find(self, recipient: str, tag: tuple[str, str], since: datetime) -> Carried | None:
        after: str | None = None
        for _ in range(_PAGES):
            params: Any = {"limit": 100} | ({"after": after} if after else {})
            listed = resend.Emails.list(params)
            for each in listed["data"]:
                if recipient in each["to"] and self._bears(each["id"], tag):
                    return Carried(str(each["id"]), 200)
            oldest = listed["data"][-1] if listed["data"] else None
            if oldest is None or not listed.get("has_more") or _instant(oldest["created_at"]) < since:
                return None
            after = oldest["id"]
        return None

    def received(self, email_id: str) -> Received:
        """A mail that came. What the quota withholds is withheld for good, for nobody asks again for days."""
        self._take_the_module()
        try:
            found: Any = resend.Emails.Receiving.get(email_id)
        except ResendError as refused:
            withheld = int(refused.code) in (403, 404) and str(refused.error_type) not in _KEY_TROUBLE
            raise NotFetchedError(str(refused.error_type), withheld=withheld) from None
        return Received(found.get("text"), found.get("html"), header_names(found.get("headers")))

    def close(self) -> None:
        self._session.close()

    def _bears(self, email_id: str, tag: tuple[str, str]) -> bool:
        found: Any = resend.Emails.get(email_id)
        return {"name": tag[0], "value": tag[1]} in (found.get("tags") or [])

    def _take_the_module(self) -> None:
        """Its globals are set before each use: a process may hold two services, though only tests do."""
        resend.api_key, resend.api_url, resend.default_http_client = self._key, self._base_url, self._client


def _meaning(refused: ResendError, now: datetime) -> Refused | Failed | PutOff:
    kind, status = str(refused.error_type), int(refused.code)
    said = str(refused)[:EXCERPT]
    if kind == _NO_ANSWER:
        cause = refused.__context__
        left = not (isinstance(cause, NoAnswerError) and cause.fault in _NOT_LEFT)
        return Failed(cause.fault.value if isinstance(cause, NoAnswerError) else kind, None, uncertain=left)
    if kind in _KEY_TROUBLE:
        return PutOff(kind, now + _UNTIL_A_PERSON_LOOKED, status, said, alarming=True)
    if kind in _QUOTAS:
        return PutOff(kind, _next_quota(kind, now), status, said, alarming=True)
    if status == 429:
        headers = {name.lower(): value for name, value in (refused.headers or {}).items()}
        return PutOff(kind, retry_at(headers.get("retry-after"), now=now) or now + _A_SECOND, status, said)
    if kind in _AGAIN or status >= 500:
        return Failed(kind, status, said)
    return Refused(kind, status, said)


def _next_quota(kind: str, now: datetime) -> datetime:
    """A daily quota begins anew at midnight; a month's is looked at again in an hour, for it may be raised by hand."""
    if kind == "daily_quota_exceeded":
        return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return now + timedelta(hours=1)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
