"""What the provider's profile of a lead says of who they are: kept, so that the next call need not ask again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.kernel.tx import Tx
from rapport.leads import arriving
from rapport.leads.models import LeadSource
from rapport.ports.unipile_records import Profile
from rapport.rules import identity
from rapport.rules.lead_fields import Person
from rapport.rules.said import ENRICHMENT


def recognise(tx: Tx, lead: Mapping[str, Any], profile: Profile) -> bool:
    """Keep the ids of a lead's profile. False when another lead has one of them: the two are one person."""
    given = {identity.PROVIDER_ID: profile.provider_id, identity.PUBLIC_IDENTIFIER: profile.public_identifier}
    identities = {kind: value for kind, value in given.items() if value is not None}
    for kind in (identity.PUBLIC_IDENTIFIER, identity.MEMBER_ID):
        if lead[kind] and kind not in identities:
            identities[kind] = lead[kind]
    arrived = arriving.arrive(
        tx,
        lead["client_id"],
        [Person(fields={}, identities=identities)],
        source=LeadSource(lead["source"]),
        said_by=ENRICHMENT,
    )[0]
    return arrived.lead_id == lead["id"] and not arrived.others
