"""What the log says of connections and deliveries, in sentences. No delivery tells of these."""

from __future__ import annotations

from rapport.events.titles import title

CONNECTED = title("connection.added", "The connection {name} ({kind}) was added")
CHANGED = title("connection.changed", "The connection {name} was changed: {fields}")
REMOVED = title("connection.removed", "The connection {name} was removed")
ROTATED = title("connection.secret_rotated", "The secret of {name} was changed")
FAILING = title("connection.failing", "{name} takes no deliveries any more: {error}")
DISABLED = title("connection.disabled", "{name} wants no more deliveries")
RECOVERED = title("connection.recovered", "{name} takes deliveries again")
DEAD = title("delivery.dead", "The {channel} of {event_type} could not be delivered: {error}")
REPLAYED = title("delivery.replayed", "{count} dead letters were sent again")
CARRIED = title("delivery.carried", "The {channel} of {event_type} was taken")
"""Told only of what somebody waits to know of (`words.AWAITED`)."""
DISMISSED = title("delivery.dismissed", "What could not be delivered by {channel} was put away: {reason}")
PARKED = title("delivery.parked", "No {channel} leaves until {until}: {error}")
MAIL_STOPPED = title("mail.stopped", "{email} gets no more {what}: {reason}")
MAIL_ALLOWED = title("mail.allowed", "{email} may get {what} again")
OURS = ("connection.", "delivery.")
"""How the types begin that no delivery tells of."""
