"""Svix's signature: the three headers a webhook carries, made from id, instant and body.

Example: `svix-signature: v1,<base64 of HMAC-SHA256(secret, "id.timestamp.body")>`; several secrets give
several signatures, apart by a space, which is how a rotation looks from outside.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

WAITS = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)
"""Seconds after each failed attempt: with the first attempt, eight in about 27.6 hours."""

DISABLED_AFTER = 5 * 24 * 3600.0
"""An endpoint that has only failed for this long is switched off."""


def headers(letter_id: str, *, at: float, body: bytes, secrets: tuple[str, ...]) -> dict[str, str]:
    timestamp = str(int(at))
    signed = f"{letter_id}.{timestamp}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode() for secret in secrets
    ]
    return {
        "content-type": "application/json",
        "svix-id": letter_id,
        "svix-timestamp": timestamp,
        "svix-signature": " ".join(signatures),
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))
