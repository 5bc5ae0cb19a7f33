"""What the log says of reports, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

SENT = title("report.sent", "The report of {week} went to {count} addresses")
SKIPPED = title("report.skipped", "The report of {week} was not sent: {reason}")
