"""What the log says of what was found out, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

ENRICHED = title("lead.enriched", "{source} told of {name}: {fields}")
