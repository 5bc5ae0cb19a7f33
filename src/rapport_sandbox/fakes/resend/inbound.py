"""Mail that Resend received for us: metadata by webhook, the rest to be fetched."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rapport_sandbox.fakes.fake import iso

if TYPE_CHECKING:
    from collections.abc import Callable

URL_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment with its bytes."""

    id: str
    filename: str
    content_type: str
    content: bytes
    content_id: str | None

    def metadata(self) -> dict[str, object]:
        return {
            "id": self.id,
            "filename": self.filename,
            "content_type": self.content_type,
            "content_disposition": "inline" if self.content_id else "attachment",
            "content_id": self.content_id,
        }


@dataclass(frozen=True, slots=True)
class Inbound:
    """One received email. `at` is when it came."""

    id: str
    at: float
    sender: str
    to: list[str]
    subject: str
    text: str | None
    html: str | None
    message_id: str
    cc: list[str] = field(default_factory=list)
    bcc: list[str] = field(default_factory=list)
    reply_to: list[str] = field(default_factory=list)
    received_for: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    authentication: dict[str, str] = field(default_factory=dict)
    attached: tuple[Attached, ...] = ()
    above_quota: bool = False

    def metadata(self) -> dict[str, object]:
        """What the webhook and the list say: no body, no headers."""
        return {
            "from": self.sender,
            "to": self.to,
            "cc": self.cc,
            "bcc": self.bcc,
            "received_for": self.received_for,
            "message_id": self.message_id,
            "subject": self.subject,
            "created_at": iso(self.at),
            "attachments": [one.metadata() for one in self.attached],
        }

    def whole(self, raw_url: str, now: float) -> dict[str, object]:
        """What `GET /emails/receiving/{id}` says."""
        return {
            "object": "email",
            "id": self.id,
            **self.metadata(),
            "html": self.html,
            "text": self.text,
            "headers": self.headers,
            "reply_to": self.reply_to,
            "authentication": self.authentication,
            "raw": {"download_url": raw_url, "expires_at": iso(now + URL_SECONDS)},
            "attachments": [{**one.metadata(), "size": len(one.content)} for one in self.attached],
        }

    def raw(self) -> bytes:
        """The message as it came, near enough to be parsed."""
        headers = {"From": self.sender, "To": ", ".join(self.to), "Subject": self.subject}
        headers |= {"Message-ID": self.message_id, **self.headers}
        lines = [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", self.text or self.html or ""]).encode()


def arrived(mail: dict[str, object], *, at: float, new_id: Callable[[], str]) -> Inbound:
    """An email from the fields a test or a person gives; only `from`, `to` and `subject` are needed."""
    attached = tuple(
        Attached(
            new_id(),
            str(one["filename"]),
            str(one.get("content_type", "application/octet-stream")),
            base64.b64decode(one["content"]),
            one.get("content_id"),
        )
        for one in mail.get("attachments", [])
    )
    email_id = new_id()
    return Inbound(
        id=email_id,
        at=at,
        sender=mail["from"],
        to=mail["to"],
        subject=mail["subject"],
        text=mail.get("text"),
        html=mail.get("html"),
        message_id=mail.get("message_id", f"<{email_id}@mail.example>"),
        cc=mail.get("cc", []),
        bcc=mail.get("bcc", []),
        reply_to=mail.get("reply_to", []),
        received_for=mail.get("received_for", mail["to"]),
        headers=mail.get("headers", {}),
        authentication=mail.get("authentication", {"spf": "pass", "dkim": "pass", "dmarc": "pass"}),
        attached=attached,
        above_quota=mail.get("above_quota", False),
    )
