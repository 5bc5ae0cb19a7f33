"""Resend, played: emails, batches, what was sent, what was received, and webhooks.

Differences from the real one, all on the strict side: unknown fields are refused and idempotent bodies
are compared as bytes. As with the real one, an address at `resend.dev` decides its own fate:
`bounced@resend.dev` bounces, `complained@`, `suppressed@`, `delayed@` and `failed@` do what they say.
"""

from __future__ import annotations

from dataclasses import replace
from email.utils import parseaddr
from math import ceil
from typing import TYPE_CHECKING, ClassVar

from rapport_sandbox.fakes.fake import Fake, Refused, bearer, iso, parsed
from rapport_sandbox.fakes.rates import Quota, Window
from rapport_sandbox.fakes.resend.email import check
from rapport_sandbox.fakes.resend.errors import BY_STATUS, CATALOGUE, error
from rapport_sandbox.fakes.resend.hooks import Hooks
from rapport_sandbox.fakes.resend.idempotency import Keys
from rapport_sandbox.fakes.resend.mailbox import Mailbox
from rapport_sandbox.fakes.resend.pages import page
from rapport_sandbox.fakes.routes import Route
from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from rapport_sandbox.fakes.courier import Transport
    from rapport_sandbox.wire import Request

MAX_BATCH = 100
DEFAULT_KEY = "re_sandbox"
LISTED = ("id", "message_id", "from", "to", "created_at", "subject", "cc", "bcc", "reply_to", "last_event",
          "scheduled_at")  # fmt: skip
"""A list shows these; tags are only in `GET /emails/{id}` (confirm against the vendor)."""

FATES: dict[str, tuple[str, dict[str, object]]] = {
    "bounced": (
        "email.bounced",
        {
            "bounce": {
                "type": "Permanent",
                "subType": "General",
                "message": "The recipient's mail server rejected the message.",
                "diagnosticCode": ["smtp; 550 5.1.1 user unknown"],
            }
        },
    ),
    "complained": ("email.complained", {}),
    "suppressed": ("email.suppressed", {}),
    "delayed": ("email.delivery_delayed", {}),
    "failed": ("email.failed", {"failed": {"reason": "reached_daily_quota"}}),
}
RANK = {
    "scheduled": 0, "sent": 1, "delivery_delayed": 2, "delivered": 3, "opened": 4, "clicked": 5,
    "suppressed": 6, "failed": 6, "bounced": 6, "complained": 7,
}  # fmt: skip


