"""Passwords: argon2id, a few at a time.

A verification costs about a tenth of a second of one core and 64 MiB, so a gate lets only so many run at
once; whoever comes beyond that waits briefly and is then told to come back. An unknown user costs as much
as a known one.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import ARGON2_VERSION

from rapport.kernel.errors import UNAVAILABLE, RapportError

_PATIENCE = 10.0


class Gate(Protocol):
    """A counted gate: `threading.BoundedSemaphore` fits."""

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool: ...  # noqa: FBT001, FBT002
    def release(self) -> None: ...


class Passwords:
    """Hashes and verifies."""

    def __init__(self, gate: Gate, hasher: PasswordHasher | None = None) -> None:
        self._gate = gate
        self._hasher = hasher or PasswordHasher()
        self._nobody = _nobodys(self._hasher)

    def hash(self, password: str) -> str:
        with _through(self._gate):
            return self._hasher.hash(password)

    def good(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits; without a hash the same work is done for nothing."""
        with _through(self._gate):
            try:
                return self._hasher.verify(password_hash or self._nobody, password) and password_hash is not None
            except (Argon2Error, InvalidHashError):
                return False


def _nobodys(hasher: PasswordHasher) -> str:
    """A hash that fits no password and costs as much to verify as a real one. Making a real one delays each start."""
    salt, digest = (b64encode(bytes(length)).rstrip(b"=").decode() for length in (hasher.salt_len, hasher.hash_len))
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


class _through:  # noqa: N801 - reads as a preposition where it is used
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def __enter__(self) -> None:
        if not self._gate.acquire(timeout=_PATIENCE):
            raise RapportError(UNAVAILABLE, "Too many sign-ins at once.", retry_after=5)

    def __exit__(self, *_: object) -> None:
        self._gate.release()
