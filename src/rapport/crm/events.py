"""What the log says of CRMs, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

SYNCED = title("crm.synced", "{name} is in {crm} ({how})")
CONFLICT = title("crm.conflict", "{crm} says otherwise of {name}: {error}")
SKIPPED = title("crm.skipped", "{name} was not pushed to {crm}: {error}")
FAILED = title("crm.failed", "{name} could not be pushed to {crm}: {error}")
NOTED = title("crm.noted", "A note of {name} was written to {crm}")
RESOLVED = title("crm.resolved", "What {crm} said of {name} was decided: {choice}")
PARKED = title("crm.parked", "{crm} takes nothing until {until}: {error}")
TERMS = title("crm.terms_changed", "How leads go to {name} was changed: {fields}")
