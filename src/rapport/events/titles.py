"""How an event reads to a person: rendered when it is read, from its type and data, never stored.

Rooms register the sentences of their own events at import (`title("client.created", "Client {name} was
created")`). A type nobody registered shows its name, so nothing is ever blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TITLES: dict[str, str] = {}


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def title(event_type: str, sentence: str) -> str:
    """Register the sentence of one type and answer the type, so that a room may name it in one line."""
    if _TITLES.setdefault(event_type, sentence) != sentence:
        raise ValueError(f"{event_type} has a sentence already")
    return event_type


def render(event_type: str, data: Mapping[str, Any]) -> str:
    """The sentence of one event."""
    sentence = _TITLES.get(event_type)
    if sentence is None:
        return event_type.replace(".", " ").replace("_", " ").capitalize()
    plain = _Missing(
        {key: value if isinstance(value, int | float) else str(value)[:200] for key, value in data.items()}
    )
    return sentence.format_map(plain)


def known_types() -> dict[str, str]:
    """Every registered type with its sentence, for the documentation and for filters."""
    return dict(sorted(_TITLES.items()))
