"""What the log says of alerts, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

RAISED = title("alert.raised", "{what}: {shown}, where {borne} is borne")
CLEARED = title("alert.cleared", "{what}: back to {shown}")
