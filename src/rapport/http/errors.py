"""One shape for every error: `{code, message, details}`, and which HTTP status each code is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Flask, Response, request
from marshmallow import Schema, fields
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from rapport.kernel import errors as e
from rapport.kernel.errors import Code, RapportError
from rapport.kernel.log import get_log

_log = get_log("http")

STATUS: Mapping[str, int] = {
    code.name: status
    for status, codes in {
        400: (
            e.BAD_REQUEST,
            e.MALFORMED_JSON,
            e.CURSOR_INVALID,
            e.CURSOR_MISMATCH,
            e.IDEMPOTENCY_KEY_INVALID,
        ),
        401: (e.UNAUTHENTICATED, e.TOKEN_EXPIRED, e.CREDENTIALS_INVALID, e.REFRESH_INVALID, e.REFRESH_REUSED),
        403: (e.FORBIDDEN, e.ORIGIN_NOT_ALLOWED, e.PASSWORD_WRONG),
        404: (e.NOT_FOUND,),
        405: (e.METHOD_NOT_ALLOWED,),
        406: (e.NOT_ACCEPTABLE,),
        408: (e.REQUEST_TIMEOUT,),
        409: (
            e.CONFLICT,
            e.IDEMPOTENCY_KEY_REUSED,
            e.IDEMPOTENCY_IN_PROGRESS,
            e.CLIENT_ALREADY_EXISTS,
            e.CLIENT_ARCHIVED,
            e.USER_ALREADY_EXISTS,
            e.LAST_ADMIN,
            e.BOOTSTRAP_DONE,
            e.ACCOUNT_ALREADY_EXISTS,
            e.NOT_HELD,
            e.JOB_NOT_RETRYABLE,
            e.JOB_NOT_DISMISSABLE,
            e.JOB_DISMISSED,
            e.LEASE_LOST,
            e.ALREADY_SETTLED,
            e.LEAD_ALREADY_EXISTS,
            e.LEAD_ERASED,
            e.LEAD_MERGED,
            e.LEADS_NOT_MERGEABLE,
            e.MERGE_NOT_UNDOABLE,
            e.LEAD_ACTIVE,
            e.SUPPRESSION_ALREADY_EXISTS,
            e.IMPORT_STATE,
            e.CAMPAIGN_ALREADY_EXISTS,
            e.CAMPAIGN_NOT_ACTIVE,
            e.CAMPAIGN_STATE,
            e.BROADCAST_STATE,
            e.CAMPAIGN_NOT_READY,
            e.ALREADY_ENROLLED,
            e.ACTION_STATE,
            e.ENROLLMENT_STATE,
            e.FORECAST_TOO_LARGE,
            e.REPORT_NOT_SENDABLE,
            e.CONVERSATION_CHANGED,
            e.CONVERSATION_TAKEN,
            e.NEWER_MESSAGE,
            e.NOT_ANSWERABLE,
            e.REPLY_STATE,
            e.QUEUE_ALREADY_EXISTS,
            e.QUEUE_IN_USE,
            e.CANNED_REPLY_ALREADY_EXISTS,
            e.LEAD_VIEW_ALREADY_EXISTS,
            e.TASKS_OPEN,
            e.TASK_STATE,
            e.OFFERING_ALREADY_EXISTS,
            e.DELIVERY_EMPTIED,
            e.CONNECTION_STATE,
            e.CHANNEL_ALREADY_CONNECTED,
            e.CHANNEL_STATE,
            e.DELIVERY_STATE,
            e.WEBHOOKS_UNSET,
            e.WEBHOOK_REFUSED,
            e.PROVIDER_AWAY,
        ),
        412: (e.PRECONDITION_FAILED,),
        413: (e.BODY_TOO_LARGE,),
        415: (e.UNSUPPORTED_MEDIA_TYPE,),
        422: (e.VALIDATION_FAILED, e.JOB_TYPE_UNKNOWN, e.IMPORT_NOT_READABLE, e.SEQUENCE_INVALID),
        429: (e.RATE_LIMITED,),
        500: (e.INTERNAL,),
        503: (e.UNAVAILABLE, e.STORAGE_FULL, e.STREAMS_FULL),
    }.items()
    for code in codes
}

_FROM_WERKZEUG = {
    400: e.BAD_REQUEST,
    404: e.NOT_FOUND,
    405: e.METHOD_NOT_ALLOWED,
    406: e.NOT_ACCEPTABLE,
    413: e.BODY_TOO_LARGE,
    415: e.UNSUPPORTED_MEDIA_TYPE,
    431: e.BAD_REQUEST,
}
_RETRY_SOON = 2


class ErrorShape(Schema):
    """Every error answer."""

    code = fields.String(required=True, metadata={"description": "Stable name of the error; see the catalogue."})
    message = fields.String(required=True, metadata={"description": "A sentence for people."})
    details = fields.Raw(
        required=True,
        allow_none=True,
        metadata={
            "description": "What is at fault, usually field → list of problems; null when there is nothing to add."
        },
    )


def body_of(code: Code, message: str | None = None, details: Any = None) -> bytes:
    shape = {"code": code.name, "message": message or code.meaning, "details": details}
    return orjson.dumps(shape, option=orjson.OPT_NON_STR_KEYS)  # what is at fault in a list is named by its place


def refuse(error: RapportError) -> Response:
    """The answer to a refusal."""
    status = STATUS[error.code.name]
    answer = Response(body_of(error.code, error.message, error.details), status, mimetype="application/json")
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="rapport"'
    request.environ["rapport.error_code"] = error.code.name
    return answer


def translate(error: SQLAlchemyError) -> RapportError | None:
    """What a database's failure means to a caller; `None` when it is a defect of ours."""
    if isinstance(error, IntegrityError):
        return RapportError(e.CONFLICT)
    if isinstance(error, PoolTimeoutError):
        return RapportError(e.UNAVAILABLE, retry_after=_RETRY_SOON)
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        text = str(error.orig).lower()
        if state == "53100" or "disk is full" in text or "disk full" in text:
            return RapportError(e.STORAGE_FULL, retry_after=60)
        if state in ("40001", "40P01", "55P03"):
            return RapportError(e.UNAVAILABLE, retry_after=_RETRY_SOON)
        if isinstance(error, OperationalError) or error.connection_invalidated or state[:2] in ("08", "53", "57"):
            return RapportError(e.UNAVAILABLE, retry_after=_RETRY_SOON)
    return None


