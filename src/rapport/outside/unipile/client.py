"""The port's implementation for Unipile's API v1: every group of calls in one object."""

from __future__ import annotations

from rapport.outside.unipile.accounts import Accounts
from rapport.outside.unipile.messaging import Messaging
from rapport.outside.unipile.people import People
from rapport.outside.unipile.webhooks import Webhooks


class UnipileClient(Accounts, People, Messaging, Webhooks):
    """A `rapport.ports.unipile.Unipile` over HTTP: made once, shared between threads, closed at the end."""
