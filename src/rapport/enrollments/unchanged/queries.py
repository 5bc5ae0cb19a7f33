"""What an enrollment's facts are made of, as it is now: one row, by one statement that is built once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select

from rapport.campaigns.models import Campaign, SequenceVersion
from rapport.enrollments.models import Enrollment
from rapport.kernel.tenancy import Prepared
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead, LeadTag, Relation

_E = Enrollment.__table__
_C = Campaign.__table__
_V = SequenceVersion.__table__
_L = Lead.__table__
_T = LeadTag.__table__
_R = Relation.__table__
OF_THE_LEAD = ("version", "replied_at", "email_at", "open_inmail_at", "company_key", "email_domain")
"""What is asked of the lead's own row."""
_TAGS = select(func.count()).where(_T.c.lead_id == _L.c.id, _T.c.client_id == _L.c.client_id).scalar_subquery()
_LAST_TAG = (
    select(func.max(_T.c.tagged_at, type_=_T.c.tagged_at.type))
    .where(_T.c.lead_id == _L.c.id, _T.c.client_id == _L.c.client_id)
    .scalar_subquery()
)
_NUMBER = (
    select(func.max(_V.c.number)).where(_V.c.campaign_id == _C.c.id, _V.c.client_id == _C.c.client_id).scalar_subquery()
)
_JOINED = (
    select(_E.c.id).where(_E.c.goes_on_in_id == bindparam("enrollment_id"), _E.c.client_id == _L.c.client_id).exists()
)
"""Whether an enrollment of the same person goes on in this one: what became of it counts here, too."""
_NOW = Prepared(
    select(
        *(_L.c[name] for name in OF_THE_LEAD),
        *(_C.c.version.label("campaign_version"), _NUMBER.label("number")),
        *(_TAGS.label("tags"), _LAST_TAG.label("last_tag"), _JOINED.label("is_joined")),
        *(_R.c[name] for name in ("state", "invited_at", "connected_at", "withdrawn_at")),
    )
    .select_from(_L)
    .join(_C, _C.c.client_id == _L.c.client_id)
    .outerjoin(
        _R,
        (_R.c.account_id == bindparam("account_id")) & (_R.c.lead_id == _L.c.id) & (_R.c.client_id == _L.c.client_id),
    )
    .where(_L.c.id == bindparam("lead_id"), _C.c.id == bindparam("campaign_id")),
    owner=_L.c.client_id,
)


def as_it_is(reading: Reading, *, enrollment_id: str, account_id: str, lead_id: str, campaign_id: str) -> Any:
    """The row, or None when a part of it is gone."""
    return reading.rows(
        _NOW, enrollment_id=enrollment_id, account_id=account_id, lead_id=lead_id, campaign_id=campaign_id
    ).first()
