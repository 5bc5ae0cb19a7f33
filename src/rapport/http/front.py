"""The outermost layer: request id, headers on every answer, one log line and one count a request.

It is plain WSGI, so that it also covers what never reaches a view, and costs little on what does.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

import structlog

from rapport.http.context import Service
from rapport.http.crossing import CROSSED
from rapport.kernel.log import get_log

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_log = get_log("request")

_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_SECURITY = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Content-Security-Policy", _POLICY),
]
_POLICY_OF_MAIL = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'; sandbox"
)
_AS_MAIL = [
    *(each for each in _SECURITY if each[0] not in ("X-Frame-Options", "Content-Security-Policy")),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Content-Security-Policy", _POLICY_OF_MAIL),
]
"""A mail that is looked at: its styles stand in it, as in every mail; it runs nothing and leads nowhere."""
AS_MAIL = "rapport.as_mail"
"""Whoever answers with a mail says so in the environment under this name."""
_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
_CORS_METHODS = "GET, POST, PUT, PATCH, DELETE"
_CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-API-Key, X-Request-Id"
_CORS_SHOWN = "ETag, Retry-After, X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"


class Front:
    """Wraps the application."""

    def __init__(self, app: Callable[..., Iterable[bytes]], service: Service) -> None:
        self._app = app
        self._service = service
        self._origins = frozenset(service.settings.cors_origins)
        everywhere = [_TRANSPORT] if service.settings.production else []
        self._security, self._as_mail = [*_SECURITY, *everywhere], [*_AS_MAIL, *everywhere]
        self._logged = service.settings.log_level in ("debug", "info")
        self._counted: dict[tuple[str, str, str], Any] = {}
        self._timed: dict[str, Any] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = self._service.clock.monotonic()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        environ["rapport.request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        origin = environ.get("HTTP_ORIGIN")
        cross = self._cross_origin(origin) if origin is not None and self._origins else []
        status_line = "500"

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status_line
            status_line = status
            headers.append(("X-Request-Id", request_id))
            allowance = environ.get("rapport.allowance")
            if allowance is not None:
                headers.append(("X-RateLimit-Limit", str(allowance.limit)))
                headers.append(("X-RateLimit-Remaining", str(allowance.remaining)))
                headers.append(("X-RateLimit-Reset", str(allowance.reset_in)))
            headers.extend(self._as_mail if AS_MAIL in environ else self._security)
            headers.extend(cross)
            headers.extend(environ.get(CROSSED, ()))
            return start_response(status, headers, exc_info)

        try:
            if origin in self._origins and _asks_first(environ):
                start("204 No Content", [])
                return [b""]
            return self._app(environ, start)
        finally:
            self._account(environ, status_line[:3], began)
            structlog.contextvars.clear_contextvars()

    def _cross_origin(self, origin: str) -> list[tuple[str, str]]:
        if origin not in self._origins:
            return [("Vary", "Origin")]
        return [
            ("Vary", "Origin"),
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Methods", _CORS_METHODS),
            ("Access-Control-Allow-Headers", _CORS_HEADERS),
            ("Access-Control-Expose-Headers", _CORS_SHOWN),
            ("Access-Control-Max-Age", "600"),
        ]

    def _account(self, environ: dict[str, Any], status: str, began: float) -> None:
        seconds = self._service.clock.monotonic() - began
        route = environ.get("rapport.route", "-")
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
            method = "OTHER"  # a label must not be of a stranger's choosing
        metrics = self._service.metrics
        counted = self._counted.get((method, route, status))
        if counted is None:
            counted = self._counted[method, route, status] = metrics.requests.labels(method, route, status)
            self._timed.setdefault(route, metrics.request_seconds.labels(route))
        counted.inc()
        self._timed[route].observe(seconds)
        code = environ.get("rapport.error_code")
        if code is not None:
            metrics.refusals.labels(code).inc()
        if self._logged:
            principal = environ.get("rapport.principal")
            _log.info(
                "request",
                method=method,
                route=route,
                status=int(status),
                ms=round(seconds * 1000, 2),
                code=code,
                actor=f"{principal.actor.type}:{principal.actor.id}" if principal is not None else None,
            )


def _asks_first(environ: dict[str, Any]) -> bool:
    """Whether a browser asks if a page of another site may ask."""
    return environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
