"""The inbox side of Resend: list, read, attachments, and downloads by an address that expires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport_sandbox.fakes.fake import Refused, iso
from rapport_sandbox.fakes.resend.errors import error
from rapport_sandbox.fakes.resend.inbound import URL_SECONDS, Inbound, arrived
from rapport_sandbox.fakes.resend.pages import page
from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rapport_sandbox.wire import Request


class Mailbox:
    """The emails received, oldest first."""

    def __init__(self, public_url: str, new_id: Callable[[], str]) -> None:
        self._public_url = public_url
        self._new_id = new_id
        self._received: dict[str, Inbound] = {}

    def arrive(self, mail: dict[str, object], *, at: float) -> Inbound:
        email = arrived(mail, at=at, new_id=self._new_id)
        self._received[email.id] = email
        return email

    def noticed(self, email_id: str) -> dict[str, object]:
        """What the webhook says of an email."""
        return self._received[email_id].metadata()

    def all(self, request: Request, _now: float) -> Answer:
        newest_first = reversed(self._received.values())
        return page(request, [{"id": email.id, **email.metadata()} for email in newest_first])

    def read(self, _request: Request, now: float, email_id: str) -> Answer:
        return Answer.json(200, self._find(email_id).whole(self._url(email_id, "raw", now), now))

    def attachments(self, request: Request, now: float, email_id: str) -> Answer:
        attached = self._find(email_id).attached
        return page(request, [self._signed(email_id, one.id, now) for one in attached])

    def attachment(self, _request: Request, now: float, email_id: str, attachment_id: str) -> Answer:
        return Answer.json(200, {"object": "attachment", **self._signed(email_id, attachment_id, now)})

    def download(self, request: Request, now: float, email_id: str, part: str) -> Answer:
        expires = request.arg("expires") or "0"
        if not expires.isdigit() or int(expires) < now:
            return Answer(403, b"Request has expired", {"content-type": "text/plain"})
        email = self._find(email_id)
        if part == "raw":
            return Answer(200, email.raw(), {"content-type": "message/rfc822"})
        for one in email.attached:
            if one.id == part:
                return Answer(200, one.content, {"content-type": one.content_type})
        raise Refused(error("not_found", "Attachment not found"))

    def _find(self, email_id: str) -> Inbound:
        if email_id not in self._received:
            raise Refused(error("not_found", "Email not found"))
        email = self._received[email_id]
        if email.above_quota:
            raise Refused(error("email_above_quota"))
        return email

    def _signed(self, email_id: str, attachment_id: str, now: float) -> dict[str, object]:
        for one in self._find(email_id).attached:
            if one.id == attachment_id:
                url = self._url(email_id, attachment_id, now)
                signed = {"download_url": url, "expires_at": iso(now + URL_SECONDS)}
                return {**one.metadata(), "size": len(one.content), **signed}
        raise Refused(error("not_found", "Attachment not found"))

    def _url(self, email_id: str, part: str, now: float) -> str:
        return f"{self._public_url}/downloads/{email_id}/{part}?expires={int(now + URL_SECONDS)}"
