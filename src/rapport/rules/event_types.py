"""Which events somebody asked for: by type, or by all types of a kind.

Example: `reply.*` is `reply.received` and `reply.out_of_office`, and nothing asked for is everything.
"""

from __future__ import annotations

from collections.abc import Sequence


def wants(asked: Sequence[str], event_type: str) -> bool:
    """Whether a type is among those asked for."""
    return not asked or any(
        event_type == each or (each.endswith(".*") and event_type.startswith(each[:-1])) for each in asked
    )
