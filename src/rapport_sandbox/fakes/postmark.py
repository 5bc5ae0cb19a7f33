"""Postmark's inbound stream: it posts mail to one URL, retries for 10.5 hours, and can be asked again.

Only 200 is success and 403 stops the retries. There is no signature: the credentials stand in the URL.
`PUT /messages/inbound/{id}/retry` replays a mail that was given up; the refusal of any other (702, HTTP
422) was not read in Postmark's own documentation and stands in `_retry` only.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, getaddresses
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote, urlsplit, urlunsplit

import orjson

from rapport_sandbox.fakes.courier import Courier
from rapport_sandbox.fakes.fake import Fake, Refused
from rapport_sandbox.fakes.routes import Route
from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from rapport_sandbox.fakes.courier import Letter, Transport
    from rapport_sandbox.wire import Request

DEFAULT_TOKEN = "postmark-sandbox"  # noqa: S105 - it opens nothing but this fake
WAITS = (60.0, 300.0, 600.0, 600.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0)
MAX_COUNT = 500
STATES = {"waiting": "Scheduled", "posting": "Scheduled", "accepted": "Processed", "given_up": "Failed"}
WORDS = {
    401: (10, "The Server Token you provided in the X-Postmark-Server-Token request header was invalid."),
    404: (701, "This message was not found."),
    422: (600, "The request is not valid."),
    429: (429, "Rate limit exceeded"),
    500: (500, "Internal Server Error"),
}
DETAILS = (
    "From", "FromName", "FromFull", "To", "ToFull", "Cc", "CcFull", "OriginalRecipient", "Subject", "Date",
    "MailboxHash", "Tag", "MessageID",
)  # fmt: skip


@dataclass(slots=True)
class Mail:
    """One received mail: what is posted, and how that went."""

    shown: dict[str, object]
    letter: Letter | None

    def status(self) -> str:
        return "Queued" if self.letter is None else STATES[self.letter.state]


class Postmark(Fake):
    """One server with one inbound stream."""

    name: ClassVar[str] = "postmark"
    switches: ClassVar[frozenset[str]] = frozenset({"add_token", "post_to", "receive", "duplicate_next", "shuffle"})
    timed: ClassVar[frozenset[str]] = frozenset({"receive"})

    def start(self) -> None:
        self.routes = (
            Route("GET", "/messages/inbound", "list", self._list),
            Route("GET", "/messages/inbound/{}/details", "read", self._read),
            Route("PUT", "/messages/inbound/{}/retry", "retry", self._retry),
        )
        self._tokens = {DEFAULT_TOKEN}
        self._url: str | None = None
        self._credentials: str | None = None
        self._mails: dict[str, Mail] = {}
        self.courier = Courier(
            waits=WAITS,
            stamp=self._stamp,
            accepts=lambda status: status == 200,
            gives_up=lambda status: status == 403,
            random=self._random,
        )

    # Switches

    def add_token(self, token: str) -> None:
        self._tokens.add(token)

    def post_to(self, url: str) -> None:
        """The inbound address; `https://user:pass@…` becomes basic authentication, as with the real one."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self._url = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
        self._credentials = None
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._credentials = "Basic " + base64.b64encode(pair.encode()).decode()

    def receive(self, mail: dict[str, object], at: float) -> str:
        """Let a mail arrive. `From`, `To` and `Subject` are needed; the other fields follow from them."""
        message_id = str(mail.get("MessageID") or self.new_id())
        shown = _complete(mail, message_id, at)
        letter = None
        if self._url is not None:
            letter = self.courier.submit(message_id, url=self._url, body=orjson.dumps(shown), at=at)
        self._mails[message_id] = Mail(shown, letter)
        return message_id

    def duplicate_next(self, n: int) -> None:
        self.courier.duplicating = n

    def shuffle(self, on: bool) -> None:  # noqa: FBT001 - a switch is on or off
        self.courier.shuffling = on

    # Posting by itself

    def next_due_at(self) -> float | None:
        return self.courier.next_due_at()

    def pump(self, now: float, transport: Transport) -> int:
        """Post the mails that are due."""
        return self.courier.pump(now, transport)

    def _stamp(self, _letter: Letter, _now: float) -> dict[str, str]:
        headers = {"content-type": "application/json", "user-agent": "Postmark"}
        if self._credentials:
            headers["authorization"] = self._credentials
        return headers

    # What every service says

    def admit(self, request: Request, _now: float) -> None:
        if request.headers.get("x-postmark-server-token") not in self._tokens:
            raise Refused(self.failure(401, None))

    def failure(self, status: int, reason: str | None) -> Answer:
        code, words = WORDS.get(status, WORDS[500])
        return Answer.json(status, {"ErrorCode": code, "Message": reason or words})

    def about(self, request: Request) -> dict[str, object]:
        parts = request.path.split("/")
        return {"key": parts[3]} if len(parts) == 5 else {}

    # Listing and replay

    def _list(self, request: Request, _now: float) -> Answer:
        count, offset = request.arg("count") or "", request.arg("offset") or ""
        if not count.isdigit() or not offset.isdigit() or not 1 <= int(count) <= MAX_COUNT:
            raise Refused(self.failure(422, f"`count` (1 to {MAX_COUNT}) and `offset` are required."))
        wanted = request.arg("status")
        found = [
            {**{name: mail.shown[name] for name in DETAILS}, "Status": mail.status()}
            for mail in reversed(self._mails.values())
            if wanted is None or mail.status().lower() == wanted.lower()
        ]
        page = found[int(offset) : int(offset) + int(count)]
        return Answer.json(200, {"TotalCount": len(found), "InboundMessages": page})

    def _read(self, _request: Request, _now: float, message_id: str) -> Answer:
        mail = self._find(message_id)
        return Answer.json(200, {**mail.shown, "Status": mail.status(), "BlockedReason": None})

    def _retry(self, _request: Request, now: float, message_id: str) -> Answer:
        mail = self._find(message_id)
        if mail.letter is None or mail.status() != "Failed":
            refusal = {"ErrorCode": 702, "Message": "This message could not be retried: it has not failed."}
            raise Refused(Answer.json(422, refusal))
        self.courier.again(mail.letter, at=now)
        words = f"Successfully rescheduled failed message: {message_id}."
        return Answer.json(200, {"ErrorCode": 0, "Message": words}, effect=True)

    def _find(self, message_id: str) -> Mail:
        if message_id not in self._mails:
            raise Refused(self.failure(404, None))
        return self._mails[message_id]


