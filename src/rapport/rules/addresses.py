"""Which addresses a webhook may go to: a public host by HTTPS, and nothing that leads into our own network.

A name is judged twice: as it is written when it is given, and by what it resolves to at each attempt, for what it
resolves to may change. Example: `https://user@hooks.example/` is refused for its user, `https://localtest.example/`
when it turns out to be 127.0.0.1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST = 400
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\.?", re.IGNORECASE)
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_USUAL_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024
_RELAYS = IPv4Network("192.88.99.0/24")
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def problem_of(url: str, *, insecure: bool) -> str | None:
    """What is wrong with an address as it is written; None when nothing is."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return f"Must be printable ASCII without spaces or backslashes, at most {LONGEST} characters."
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        return "Must be an address such as https://hooks.example/rapport."
    wrong = {
        "Must begin with https://.": parts.scheme != "https" and not (insecure and parts.scheme == "http"),
        "Must not hold a user or a password.": "@" in parts.netloc,
        "Must not hold a fragment.": bool(parts.fragment),
        "Must have port 443, 80, or one from 1024 on.": port not in _USUAL_PORTS and port < _FIRST_FREE_PORT,
    }
    return next((said for said, is_so in wrong.items() if is_so), None) or _problem_of_host(parts.hostname or "")


def _problem_of_host(host: str) -> str | None:
    if ":" in host:  # an IPv6 address: urlsplit took the brackets off
        return None
    if not _HOST.fullmatch(host):
        return "Must name a host."
    last = host.rstrip(".").rpartition(".")[2]
    if _NUMBER.fullmatch(last):
        try:
            IPv4Address(host)
        except ValueError:
            return "Must name a host, or an IPv4 address of four decimal numbers."
    return None


def may_be_called(address: str, *, allowed: Sequence[Network] = ()) -> bool:
    """Whether a resolved address is public, or in a network that was allowed by hand."""
    try:
        found: Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if any(found in network for network in allowed):
        return True
    return all(_is_public(each) for each in _meant_by(found))


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and address not in _RELAYS


def _meant_by(address: Address) -> list[Address]:
    """The address, and every other that it carries: a translator on the way would make that of it."""
    meant: list[Address] = [address]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            meant = [address.ipv4_mapped]
        if address.sixtofour is not None:
            meant.append(address.sixtofour)
        if address.teredo is not None:
            meant.extend(address.teredo)
        if address in _NAT64 or address in _COMPATIBLE:
            meant.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return meant
