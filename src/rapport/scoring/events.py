"""What the log says of scores, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

WARMED = title("lead.temperature_changed", "{name} went from {before} to {temperature} ({because}, {points} points)")
SUGGESTED = title("lead.do_not_contact_suggested", "{name} is not interested: should they be contacted no more?")
TERMS = title("scoring.terms_changed", "Whom the client looks for was changed")