def _complete(mail: dict[str, object], message_id: str, at: float) -> dict[str, object]:
    """The whole JSON of an inbound mail; what the caller gave wins."""
    to = _people(str(mail["To"]))
    sender = _people(str(mail["From"]))[0]
    date = format_datetime(datetime.fromtimestamp(at, UTC))
    derived = {
        "FromName": sender["Name"],
        "MessageStream": "inbound",
        "FromFull": sender,
        "ToFull": to,
        "Cc": "",
        "CcFull": _people(str(mail.get("Cc", ""))),
        "Bcc": "",
        "BccFull": _people(str(mail.get("Bcc", ""))),
        "OriginalRecipient": to[0]["Email"],
        "MessageID": message_id,
        "ReplyTo": "",
        "MailboxHash": to[0]["MailboxHash"],
        "Date": date,
        "TextBody": "",
        "HtmlBody": "",
        "StrippedTextReply": "",
        "Tag": "",
        "Headers": [],
        "Attachments": [],
    }
    return {**derived, **mail, "From": sender["Email"]}


def _people(line: str) -> list[dict[str, str]]:
    """Addresses as Postmark splits them: the hash is what stands after `+`."""
    return [
        {"Email": address, "Name": name, "MailboxHash": address.partition("@")[0].partition("+")[2]}
        for name, address in getaddresses([line])
        if address
    ]
