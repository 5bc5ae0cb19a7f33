"""How warm a lead is: cold, warm or hot. Example: a rule for warm leads is told of hot ones as well."""

from __future__ import annotations

from enum import StrEnum


class Temperature(StrEnum):
    COLD = "cold"
    WARM = "warm"
    HOT = "hot"


def at_least(found: Temperature, wanted: Temperature) -> bool:
    """Whether somebody is as warm as that, or warmer."""
    order = list(Temperature)
    return order.index(found) >= order.index(wanted)
