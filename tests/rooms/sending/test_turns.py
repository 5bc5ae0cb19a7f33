"""What is due is sent, once, with its words, and what became of it is settled."""

from __future__ import annotations

from tests.outreach import outreach
from tests.rooms.campaigns.world import accepted, invite, message


def test_an_invitation_leaves_and_the_lead_waits_for_the_answer(make_stage):
    with outreach(make_stage) as it:
        campaign = it.campaign(steps=[invite(note="Hello {{ first_name }}"), accepted(), message()], leads=1)
        it.run(days=1)

        assert len(it.arrived("invite")) == 1
        (action,) = it.actions()
        assert (action["state"], action["settled_by"], action["kind"]) == ("sent", "answer", "invite")
        (enrollment,) = it.enrollments(campaign)
        assert (enrollment["status"], enrollment["reason"]) == ("invite_sent", "waiting_for_condition")
