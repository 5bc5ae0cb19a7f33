"""The words of notices."""

from __future__ import annotations

from rapport.outbox.words import Channel

CHANNELS = tuple(each.value for each in Channel if each is not Channel.WEBHOOK)
"""Where a notice may go: what endpoints are told they name themselves."""
