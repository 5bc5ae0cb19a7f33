"""What people write into the fields of a form, as the API takes it."""

from __future__ import annotations

from flask import request

from rapport.kernel.errors import field_error

_MOST_DIGITS = 6


def words(name: str) -> list[str]:
    """The words of a field, one to a line or with commas between."""
    return [each.strip() for each in request.form.get(name, "").replace(",", "\n").splitlines() if each.strip()]


def lines(name: str) -> list[str]:
    """The lines of a field that say something."""
    return [each.strip() for each in request.form.get(name, "").splitlines() if each.strip()]


def text(name: str) -> str:
    """The text of a field, with its lines ended as everywhere but in forms."""
    return request.form.get(name, "").replace("\r\n", "\n")


def whole(name: str, given: str) -> int:
    """The number in a field."""
    if not given.isascii() or not given.isdigit() or len(given) > _MOST_DIGITS:
        raise field_error(name, "Must be a whole number.")
    return int(given)
