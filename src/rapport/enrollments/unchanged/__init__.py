"""Facts gathered a moment ago, taken again if nothing that they are made of has changed since.

An action is settled a second after it was claimed: to gather everything anew for it would cost more than all the rest.
What its sender did meanwhile is not asked. It closes gates that the whole line shares, and a line is asked anew
whenever it wakes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rapport.enrollments.facts import Gathered
from rapport.enrollments.unchanged.queries import OF_THE_LEAD, as_it_is
from rapport.kernel.tx import Reading
from rapport.leads.facts import STRANGER, standing
from rapport.leads.forbidden import Looked, Target, entry_against


def again(
    reading: Reading,
    known: Gathered,
    row: Mapping[str, Any],
    *,
    but: Mapping[str, Any],
    looked: Looked,
) -> Gathered | None:
    """The facts of one enrollment as they were gathered, with its row of now; None when anything has changed.

    What the claim wrote since does not count: `but` of the row.
    """
    before = known.rows.get(row["id"])
    if before is None or dict(row) != {**before, **but}:
        return None
    seat = known.seats[row["id"]]
    values = {name: row[name] for name in ("account_id", "lead_id", "campaign_id")}
    now = as_it_is(reading, enrollment_id=row["id"], **values)
    if now is None or not _are_the_same(known, row, now):
        return None
    target = Target(row["lead_id"], row["client_id"], now.company_key, now.email_domain)
    if entry_against(reading, target, looked) != seat.lead.do_not_contact:
        return None
    return replace(known, seats={row["id"]: seat}, rows={row["id"]: {**row, "unsettled": None}})


def _are_the_same(known: Gathered, row: Mapping[str, Any], now: Any) -> bool:
    """Whether the campaign, the lead, its tags and its standing to the account are as they were."""
    lead, campaign_id = known.leads[row["lead_id"]], row["campaign_id"]
    stood = known.standings.get((row["account_id"], row["lead_id"]), STRANGER)
    stands = STRANGER if now.state is None else standing(now)
    return (
        not now.is_joined
        and all(getattr(now, name) == lead.row[name] for name in OF_THE_LEAD)
        and (now.campaign_version, now.number)
        == (known.versions[campaign_id], known.campaigns[campaign_id].sequence.version)
        and (now.tags, now.last_tag) == (len(lead.tags), max(lead.tags.values(), default=None))
        and stands == stood
    )
