"""Where Unipile is, how long a call may take, and which clocks it goes by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from rapport.kernel.chance import Chance
    from rapport.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class UnipileOptions:
    """The limits that no installation has had a reason to set are defaults here, the others are settings."""

    base_url: str
    """With or without the path: `https://api3.example.com:13359` means its `/api/v1`."""
    api_key: str = field(repr=False)
    connect_seconds: float
    total_seconds: float
    can_follow: bool
    """The follow route is not in the provider's published description: off unless an installation has it."""
    read_seconds: float = 15.0
    max_answer_bytes: int = 20 * 1024 * 1024
    max_attachment_bytes: int = 25 * 1024 * 1024
    read_attempts: int = 4
    patience_seconds: float = 30.0
    """The longest a read waits between two attempts; told to wait longer, it fails and says until when."""

    def __post_init__(self) -> None:
        address = urlsplit(self.base_url)
        path = address.path.rstrip("/") or "/api/v1"
        object.__setattr__(self, "base_url", f"{address.scheme}://{address.netloc}{path}")

    @property
    def origin(self) -> str:
        """The address without its path: what the provider calls `api_url`."""
        address = urlsplit(self.base_url)
        return f"{address.scheme}://{address.netloc}"


@dataclass(frozen=True, slots=True)
class Timekeeping:
    """The clocks and the chance a client goes by."""

    clock: Clock
    """The product's: `Retry-After` is read against it, and the waits of reads pass on it."""
    stopwatch: Callable[[], float]
    """Real seconds, also where the clock is virtual: a socket knows no others."""
    chance: Chance
