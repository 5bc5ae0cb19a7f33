"""What the log says of replies and relations, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

REPLIED = title("reply.received", "{lead} replied")
AWAY = title("reply.out_of_office", "{lead} is out of office until {until}")
ACCEPTED = title("relation.accepted", "{lead} is connected with {sender} ({learned})")
WITHDRAWN = title("relation.withdrawn", "The invitation of {sender} to {lead} is not pending any more")
INVITED = title("relation.invited", "{sender} has a pending invitation to {lead}")
RECOGNISED = title("message.recognised", "A message was recognised as {lead}'s ({rung})")