def register(app: Flask, dress: Callable[[RapportError, Response], Response]) -> None:
    """Make every failure come out in the one shape; where people asked, `dress` shows it to them otherwise."""

    def on_refusal(error: RapportError) -> Response:
        return dress(error, refuse(error))

    def on_http(error: HTTPException) -> Response:
        if error.code is not None and error.code < 400:
            return Response(status=error.code, headers=error.get_headers())
        code = _FROM_WERKZEUG.get(error.code or 500, e.BAD_REQUEST if (error.code or 500) < 500 else e.INTERNAL)
        refusal = RapportError(code)
        answer = refuse(refusal)
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            answer.headers["Allow"] = ", ".join(sorted(allowed))
        return dress(refusal, answer)

    def on_database(error: SQLAlchemyError) -> Response:
        known = translate(error)
        if known is not None:
            _log.warning("database_refused", error=type(error).__name__, code=known.code.name)
            return on_refusal(known)
        return on_defect(error)

    def on_defect(error: Exception) -> Response:
        _log.error("request_failed", path=request.path, method=request.method, exc_info=error)
        return on_refusal(RapportError(e.INTERNAL))

    app.register_error_handler(RapportError, on_refusal)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(SQLAlchemyError, on_database)
    app.register_error_handler(Exception, on_defect)