class Resend(Fake):
    """One team of Resend."""

    name: ClassVar[str] = "resend"
    switches: ClassVar[frozenset[str]] = frozenset(
        {
            "add_key", "unverify", "subscribe", "rotate", "emit", "receive", "duplicate_next", "shuffle",
            "delay_events", "take_seconds",
        }
    )  # fmt: skip
    timed: ClassVar[frozenset[str]] = frozenset({"rotate", "emit", "receive"})

    def __init__(self, *, public_url: str, seed: int = 0) -> None:
        """`public_url` is where callers reach this service: download addresses are built on it."""
        self._public_url = public_url.rstrip("/")
        super().__init__(seed=seed)

    def start(self) -> None:
        self.mailbox = Mailbox(self._public_url, self.new_id)
        self.routes = (
            Route("POST", "/emails", "email", self._send),
            Route("POST", "/emails/batch", "email_batch", self._send_batch),
            Route("GET", "/emails", "list", self._list),
            Route("GET", "/emails/receiving", "list_received", self.mailbox.all),
            Route("GET", "/emails/receiving/{}", "read_received", self.mailbox.read),
            Route("GET", "/emails/receiving/{}/attachments", "list_attachments", self.mailbox.attachments),
            Route("GET", "/emails/receiving/{}/attachments/{}", "read_attachment", self.mailbox.attachment),
            Route("GET", "/emails/{}", "read", self._read),
            Route("GET", "/downloads/{}/{}", "download", self.mailbox.download),
        )
        self.windows = {"requests": Window(10, 1.0)}
        self.quotas = {"daily": Quota(10**9, "day"), "monthly": Quota(10**9, "month")}
        self.hooks = Hooks(self._random)
        self.courier = self.hooks.courier
        self.keys = Keys()
        self._api_keys = {DEFAULT_KEY: "full"}
        self._unverified: set[str] = set()
        self.sent: dict[str, dict[str, object]] = {}
        self._history: dict[str, list[tuple[float, str]]] = {}

    # Who may enter

    def admit(self, request: Request, now: float) -> None:
        if request.path.startswith("/downloads/"):
            return
        if not request.headers.get("user-agent"):
            raise Refused(Answer(403, b"error code: 1010", {"content-type": "text/plain; charset=UTF-8"}))
        key = bearer(request)
        if key is None:
            raise Refused(error("missing_api_key"))
        access = self._api_keys.get(key)
        if access is None:
            raise Refused(error("invalid_api_key"))
        if access == "suspended":
            raise Refused(error("suspended_api_key"))
        if access == "restricted" and request.method != "POST":
            raise Refused(error("restricted_api_key"))
        window = self.windows["requests"]
        if wait := window.take("team", now):
            words = CATALOGUE["rate_limit_exceeded"][1].format(limit=window.limit)
            raise Refused(error("rate_limit_exceeded", words, headers={"retry-after": str(max(ceil(wait), 1))}))

    def decorate(self, answer: Answer, now: float) -> Answer:
        window = self.windows["requests"]
        rate = {
            "ratelimit-limit": str(window.limit),
            "ratelimit-remaining": str(window.left("team", now)),
            "ratelimit-reset": str(ceil(window.seconds)),
        }
        return replace(answer, headers={**rate, **answer.headers})

    def failure(self, status: int, reason: str | None) -> Answer:
        name = reason or BY_STATUS.get(status, "application_error")
        words = CATALOGUE[name][1].format(limit=self.windows["requests"].limit)
        return error(name, words, status=status)

    def about(self, request: Request) -> dict[str, object]:
        facts: dict[str, object] = {}
        if key := request.headers.get("idempotency-key"):
            facts["key"] = key
        if request.path == "/emails" and isinstance(email := parsed(request.body), dict):
            facts |= {"person": _first(email.get("to")), "tags": email.get("tags", [])}
        elif request.path == "/emails/batch" and isinstance(emails := parsed(request.body), list):
            facts["emails"] = [
                {"person": _first(one.get("to")), "tags": one.get("tags", [])}
                for one in emails
                if isinstance(one, dict)
            ]
        return facts

    # Sending

    def _send(self, request: Request, now: float) -> Answer:
        if earlier := self.keys.earlier(request, now):
            return replace(earlier, effect=False, facts={"replayed": True})
        email = check(_json(request))
        self._allow([email], now)
        email_id = self._accept(email, now)
        answer = Answer.json(200, {"id": email_id}, effect=True, facts={"email_ids": [email_id]})
        self.keys.keep(request, answer, now)
        return answer

    def _send_batch(self, request: Request, now: float) -> Answer:
        if earlier := self.keys.earlier(request, now):
            return replace(earlier, effect=False, facts={"replayed": True})
        given = _json(request)
        if not isinstance(given, list) or not 1 <= len(given) <= MAX_BATCH:
            raise Refused(error("validation_error", f"A batch holds 1 to {MAX_BATCH} emails."))
        validation = request.headers.get("x-batch-validation", "strict")
        if validation not in {"strict", "permissive"}:
            raise Refused(error("validation_error", "`x-batch-validation` is `strict` or `permissive`."))
        emails, errors = [], []
        for index, one in enumerate(given):
            try:
                email = check(one, in_batch=True)
                self._check_domain(email)
            except Refused as refused:
                if validation == "strict":
                    raise
                errors.append({"index": index, "message": parsed(refused.answer.body)["message"]})
            else:
                emails.append(email)
        self._allow(emails, now)
        ids = [self._accept(email, now) for email in emails]
        payload: dict[str, object] = {"data": [{"id": email_id} for email_id in ids]}
        if validation == "permissive":
            payload["errors"] = errors
        answer = Answer.json(200, payload, effect=bool(ids), facts={"email_ids": ids})
        self.keys.keep(request, answer, now)
        return answer

    def _check_domain(self, email: dict[str, object]) -> None:
        domain = parseaddr(str(email["from"]))[1].rpartition("@")[2].lower()
        if domain in self._unverified:
            words = f"The {domain} domain is not verified. Please, add and verify your domain."
            raise Refused(error("validation_error", words, status=403))

    def _allow(self, emails: list[dict[str, object]], now: float) -> None:
        """Domains first, then both quotas: nothing is counted unless everything fits."""
        for email in emails:
            self._check_domain(email)
        for name in ("daily", "monthly"):
            if self.quotas[name].left(now) < len(emails):
                raise Refused(error(f"{name}_quota_exceeded"))
        for quota in self.quotas.values():
            quota.take(now, len(emails))

    def _accept(self, email: dict[str, object], now: float) -> str:
        email_id = self.new_id()
        record = {"object": "email", "id": email_id, "message_id": f"<{email_id}@resend.dev>"}
        self.sent[email_id] = {**record, **email, "created_at": iso(now)}
        self._history[email_id] = []
        if email["scheduled_at"]:
            self.emit(email_id, "email.scheduled", at=now)
            return email_id
        self.emit(email_id, "email.sent", at=now)
        local, _, domain = str(email["to"][0]).partition("@")
        if domain == "resend.dev" and local in FATES:
            kind, extra = FATES[local]
            self.emit(email_id, kind, at=now + 2, data=extra)
        else:
            self.emit(email_id, "email.delivered", at=now + 2)
        return email_id

    # Reading back

    def _list(self, request: Request, now: float) -> Answer:
        newest_first = [self._as_of(email_id, now) for email_id in reversed(self.sent)]
        return page(request, [{name: record[name] for name in LISTED} for record in newest_first])

    def _read(self, _request: Request, now: float, email_id: str) -> Answer:
        if email_id not in self.sent:
            raise Refused(error("not_found", "Email not found"))
        return Answer.json(200, self._as_of(email_id, now))

    def _as_of(self, email_id: str, now: float) -> dict[str, object]:
        """The email with the furthest thing that has happened to it by now: it only moves forward."""
        words = [word for at, word in self._history[email_id] if at <= now]
        return {**self.sent[email_id], "last_event": max(words, key=RANK.__getitem__, default=None)}

    # Switches

    def add_key(self, key: str, access: str = "full") -> None:
        """`access` is full, restricted (may only send) or suspended."""
        self._api_keys[key] = access

    def unverify(self, domain: str) -> None:
        """Sending from this domain is refused from now on."""
        self._unverified.add(domain.lower())

    def subscribe(self, url: str, secret: str, types: list[str] | None = None) -> None:
        self.hooks.subscribe(url, secret, types)

    def rotate(self, url: str, secret: str, at: float) -> None:
        self.hooks.rotate(url, secret, at)

    def emit(self, email_id: str, kind: str, *, at: float, data: dict[str, object] | None = None) -> None:
        """Let something happen to a sent email at an instant, which may be yet to come."""
        record = self.sent[email_id]
        self._history[email_id].append((at, kind.removeprefix("email.")))
        told = {
            "email_id": email_id,
            "message_id": record["message_id"],
            "from": record["from"],
            "to": record["to"],
            "subject": record["subject"],
            "created_at": record["created_at"],
            "tags": {tag["name"]: tag["value"] for tag in record["tags"]},
        }
        self.hooks.tell(kind, told | (data or {}), at=at)

    def receive(self, mail: dict[str, object], at: float) -> str:
        """Let a mail arrive; the webhook tells its metadata. Attachments' `content` is base64 text."""
        email = self.mailbox.arrive(mail, at=at)
        self.hooks.tell("email.received", {"email_id": email.id, **email.metadata()}, at=at)
        return email.id

    def duplicate_next(self, n: int) -> None:
        """The next `n` events are delivered twice, with one `svix-id`."""
        self.courier.duplicating = n

    def shuffle(self, on: bool) -> None:  # noqa: FBT001 - a switch is on or off
        """Deliver what is due at one instant in a random order."""
        self.courier.shuffling = on

    def delay_events(self, seconds: float) -> None:
        self.courier.delay = seconds

    def take_seconds(self, seconds: float) -> None:
        """How long a send is in progress: its key is refused as concurrent meanwhile."""
        self.keys.takes_seconds = seconds

    # Posting by itself

    def next_due_at(self) -> float | None:
        return self.courier.next_due_at()

    def pump(self, now: float, transport: Transport) -> int:
        """Deliver the webhooks that are due."""
        return self.hooks.pump(now, transport)


def _json(request: Request) -> object:
    value = parsed(request.body)
    if value is None:
        raise Refused(error("validation_error", "The request body is not valid JSON.", status=400))
    return value


def _first(to: object) -> object:
    return to[0] if isinstance(to, list) and to else to
