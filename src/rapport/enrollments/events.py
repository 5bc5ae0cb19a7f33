"""What the log says of enrollments, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

ENROLLED = title("enrollment.created", "{lead} was enrolled in {campaign}")
ASSIGNED = title("enrollment.assigned", "{lead} was given to {sender}")
MOVED = title("enrollment.moved", "{lead} passed the step {step}: {why}")
STATUS_CHANGED = title("enrollment.status_changed", "{lead} went from {before} to {after}")
MERGED = title("enrollment.merged", "{lead} is in {campaign} as one person with the lead merged into them")
UNMERGED = title("enrollment.unmerged", "{lead} stands in {campaign} as before the merge")
OVERRIDDEN = title("enrollment.overridden", "The next step for {lead} was set to {due_at}")
STEP_SKIPPED = title("enrollment.step_skipped", "The step {step} is skipped for {lead}")
STEP_UNSKIPPED = title("enrollment.step_unskipped", "The step {step} is not skipped for {lead} any more")
PAUSED = title("enrollment.paused", "{lead} was paused: {reason}")
RESUMED = title("enrollment.resumed", "{lead} goes on")
STOPPED = title("enrollment.stopped", "{lead} was stopped: {reason}")
RESTARTED = title("enrollment.restarted", "{lead} begins again at {step}")
SIMULATED = title("campaign.simulated", "{campaign} was simulated over {days} days")
PARKED = title("enrollment.parked", "{lead} was set aside after {tries} failed tries: {error}")
