"""The kinds of job that leads bring."""

from __future__ import annotations

from rapport.jobs.registry import JobType
from rapport.leads import bulk

BULK = JobType(
    "leads.bulk",
    "Does one thing with all leads that a filter picks: tag, untag, suppress, set a custom field, delete.",
    handler=bulk.go_on,
)
TYPES = [BULK]
