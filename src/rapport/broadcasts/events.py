"""What the log says of broadcasts, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

CREATED = title("broadcast.created", "The broadcast {name} was written")
CHANGED = title("broadcast.changed", "The broadcast {name} was changed: {fields}")
DISPATCHED = title("broadcast.dispatched", "The broadcast {name} was sent off")
FROZEN = title("broadcast.frozen", "The broadcast {name} goes to {recipients}; {excluded} are left out")
PAUSED = title("broadcast.paused", "The broadcast {name} was paused")
RESUMED = title("broadcast.resumed", "The broadcast {name} goes on")
CANCELLED = title("broadcast.cancelled", "The broadcast {name} was cancelled; {unsent} were not sent")
FINISHED = title("broadcast.finished", "The broadcast {name} has left: {sent} sent, {failed} refused")
CLAIMED = title("broadcast.claimed", "Outside says of the broadcast {name}: {sent} sent, {failed} failed ({status})")
TOLD = title("email.told", "A mail of the broadcast {name} was {what}")
STOPPED = title("email.stopped", "{email} gets no more broadcasts: {reason}")
