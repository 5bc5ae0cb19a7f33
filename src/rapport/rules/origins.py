"""Where a page comes from, in the one spelling that browsers use: scheme, host and port, without a path.

Example: `https://Www.Engines.example:443/contact` is a page of `https://www.engines.example`.
"""

from __future__ import annotations

from urllib.parse import urlsplit

_USUAL = {"http": 80, "https": 443}
_LONGEST = 260


def origin(text: str) -> str | None:
    """The origin that an address names; None when it names none."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _USUAL or not host or parts.username is not None or len(text) > _LONGEST:
        return None
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" if port in (None, _USUAL[parts.scheme]) else f"{parts.scheme}://{shown}:{port}"
