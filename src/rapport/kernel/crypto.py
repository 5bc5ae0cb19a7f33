"""Keys, hashes and ciphers. Every key is derived from one root, so that one secret is kept and rotated."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rapport.kernel.settings import Settings, SettingsError

_NONCE = 12
_SHORTEST_ROOT = 32


class WrongKeyError(RuntimeError):
    """A sealed value was made under another SECRET_KEY, or was altered."""


class Keys:
    """Named keys under one root, and what is done with them."""

    def __init__(self, root: str, before: str = "") -> None:
        """`before` is the root that this one replaces: it opens what it has sealed, and nothing else."""
        self._root = root.encode()
        self._derived: dict[str, bytes] = {}
        self._before = Keys(before) if before else None

    def key(self, purpose: str) -> bytes:
        """The 32-byte key of one purpose; knowing it tells nothing of the others."""
        found = self._derived.get(purpose)
        if found is None:
            found = HKDF(SHA256(), length=32, salt=b"rapport", info=purpose.encode()).derive(self._root)
            self._derived[purpose] = found
        return found

    def sign(self, purpose: str, message: bytes) -> bytes:
        return hmac.digest(self.key(purpose), message, "sha256")

    def seal(self, secret: bytes, *, purpose: str) -> bytes:
        """Encrypt what only we may read again, for the database."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.key("seal")).encrypt(nonce, secret, purpose.encode())

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """The secret back; `purpose` must be the one it was sealed for."""
        try:
            return AESGCM(self.key("seal")).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError):  # ValueError: too short to be anything sealed
            if self._before is not None:
                return self._before.open(sealed, purpose=purpose)
            raise WrongKeyError(f"a sealed {purpose} does not open with this SECRET_KEY") from None

    def renewed(self, sealed: bytes, *, purpose: str) -> bytes | None:
        """The same secret sealed under this root; None when it is already."""
        if self._before is None:
            return None
        try:
            secret = self._before.open(sealed, purpose=purpose)
        except WrongKeyError:
            self.open(sealed, purpose=purpose)  # what neither opens is told, not left
            return None
        return self.seal(secret, purpose=purpose)


def load_keys(settings: Settings) -> Keys:
    """The keys of this deployment; in development a root is made once and kept, readable by its owner only."""
    if settings.secret_key:
        return Keys(settings.secret_key, settings.secret_key_old)
    path: Path = settings.home / "secret.key"
    if not path.exists():
        _make_root(path)
    root = path.read_text().strip()
    if len(root) < _SHORTEST_ROOT:
        raise SettingsError([f"{path} holds no key; put it back from a backup, or remove it to have one made."])
    return Keys(root, settings.secret_key_old)


def _make_root(path: Path) -> None:
    """Write a root and then give it its name, so that another process finds all of one or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=".secret.")  # readable by its owner only
    try:
        with os.fdopen(handle, "w") as file:
            file.write(os.urandom(32).hex())
        with contextlib.suppress(FileExistsError):  # another process was first: its root is the one
            os.link(made, path)
    finally:
        Path(made).unlink()


def new_token(prefix: str, length: int = 32) -> str:
    """A random bearer secret that says by its prefix what it is."""
    return f"{prefix}_{base64.urlsafe_b64encode(os.urandom(length)).rstrip(b'=').decode()}"


def token_hash(token: str) -> str:
    """What is stored instead of a token. The token has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: bytes, right: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left, right)
