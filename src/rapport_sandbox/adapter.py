"""The sandbox behind a `requests` session, without a port: mount it and every call stays in the process.

    session.mount("http://sandbox.test", SandboxAdapter(sandbox))

A time-out or a broken connection is raised as `requests` would raise it over a socket.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from requests.adapters import BaseAdapter
from requests.exceptions import ConnectionError as Broken
from requests.exceptions import ReadTimeout
from requests.models import Response
from requests.structures import CaseInsensitiveDict
from urllib3.response import HTTPResponse

from rapport_sandbox.trouble import ConnectionLost, TimedOut
from rapport_sandbox.wire import Request

if TYPE_CHECKING:
    from requests.models import PreparedRequest

    from rapport_sandbox.sandbox import Sandbox


class SandboxAdapter(BaseAdapter):
    """A transport adapter that calls the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._sandbox = sandbox

    def send(self, request: PreparedRequest, **_: object) -> Response:  # type: ignore[override]
        parts = urlsplit(request.url or "")
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        headers.setdefault("host", parts.netloc)
        asked = Request(
            request.method or "GET",
            unquote(parts.path),
            tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers,
            _bytes(request.body),
        )
        try:
            answer = self._sandbox.call(asked)
        except TimedOut as error:
            raise ReadTimeout(error, request=request) from error
        except ConnectionLost as error:
            raise Broken(error, request=request) from error
        response = Response()
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(answer.headers)
        response.raw = HTTPResponse(
            BytesIO(answer.body), headers=answer.headers, status=answer.status, preload_content=False
        )
        response.url = request.url or ""
        response.request = request
        response.encoding = "utf-8"
        return response

    def close(self) -> None:
        """Nothing is held open."""


def _bytes(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    return b"".join(body)  # type: ignore[call-overload]
