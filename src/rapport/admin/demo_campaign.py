"""The demo's campaign: forty people of the sandbox, four steps, at work day and night so that it moves at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rapport.campaigns import drafts, findings, lifecycle
from rapport.campaigns.queries import Enrolled, kept
from rapport.enrollments.enroll import enroll
from rapport.kernel.tx import Tx
from rapport.leads.arriving import LeadSource, arrive
from rapport.leads.importing.searching import of_result
from rapport.ports.unipile_records import FoundPerson
from rapport.rules.windows import WEEKDAYS

NAME = "Spring outreach"
PEOPLE = 40
_ALWAYS = {
    "timezone": "UTC",
    "week": {day: [{"opens": "00:00", "closes": "24:00"}] for day in WEEKDAYS},
    "weekend": [],
}
_STEPS: list[dict[str, Any]] = [
    {
        "key": "invite",
        "kind": "invite",
        "variants": [
            {"key": "a", "weight": 1, "body": 'Hello {{ first_name | clean | default: "there" }}, may we connect?'},
            {"key": "b", "weight": 1, "body": "I read about your work and would like to stay in touch."},
        ],
    },
    {
        "key": "accepted",
        "kind": "wait_for",
        "condition": {"asked": "connected"},
        "within": {"amount": 7, "unit": "days"},
    },
    {
        "key": "hello",
        "kind": "message",
        "delay": {"amount": 2, "unit": "hours"},
        "variants": [
            {
                "key": "a",
                "weight": 1,
                "body": 'Hi {{ first_name | clean | default: "there" }}, thank you for connecting. '
                "What are you working on this spring?",
            }
        ],
    },
    {
        "key": "again",
        "kind": "message",
        "delay": {"amount": 3, "unit": "days"},
        "variants": [{"key": "a", "weight": 1, "body": "I know how full a week is. Shall I send you two lines on it?"}],
    },
]


def seed(
    tx: Tx, client_id: str, people: Sequence[FoundPerson], *, account_ids: Sequence[str], enrolled: Enrolled
) -> str:
    """Make the campaign, let the people arrive and be enrolled, and start it; answers the campaign."""
    found = [somebody.person for somebody in map(of_result, people)]
    persons = [person for person in found if person is not None][:PEOPLE]
    arrived = arrive(tx, client_id, persons, source=LeadSource.SEARCH, said_by="import", source_detail="Demo")
    campaign = drafts.create(
        tx,
        client_id=client_id,
        name=NAME,
        schedule=_ALWAYS,
        account_ids=account_ids,
        steps=_STEPS,
    )
    tx.session.flush()  # enrolling reads the campaign's row
    lead_ids = [each.lead_id for each in arrived if each.lead_id is not None]
    enroll(tx, kept(tx, campaign.id), lead_ids, by=None)
    lifecycle.start(tx, campaign, enrolled=enrolled, accepted=findings.ACCEPTABLE)
    return campaign.id
