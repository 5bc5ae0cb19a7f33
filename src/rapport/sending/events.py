"""What the log says of actions, in sentences."""

from __future__ import annotations

from rapport.accounts.moves import counting, freeing
from rapport.events.titles import title

CLAIMED = counting(title("action.claimed", "{account} is about to do a {kind} for {lead}"))
SENT = title("action.sent", "{account} did a {kind} for {lead}")
REFUSED = freeing(title("action.refused", "A {kind} for {lead} was refused: {code}"))
UNCERTAIN = title("action.uncertain", "It is uncertain whether a {kind} for {lead} was done: {code}")
CANCELLED = freeing(title("action.cancelled", "A {kind} for {lead} was not begun: {code}"))
NEEDS_A_PERSON = title("action.needs_a_person", "Somebody must say whether a {kind} for {lead} was done")
STARTED = title("scheduler.started", "Sending was started: {reason}")
DRAINED = title("scheduler.drained", "Nothing more is claimed for sending: {reason}")
STOPPED = title("scheduler.stopped", "Sending was stopped: {reason}")
