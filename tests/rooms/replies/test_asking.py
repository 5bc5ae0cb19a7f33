"""Replies over HTTP: what is unmatched, matching by hand, and what became of what was told."""

from __future__ import annotations

import pytest

from rapport.ports.unipile_hooks import Named
from tests.rooms.replies.world import ADA, STRANGER, a_listener, a_running_campaign, messages, status, tell, told


@pytest.fixture
def world(stage):
    stage.mira = a_listener(stage)
    stage.ada = stage.lead("Ada Lovelace", email="ada@people.example")
    stage.enrollment = a_running_campaign(stage, stage.mira, stage.ada)[stage.ada]
    tell(stage, told(attendees=()))
    return stage


def test_an_unmatched_message_is_listed_with_what_was_tried_and_matched_by_hand(world):
    (listed,) = world.alice.get("/replies/unmatched").json["items"]
    assert (listed["text"], listed["account_id"], listed["chat_id"]) == ("Yes, let us talk", world.mira, "c1")
    assert listed["match_evidence"]["provider_id"] == {"given": {"provider_id": ADA}, "lead_id": None}
    assert world.carol.get("/replies/unmatched").json["items"] == []

    matched = world.alice.post(f"/replies/unmatched/{listed['id']}/match", {"lead_id": world.ada})

    assert (matched.json["lead_id"], matched.json["match_rung"]) == (world.ada, "by_hand")
    assert status(world, world.enrollment) == ("responded", "replied")
    assert world.alice.get("/replies/unmatched").json["items"] == []
    tell(world, told("m2", attendees=(), chat_id=None))
    assert messages(world)[-1].lead_id == world.ada  # what identified the writer is the lead's from now on


def test_a_message_is_not_matched_with_another_clients_lead(world):
    (listed,) = world.alice.get("/replies/unmatched").json["items"]
    foreign = world.lead("Zoe", of=world.globex)
    assert world.root.post(f"/replies/unmatched/{listed['id']}/match", {"lead_id": foreign}).status_code == 404
    own = world.lead("Zoe")
    assert world.carol.post(f"/replies/unmatched/{listed['id']}/match", {"lead_id": own}).status_code == 404
    assert messages(world)[0].lead_id is None


def test_admins_see_what_became_of_what_was_told(world):
    tell(world, told("m2", chat_id="c2", sender=Named(provider_id=STRANGER), attendees=()))

    found = world.root.get("/replies/diagnostics?chat_id=c1&limit=5").json

    assert [each["external_id"] for each in found["messages"]] == ["m1"]
    assert [each["type"] for each in found["events"]] == ["message.received"]
    assert world.alice.get("/replies/diagnostics?chat_id=c1").status_code == 403
    for wrong in ("", "?chat_id=c1&limit=0", f"?chat_id=c1&lead_id={world.ada}"):
        assert world.root.get(f"/replies/diagnostics{wrong}").status_code == 422, wrong


def test_how_an_account_is_listened_to_is_shown(world):
    (shown,) = world.alice.get("/replies/listening").json["items"]
    assert (shown["account_id"], shown["heard_at"], shown["missed"]) == (world.mira, "2026-03-02T09:00:00Z", 0)
    assert world.carol.get("/replies/listening").json["items"] == []
