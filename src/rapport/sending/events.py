"""What the log says of actions, in sentences."""

from __future__ import annotations

from rapport.accounts.moves import counting, freeing
from rapport.events.titles import title

CLAIMED = counting(title("action.claimed", "The {kind} by {account} for {lead} is about to begin"))
SENT = title("action.sent", "The {kind} by {account} for {lead} was done")
REFUSED = freeing(title("action.refused", "The {kind} for {lead} was refused: {code}"))
UNCERTAIN = title("action.uncertain", "It is uncertain whether the {kind} for {lead} was done: {code}")
CANCELLED = freeing(title("action.cancelled", "The {kind} for {lead} was not begun: {code}"))
NEEDS_A_PERSON = title("action.needs_a_person", "Somebody must say whether the {kind} for {lead} was done")
STARTED = title("scheduler.started", "Sending was started: {reason}")
DRAINED = title("scheduler.drained", "Nothing more is claimed for sending: {reason}")
STOPPED = title("scheduler.stopped", "Sending was stopped: {reason}")
