"""Reading enrollments."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from rapport.enrollments.models import Enrollment
from rapport.kernel.tenancy import Scope, within
from rapport.leads.models import Lead
from rapport.rules.statuses import FINAL

_E, _L = Enrollment.__table__, Lead.__table__


def leads_in(scope: Scope, campaign_id: str) -> ColumnElement[bool]:
    """The condition that picks the leads whose way through a campaign is not at its end."""
    under_way = select(_E.c.lead_id).where(
        _E.c.campaign_id == campaign_id, _E.c.status.not_in(sorted(FINAL)), within(scope, _E.c.client_id)
    )
    return _L.c.id.in_(under_way)
