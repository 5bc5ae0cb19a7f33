"""Three kinds of id for one person, each reversible to the person's number without a table.

A person is a number. The provider id (`ACoAA…`), the public identifier (`ada-lovelace-1f0a…`) and the member
id (`123456789`, also as a URN) hide that number under a seeded permutation, so 100,000 people need no index
in memory and an invented id is told from a real one.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rapport_sandbox.chance import Chance

_PREFIX = "ACoAA"
_WORD = 1 << 32
_MEMBER_SPACE = 1 << 30
_FIRST_MEMBER = 1_000_000
_NUMBER_BYTES = 4
_PROVIDER_LENGTH = len(_PREFIX) + 34
_URN = re.compile(r"^urn:li:(?:member|person|fs_miniProfile|fsd_profile|fs_salesProfile):\(?([^,()]+)")


class Identity:
    """Turns a person's number into ids and back."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        secret = chance.digest(12, "identity")
        self._odd = int.from_bytes(secret[:4], "big") | 1
        self._mask = int.from_bytes(secret[4:8], "big")
        self._undo = pow(self._odd, -1, _WORD)
        self._member_odd = int.from_bytes(secret[8:], "big") % _MEMBER_SPACE | 1
        self._member_undo = pow(self._member_odd, -1, _MEMBER_SPACE)

    def provider_id(self, number: int) -> str:
        hidden = (self._hide(number)).to_bytes(_NUMBER_BYTES, "big")
        return _PREFIX + urlsafe_b64encode(hidden + self._chance.digest(21, "provider", number)).decode()[:34]

    def slug_tail(self, number: int) -> str:
        """The eight letters at the end of a public identifier."""
        return f"{self._hide(number ^ 0x5A5A5A5A):08x}"

    def member_id(self, number: int) -> str:
        return str(_FIRST_MEMBER + number * self._member_odd % _MEMBER_SPACE)

    def number_of_provider_id(self, text: str) -> int | None:
        if not text.startswith(_PREFIX) or len(text) != _PROVIDER_LENGTH:
            return None
        try:
            hidden = urlsafe_b64decode(text[len(_PREFIX) :] + "==")[:_NUMBER_BYTES]
        except (binascii.Error, ValueError):
            return None
        number = self._show(int.from_bytes(hidden, "big"))
        return number if self.provider_id(number) == text else None

    def number_of_slug(self, text: str) -> int | None:
        """The number at a public identifier's end; the caller compares the whole identifier."""
        try:
            return self._show(int(text[-8:], 16)) ^ 0x5A5A5A5A
        except ValueError:
            return None

    def number_of_member_id(self, text: str) -> int | None:
        if not (text.isascii() and text.isdigit()):
            return None
        hidden = int(text) - _FIRST_MEMBER
        return hidden * self._member_undo % _MEMBER_SPACE if 0 <= hidden < _MEMBER_SPACE else None

    def _hide(self, number: int) -> int:
        return (number * self._odd % _WORD) ^ self._mask

    def _show(self, hidden: int) -> int:
        return (hidden ^ self._mask) * self._undo % _WORD


def bare_id(text: str) -> str:
    """The id inside a URN, or the text itself."""
    urn = _URN.match(text)
    return urn.group(1) if urn else text
