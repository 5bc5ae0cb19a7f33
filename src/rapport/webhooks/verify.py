"""Whether a delivery comes from whom it says: a secret in a header, or a signature of the body.

Either is enough where both are configured. During a rotation the old one is believed beside the new. Compared in
constant time over bytes, every candidate each time, so that an answer's time says nothing of which one was nearly it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from rapport.kernel.crypto import same
from rapport.kernel.errors import UNAUTHENTICATED, RapportError
from rapport.kernel.settings import Settings

SIGNATURE = "X-Unipile-Signature"
SECRET, SIGNED = "secret", "signature"
_PREFIX = b"sha256="


@dataclass(frozen=True, slots=True)
class Verifier:
    """What is asked of a delivery. With nothing configured, nothing is."""

    header: str
    secrets: tuple[bytes, ...] = field(repr=False)
    signing_keys: tuple[bytes, ...] = field(repr=False)

    def check(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """By what the delivery is believed, None when nothing is configured; refused when it is not believed."""
        if not self.secrets and not self.signing_keys:
            return None
        shown, signature = _bytes(headers.get(self.header)), _bytes(headers.get(SIGNATURE))
        knows = [same(shown, secret) for secret in self.secrets]
        wanted = [hmac.digest(key, body, "sha256").hex().encode() for key in self.signing_keys]
        signed = [same(signature.removeprefix(_PREFIX), each) for each in wanted]
        if any(knows):
            return SECRET
        if any(signed):
            return SIGNED
        raise RapportError(UNAUTHENTICATED)


def verifier(settings: Settings) -> Verifier:
    """What the settings ask of Unipile's deliveries."""
    secrets = (settings.unipile_webhook_secret, settings.unipile_webhook_secret_old)
    keys = (settings.unipile_webhook_signing_key, settings.unipile_webhook_signing_key_old)
    return Verifier(
        settings.unipile_webhook_header,
        secrets=tuple(each.encode() for each in secrets if each),
        signing_keys=tuple(each.encode() for each in keys if each),
    )


def _bytes(header: str | None) -> bytes:
    """A header as it was sent: WSGI shows its bytes as Latin-1."""
    return (header or "").encode("latin-1", "replace")
