"""Somewhere to keep bytes for a while. Losing them costs time, never truth: keys carry the data's version."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes, *, seconds: float) -> None: ...

    def clear(self) -> None: ...
