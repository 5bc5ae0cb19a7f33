"""Whether an email may be sent: each field by its rule, unknown fields refused.

Resend itself ignores fields it does not know. This check does not: a misspelt `reply_to` is ours to find.
"""

from __future__ import annotations

import base64
import binascii
import re

from rapport_sandbox.fakes.fake import Refused
from rapport_sandbox.fakes.resend.errors import error

FIELDS = frozenset(
    {
        "from", "to", "subject", "cc", "bcc", "reply_to", "html", "text", "headers", "scheduled_at",
        "attachments", "tags", "template", "topic_id",
    }
)  # fmt: skip
ATTACHMENT_FIELDS = frozenset({"content", "path", "filename", "content_type", "content_id", "inline_content_id"})
MAX_RECIPIENTS = 50
MAX_ATTACHED_BYTES = 40 * 1024 * 1024

_ADDRESS = re.compile(r"[^@\s<>\",;:]+@[^@\s<>\",;:]+\.[^@\s<>\",;:.]+")
_NAMED = re.compile(r"[^<>\r\n]*<\s*([^<>]+?)\s*>")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")


def check(email: object, *, in_batch: bool = False) -> dict[str, object]:
    """The email as Resend would keep it: lists are lists, `text` derived. Raises `Refused`."""
    if not isinstance(email, dict):
        raise Refused(error("validation_error", "Each email must be an object."))
    _refuse_unknown(email, FIELDS, "email")
    _require(email)
    if in_batch and "attachments" in email:
        raise Refused(error("validation_error", "The `attachments` field is not supported in a batch."))
    kept = {
        "from": _text(email["from"], "from"),
        "to": _addresses(email["to"], "to"),
        "subject": _text(email.get("subject", ""), "subject"),
        "cc": _addresses(email.get("cc", []), "cc"),
        "bcc": _addresses(email.get("bcc", []), "bcc"),
        "reply_to": _addresses(email.get("reply_to", []), "reply_to"),
        "html": _optional_text(email, "html"),
        "text": _derived_text(email),
        "headers": _headers(email.get("headers", {})),
        "scheduled_at": _optional_text(email, "scheduled_at"),
        "tags": _tags(email.get("tags", [])),
        "template": _template(email),
        "topic_id": _optional_text(email, "topic_id"),
    }
    address(kept["from"], "from")
    if not kept["to"] or len(kept["to"]) > MAX_RECIPIENTS:
        raise Refused(error("validation_error", f"The `to` field takes 1 to {MAX_RECIPIENTS} addresses."))
    _attachments(email.get("attachments", []))
    return kept


def address(value: str, field: str) -> str:
    """The bare address of `Name <a@b.c>` or `a@b.c`."""
    named = _NAMED.fullmatch(value)
    bare = named.group(1) if named else value
    if not _ADDRESS.fullmatch(bare):
        words = f"Invalid `{field}` field. The email address needs to follow the `email@example.com` or "
        raise Refused(error("validation_error", words + "`Name <email@example.com>` format."))
    return bare


def _require(email: dict[str, object]) -> None:
    needed = ["from", "to"] if "template" in email else ["from", "to", "subject"]
    for name in needed:
        if not email.get(name):
            raise Refused(error("missing_required_field", f"Missing `{name}` field."))
    if not (email.get("html") or email.get("text") or email.get("template")):
        raise Refused(error("missing_required_field", "Missing `html` or `text` field."))


def _refuse_unknown(given: dict[str, object], known: frozenset[str], what: str) -> None:
    if unknown := sorted(set(given) - known):
        raise Refused(error("validation_error", f"Unknown field of {what}: `{unknown[0]}`."))


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise Refused(error("validation_error", f"The `{field}` field must be a `string`."))
    return value


def _optional_text(email: dict[str, object], field: str) -> str | None:
    value = email.get(field)
    return None if value is None else _text(value, field)


def _addresses(value: object, field: str) -> list[str]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list):
        raise Refused(error("validation_error", f"The `{field}` field must be a `string` or a list of them."))
    return [address(_text(one, field), field) and one for one in listed]


def _derived_text(email: dict[str, object]) -> str | None:
    """Absent: made from the html. An empty string: the mail has no text part."""
    text = _optional_text(email, "text")
    if text is None and isinstance(email.get("html"), str):
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", email["html"])).strip()
    return text or None


def _headers(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise Refused(error("validation_error", "The `headers` field must be an object."))
    for name, content in value.items():
        if not isinstance(content, str) or re.search(r"[\r\n]", name + content):
            raise Refused(error("validation_error", f"Header `{name!r}` is not one line of text."))
    return value


def _tags(value: object) -> list[dict[str, str]]:
    if not isinstance(value, list):
        raise Refused(error("validation_error", "The `tags` field must be a list."))
    for tag in value:
        if not isinstance(tag, dict) or set(tag) != {"name", "value"}:
            raise Refused(error("validation_error", "Each tag has a `name` and a `value`."))
        if not all(isinstance(part, str) and _TAG.fullmatch(part) for part in tag.values()):
            words = "Tags should only contain ASCII letters, numbers, underscores, or dashes."
            raise Refused(error("validation_error", words))
    return value


def _template(email: dict[str, object]) -> dict[str, object] | None:
    template = email.get("template")
    if template is None:
        return None
    if not isinstance(template, dict) or not isinstance(template.get("id"), str):
        raise Refused(error("validation_error", "The `template` field needs an `id`."))
    if "html" in email or "text" in email:
        raise Refused(error("validation_error", "`template` cannot be sent with `html` or `text`."))
    return template


def _attachments(value: object) -> None:
    if not isinstance(value, list):
        raise Refused(error("validation_error", "The `attachments` field must be a list."))
    total = 0
    for attachment in value:
        if not isinstance(attachment, dict) or ("content" in attachment) == ("path" in attachment):
            raise Refused(error("invalid_attachment"))
        _refuse_unknown(attachment, ATTACHMENT_FIELDS, "an attachment")
        if "content" in attachment:
            if not attachment.get("filename"):
                raise Refused(error("invalid_attachment", "Attachment must have a `filename`."))
            total += _encoded_size(attachment["content"])
    if total > MAX_ATTACHED_BYTES:
        raise Refused(error("invalid_attachment", "Attachments exceed 40MB after Base64 encoding."))


def _encoded_size(content: object) -> int:
    """Length in base64; the official library sends bytes as a list of numbers."""
    if isinstance(content, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in content):
        return (len(content) + 2) // 3 * 4
    try:
        base64.b64decode(content, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Refused(error("invalid_attachment", "Attachment `content` is not Base64.")) from None
    return len(content)
