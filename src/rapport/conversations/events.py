"""What the log says of messages, in sentences: never what was written."""

from __future__ import annotations

from rapport.events.titles import title

RECEIVED = title("message.received", "A message came on {channel}")
SENT = title("message.sent", "A message went out on {channel}")
EDITED = title("message.edited", "A message was edited on {channel}")
DELETED = title("message.deleted", "A message was taken back on {channel}")
REACTED = title("message.reacted", "A message got a reaction on {channel}")
SEEN = title("message.seen", "A message was seen on {channel}")
