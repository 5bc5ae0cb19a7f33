"""multipart/form-data, read strictly: what a lenient parser would let pass is refused here.

The product's bodies must be right, not merely understood: no boundary, a part without a name, a missing
closing delimiter or a lone line feed is a `malformed_request`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

from rapport_sandbox.refusals import Refused

_BOUNDARY = re.compile(r'^multipart/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_PARAMETER = re.compile(r'\b(name|filename)="((?:[^"\\]|\\.)*)"')
_MAX_PARTS = 200


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file."""

    field: str
    name: str
    mimetype: str
    content: bytes


@dataclass(slots=True)
class Form:
    """The fields in order, and the files."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[File] = field(default_factory=list)

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key in (name, f"{name}[]")]

    def described(self) -> dict[str, object]:
        """What a ledger keeps: the same whatever boundary the sender drew."""
        described: dict[str, object] = {}
        for key, value in self.fields:
            before = described.get(key)
            described[key] = value if before is None else [*_listed(before), value]
        if self.files:
            described["files"] = [
                {
                    "field": file.field,
                    "name": file.name,
                    "bytes": len(file.content),
                    "sha256": sha256(file.content).hexdigest(),
                }
                for file in self.files
            ]
        return described


def read_form(content_type: str, body: bytes) -> Form:
    """The form in a body, or a refusal that says what is wrong with it."""
    if not content_type.lower().startswith("multipart/form-data"):
        raise Refused("unsupported_media_type", "Send multipart/form-data.")
    boundary = _BOUNDARY.match(content_type)
    if boundary is None:
        raise Refused("malformed_request", "The multipart body has no boundary.")
    delimiter = b"--" + (boundary.group(1) or boundary.group(2)).encode()
    if not body.startswith(delimiter):
        raise Refused("malformed_request", "The multipart body does not begin with its boundary.")
    pieces = (b"\r\n" + body).split(b"\r\n" + delimiter)
    if pieces[-1].rstrip(b"\r\n ") != b"--":
        raise Refused("malformed_request", "The multipart body is not closed.")
    if len(pieces) > _MAX_PARTS:
        raise Refused("malformed_request", "The multipart body has too many parts.")
    form = Form()
    for piece in pieces[1:-1]:
        _add_part(form, piece)
    return form


def _add_part(form: Form, piece: bytes) -> None:
    if not piece.startswith(b"\r\n"):
        raise Refused("malformed_request", "A boundary is not followed by a line end.")
    head, separator, content = piece[2:].partition(b"\r\n\r\n")
    if not separator:
        raise Refused("malformed_request", "A part has no empty line after its headers.")
    headers = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    disposition = headers.get("content-disposition", "")
    if not disposition.lower().startswith("form-data"):
        raise Refused("malformed_request", "A part is not form-data.")
    parameters = dict(_PARAMETER.findall(disposition))
    if not parameters.get("name"):
        raise Refused("malformed_request", "A part has no name.")
    if "filename" in parameters:
        mimetype = headers.get("content-type", "application/octet-stream")
        form.files.append(File(parameters["name"], parameters["filename"], mimetype, content))
        return
    try:
        form.fields.append((parameters["name"], content.decode()))
    except UnicodeDecodeError as error:
        raise Refused("malformed_request", f"Field {parameters['name']} is not UTF-8.") from error


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
