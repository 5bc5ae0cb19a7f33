"""Facts gathered a moment ago, taken again if nothing that they are made of has changed since.

An action is settled a second after it was claimed: to gather everything anew for it would cost more than all the rest.
What its sender did meanwhile is not asked. It closes gates that the whole line shares, and a line is asked anew
whenever it wakes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from rapport.campaigns.models import Campaign, SequenceVersion
from rapport.enrollments.facts import Gathered
from rapport.enrollments.models import Enrollment
from rapport.kernel.tenancy import Prepared
from rapport.kernel.tx import Reading
from rapport.leads.facts import STRANGER, standing
from rapport.leads.forbidden import Looked, Target, entry_against
from rapport.leads.models import Lead, LeadTag, Relation

_E = Enrollment.__table__
_C = Campaign.__table__
_V = SequenceVersion.__table__
_L = Lead.__table__
_T = LeadTag.__table__
_R = Relation.__table__
_OF_THE_LEAD = ("version", "replied_at", "email_at", "open_inmail_at", "company_key", "email_domain")
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
        *(_L.c[name] for name in _OF_THE_LEAD),
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


def again(
    reading: Reading,
    known: Gathered,
    row: Mapping[str, Any],
    *,
    but: Mapping[str, Any],
    invited_at: datetime | None,
    looked: Looked,
) -> Gathered | None:
    """The facts of one enrollment as they were gathered, with its row of now; None when anything has changed.

    What the caller wrote since does not count: `but` of the row, and with `invited_at` the invitation itself.
    """
    before = known.rows.get(row["id"])
    if before is None or dict(row) != {**before, **but}:
        return None
    seat = known.seats[row["id"]]
    values = {name: row[name] for name in ("account_id", "lead_id", "campaign_id")}
    now = reading.rows(_NOW, enrollment_id=row["id"], **values).first()
    if now is None or not _are_the_same(known, row, now, invited_at):
        return None
    target = Target(row["lead_id"], row["client_id"], now.company_key, now.email_domain)
    if entry_against(reading, target, looked) != seat.lead.do_not_contact:
        return None
    return replace(known, seats={row["id"]: seat}, rows={row["id"]: {**row, "unsettled": None}})


def _are_the_same(known: Gathered, row: Mapping[str, Any], now: Any, invited_at: datetime | None) -> bool:
    """Whether the campaign, the lead, its tags and its standing to the account are as they were."""
    lead, campaign_id = known.leads[row["lead_id"]], row["campaign_id"]
    stood = known.standings.get((row["account_id"], row["lead_id"]), STRANGER)
    stands = STRANGER if now.state is None else standing(now)
    return (
        not now.is_joined
        and all(getattr(now, name) == lead.row[name] for name in _OF_THE_LEAD)
        and (now.campaign_version, now.number)
        == (known.versions[campaign_id], known.campaigns[campaign_id].sequence.version)
        and (now.tags, now.last_tag) == (len(lead.tags), max(lead.tags.values(), default=None))
        and stands == (stood if invited_at is None else replace(stood, invited_at=invited_at))
    )
