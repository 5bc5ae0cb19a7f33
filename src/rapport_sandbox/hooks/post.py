"""Delivering one webhook over real HTTP, to this machine only."""

from __future__ import annotations

import socket
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from urllib.parse import urlsplit

PATIENCE_SECONDS = 30.0
"""Unipile waits this long for a 200."""


def post(url: str, headers: dict[str, str], body: bytes) -> int:
    """The status of the answer, or 0 when there was none. The sandbox never leaves the machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "http" or not is_loopback(host):
        return 0
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = HTTPConnection(host, parts.port or 80, timeout=PATIENCE_SECONDS)
    try:
        connection.request("POST", target, body=body, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def is_loopback(host: str) -> bool:
    """Whether every address behind a name is this machine's own."""
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return all(ip_address(address[4][0]).is_loopback for address in found)
