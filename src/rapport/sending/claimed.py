"""An action that is ours to call, with what was read when it was claimed: its call and its settling need it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapport.enrollments.facts import Gathered
from rapport.leads.forbidden import Target


@dataclass(frozen=True, slots=True)
class Claimed:
    action: Mapping[str, Any]
    lead: Mapping[str, Any]
    account: Mapping[str, Any]
    known: Gathered | None = None
    """The facts by which it was decided; none when no campaign wants it."""

    @property
    def targets(self) -> list[Target]:
        """What of the lead a do-not-contact list could name when it was claimed."""
        lead = self.lead
        if self.action["lead_id"] is None:
            return []
        return [Target(lead["id"], lead["client_id"], lead["company_key"], lead["email_domain"])]
