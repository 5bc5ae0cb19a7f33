"""What the log says of messages, in sentences: never what was written."""

from __future__ import annotations

from rapport.events.titles import title

RECEIVED = title("message.received", "A message came on {channel}")
SENT = title("message.sent", "A message went out on {channel}")
EDITED = title("message.edited", "A message was edited on {channel}")
DELETED = title("message.deleted", "A message was taken back on {channel}")
REACTED = title("message.reacted", "A message got a reaction on {channel}")
REOPENED = title("conversation.reopened", "A conversation that was {was} is open again")
SNOOZED = title("conversation.snoozed", "A conversation was set aside until {until}")
CLOSED = title("conversation.closed", "A conversation was closed")
READ = title("conversation.read", "A conversation was read")
UNREAD = title("conversation.unread", "A conversation was marked unread")
ASSIGNED = title("conversation.assigned", "A conversation went to {assignee}")
QUEUED = title("conversation.queued", "A conversation was put into the queue {queue}")
WARMED = title("conversation.temperature_changed", "A conversation went from {before} to {after}")
OUTCOME = title("conversation.outcome_set", "The outcome of a conversation is {outcome}")
COUNTS_DIFFERED = title("conversation.counts_differed", "{differences} counts of conversations were wrong")
SEEN = title("message.seen", "A message was seen on {channel}")
