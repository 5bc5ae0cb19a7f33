"""How a declared operation is described in the OpenAPI document.

flask-smorest gathers what its decorators leave on a function. Here they decorate a carrier that is never
called: the document says exactly what the declaration says, and a request does not walk through a dozen
wrappers.
"""

from __future__ import annotations

import re
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from rapport.http import formats
from rapport.http.declaration import Operation
from rapport.http.errors import STATUS, ErrorShape
from rapport.http.files import FORM, PLAIN_TYPES
from rapport.kernel import errors as e
from rapport.kernel.errors import Code
from rapport.kernel.schema import Pattern

OTHER_FORMS = "x-other-forms"
"""Under this the forms of an answer other than JSON wait until the responses are there."""


class _OnceHeaders(Schema):
    once = fields.String(
        data_key="Idempotency-Key",
        validate=[validate.Length(1, 200), Pattern(r"^[!-~]([ -~]*[!-~])?$")],
        metadata={"description": "Makes a repeated request harmless for 24 hours: the first answer comes again."},
    )


class _IfMatchHeaders(Schema):
    if_match = fields.String(
        data_key="If-Match",
        metadata={
            "description": "ETag of the row as you know it; refused with 412 when it has changed since.",
            "format": "etag",
        },
    )


def described(operation: Operation, docstring: str, room: Blueprint) -> dict[str, Any]:
    """What smorest makes the document from."""

    def carrier() -> None:
        """Never called."""

    summary, _, more = docstring.strip().partition("\n")
    doc: Any = carrier
    if operation.body is not None:
        example = getattr(operation.body, "example", None)
        needed = any(field.required for field in operation.body().fields.values())
        doc = room.arguments(operation.body, location="json", example=example, required=needed)(doc)
    if operation.query is not None:
        doc = room.arguments(operation.query, location="query")(doc)
    if operation.once:
        doc = room.arguments(_OnceHeaders, location="headers")(doc)
    if operation.if_match and not operation.reads_only:
        doc = room.arguments(_IfMatchHeaders, location="headers")(doc)
    doc = _successes(doc, operation, room)
    for status, codes in sorted(_refusals(operation).items()):
        if status in operation.also:
            continue
        doc = room.alt_response(
            status,
            schema=ErrorShape,
            description=" ".join(f"`{code.name}`: {code.meaning}" for code in codes),
            examples={
                code.name: {"value": {"code": code.name, "message": code.meaning, "details": None}} for code in codes
            },
        )(doc)
    if operation.file is not None:
        doc = room.doc(requestBody=_file_body(operation.file))(doc)
    if operation.table is not None:
        doc = room.doc(**{OTHER_FORMS: formats.offered(operation)})(doc)
    doc = room.doc(
        operationId=_camel(operation.name),
        summary=summary,
        description=_description(operation, more),
        security=[{"bearer": []}, {"apiKey": []}] if operation.may else [],
    )(doc)
    return {"docstring": {}, "tags": None, **doc._apidoc}


def _file_body(most: int) -> dict[str, Any]:
    binary = {"type": "string", "format": "binary"}
    form = {"type": "object", "properties": {"file": binary}, "required": ["file"], "additionalProperties": False}
    example = "First name,LinkedIn\nAda,https://www.linkedin.com/in/ada-lovelace\n"
    content: dict[str, Any] = {each: {"schema": binary, "example": example} for each in PLAIN_TYPES}
    content[FORM] = {"schema": form, "example": {"file": example}}
    return {"required": True, "description": f"At most {most >> 20} MiB.", "content": content}


def _successes(doc: Any, operation: Operation, room: Blueprint) -> Any:
    example = operation.example if operation.example is not None else getattr(operation.out, "example", None)
    headers = {}
    conditional = operation.reads_only and not operation.own
    if conditional or (operation.if_match and operation.out is not None):
        headers["ETag"] = {"schema": {"type": "string"}, "description": "Names this state of the answer."}
    doc = room.alt_response(
        operation.status,
        schema=operation.out,
        content_type=operation.content_type
        if operation.out is None and operation.content_type != "application/json"
        else None,
        example=example,
        headers=headers or None,
        success=True,
    )(doc)
    if conditional:
        doc = room.alt_response(304, description="Not modified since the ETag in If-None-Match.", success=True)(doc)
    for status, meaning in operation.also.items():
        doc = room.alt_response(
            status,
            schema=operation.out if status != 204 else None,
            example=example if status < 204 else None,
            description=meaning,
            success=True,
        )(doc)
    return doc


def _refusals(operation: Operation) -> dict[int, list[Code]]:
    codes = [*operation.errors, e.BAD_REQUEST, e.RATE_LIMITED, e.INTERNAL, e.UNAVAILABLE]
    if operation.may:
        codes += [e.UNAUTHENTICATED, e.TOKEN_EXPIRED, e.FORBIDDEN]
    if operation.body is not None:
        codes += [e.MALFORMED_JSON, e.UNSUPPORTED_MEDIA_TYPE]
    if operation.file is not None:
        codes.append(e.UNSUPPORTED_MEDIA_TYPE)
    if operation.body is not None or operation.once:
        codes.append(e.BODY_TOO_LARGE)
    codes.append(e.VALIDATION_FAILED)
    if operation.listing is not None:
        codes += [e.CURSOR_INVALID, e.CURSOR_MISMATCH]
    if operation.once:
        codes += [e.IDEMPOTENCY_KEY_INVALID, e.IDEMPOTENCY_KEY_REUSED, e.IDEMPOTENCY_IN_PROGRESS]
    if operation.if_match and not operation.reads_only:
        codes.append(e.PRECONDITION_FAILED)
    if not operation.reads_only:
        codes += [e.CONFLICT, e.STORAGE_FULL]
    found: dict[int, list[Code]] = {}
    for code in dict.fromkeys(codes):
        found.setdefault(STATUS[code.name], []).append(code)
    return found


def _description(operation: Operation, more: str) -> str:
    parts = [re.sub(r"\s+", " ", paragraph).strip() for paragraph in more.split("\n\n")]
    if operation.may:
        parts.append("Needs the permission " + " or ".join(f"`{each.value}`" for each in operation.may) + ".")
    else:
        parts.append("Open to all.")
    return "\n\n".join(part for part in parts if part)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
