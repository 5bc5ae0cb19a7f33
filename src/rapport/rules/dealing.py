"""Who is dealt the next conversation: whoever has room and was dealt one longest ago.

Example: Bo has 30 of 30 open conversations, Cy 3 of 10 and Di 0 of 30, and Di was dealt the last one: Cy is next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who takes conversations."""

    user_id: str
    turn: int
    """The higher, the later they were dealt one."""
    open: int
    capacity: int


def next_hand(hands: Iterable[Hand]) -> str | None:
    """The user who is next; None when nobody has room."""
    free = [hand for hand in hands if hand.open < hand.capacity]
    return min(free, key=lambda hand: (hand.turn, hand.open, hand.user_id)).user_id if free else None
