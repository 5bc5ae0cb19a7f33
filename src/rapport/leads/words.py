"""Words of the table of leads."""

from __future__ import annotations

from enum import StrEnum


class LeadColumn(StrEnum):
    """What the table of leads may show beside the name."""

    TITLE = "title"
    COMPANY = "company"
    HEADLINE = "headline"
    LOCATION = "location"
    EMAIL = "email"
    PHONE = "phone"
    TAGS = "tags"
    SOURCE = "source"
    SCORE = "score"
    REPLIED_AT = "replied_at"
    UPDATED_AT = "updated_at"
    CREATED_AT = "created_at"


USUAL_COLUMNS = tuple(
    each.value
    for each in (LeadColumn.COMPANY, LeadColumn.EMAIL, LeadColumn.TAGS, LeadColumn.SOURCE, LeadColumn.CREATED_AT)
)
"""What is shown where nobody chose."""
