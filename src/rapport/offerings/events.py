"""What the log says of offerings, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

CREATED = title("offering.created", "The offering {name} was added")
CHANGED = title("offering.changed", "The offering {name} was changed: {fields}")
LINKED = title("message.linked", "A message is about {names}")
DECIDED = title("message.link_decided", "A message is {said} {name}")
