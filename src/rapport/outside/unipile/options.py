"""Where Unipile is, how long a call may take, and whose clock it goes by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class UnipileOptions:
    """Checked when made, so that a wrong setting stops the start and not the first send."""

    base_url: str
    """With or without the path: `https://api3.example.com:13359` means its `/api/v1`."""
    api_key: str = field(repr=False)
    connect_seconds: float = 5.0
    read_seconds: float = 15.0
    total_seconds: float = 30.0
    max_answer_bytes: int = 20 * 1024 * 1024
    max_attachment_bytes: int = 25 * 1024 * 1024
    read_attempts: int = 4
    patience_seconds: float = 30.0
    """The longest a read waits between two attempts; told to wait longer, it fails and says until when."""
    can_follow: bool = False
    """The follow route is not in the provider's published description: off unless an installation has it."""

    def __post_init__(self) -> None:
        address = urlsplit(self.base_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError("The base URL of Unipile must be an http or https address.")
        if address.query or address.fragment or address.username is not None:
            raise ValueError("The base URL of Unipile must have no query, fragment or user.")
        if not self.api_key or not all("!" <= letter <= "~" for letter in self.api_key):
            # Checked here because requests quotes a header it cannot send, key and all, in its exception.
            raise ValueError("The API key of Unipile must be printable characters without spaces.")
        path = address.path.rstrip("/") or "/api/v1"
        object.__setattr__(self, "base_url", f"{address.scheme}://{address.netloc}{path}")

    @property
    def origin(self) -> str:
        """The address without its path: what the provider calls `api_url`."""
        address = urlsplit(self.base_url)
        return f"{address.scheme}://{address.netloc}"


@dataclass(frozen=True, slots=True)
class Timekeeping:
    """The clocks and the chance a client goes by; tests and the simulation bring their own."""

    now: Callable[[], datetime]
    """The wall clock, aware: dates in `Retry-After` are read against it."""
    monotonic: Callable[[], float]
    """Seconds that only grow: a call's total time is measured on it."""
    wait: Callable[[float], None]
    """Let seconds pass between two attempts of a read."""
    chance: Callable[[], float]
    """A draw from 0 to 1, so that clients that failed together do not come back together."""
