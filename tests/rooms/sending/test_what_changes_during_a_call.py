"""What changed between the claim and the answer is known when the answer is settled; what did not is not read again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from rapport.events.models import Event
from rapport.sending.carry_out import CarryingOut, carry_out
from rapport.sending.models import Action
from tests.outreach import outreach
from tests.rooms.campaigns.world import accepted, invite, message

STEPS = [invite(), accepted(), message()]


class Meanwhile:
    """The provider, and something that happens here before it answers an invitation."""

    def __init__(self, provider, act):
        self._provider = provider
        self._act = act

    def __getattr__(self, name):
        return getattr(self._provider, name)

    def invite(self, *given, **named):
        self._act()
        return self._provider.invite(*given, **named)


def _forbid(it, lead_id):
    it.stage.alice.post(f"/leads/{lead_id}/do-not-contact", {"reason": "Asked us to."})


def _pause(it, _lead_id):
    campaign = it.stage.alice.get("/campaigns").json["items"][0]
    it.stage.alice.post(f"/campaigns/{campaign['id']}/pause", {"reason": "Wait."})


def _nothing(_it, _lead_id):
    pass


@pytest.mark.parametrize(
    ("act", "reason"), [(_nothing, "waiting_for_condition"), (_forbid, "do_not_contact"), (_pause, "campaign_paused")]
)
def test_an_answer_is_settled_by_what_is_so_by_then(make_stage, act, reason):
    with outreach(make_stage) as it:
        it.sender()
        campaign = it.campaign(steps=STEPS, leads=1)
        (claimed,) = it.claim()
        lead_id = it.enrollments(campaign)[0]["lead_id"]
        it.stage.service.unipile = Meanwhile(it.stage.service.unipile, lambda: act(it, lead_id))

        assert carry_out(it.stage.service, claimed) == "sent"
        assert it.enrollments(campaign)[0]["reason"] == reason


@pytest.mark.parametrize("slept", [timedelta(minutes=3), timedelta(days=1)], ids=str)
def test_a_process_that_slept_past_its_lease_calls_nobody_and_whoever_finds_the_action_looks(make_stage, slept):
    with outreach(make_stage) as it:
        it.sender()
        it.campaign(steps=STEPS, leads=1)
        (claimed,) = it.claim()
        commits = []

        def sleep(_connection):
            commits.append(1)
            if len(commits) == 1:
                it.clock.advance(slept)

        event.listen(it.stage.service.engine, "commit", sleep)
        word = carry_out(it.stage.service, claimed)
        assert (word, it.arrived("invite")) == ("too_late", [])
        it.until(lambda: it.arrived("invite"))

        assert len(it.arrived("invite")) == 1
        assert sorted(each["state"] for each in it.actions()) == ["cancelled", "sent"]


def test_who_wakes_after_the_answer_finds_it_settled_by_another_and_writes_nothing(make_stage):
    with outreach(make_stage) as it:
        it.sender()
        campaign = it.campaign(steps=STEPS, leads=1)
        (claimed,) = it.claim()

        provider = it.stage.service.unipile

        def sleep():
            it.stage.service.unipile = provider
            it.clock.advance(timedelta(minutes=10))
            it.run(minutes=30)  # others find the action, and read the provider

        it.stage.service.unipile = Meanwhile(provider, sleep)

        assert carry_out(it.stage.service, claimed) == "not_ours"
        it.until(lambda: it.actions(state="sent"))
        sent = [each for each in it.actions() if each["state"] == "sent"]
        assert len(it.arrived("invite")) == len(sent) == 1
        assert it.enrollments(campaign)[0]["reason"] == "waiting_for_condition"


def test_the_answer_to_one_call_and_the_beginning_of_the_next_are_one_commit(make_stage):
    with outreach(make_stage) as it:
        it.sender(), it.sender()
        it.campaign(steps=STEPS, leads=2)
        it.clock.advance(timedelta(hours=2))
        claimed = it.claim()
        assert len(claimed) == 2
        commits, words = [], []
        event.listen(it.stage.service.engine, "commit", commits.append)
        carrying = CarryingOut(it.stage.service, came_of=lambda _, word: words.append(word))
        for each in claimed:
            carrying.do(each)
        carrying.finish()

        assert words == ["sent"] * 2
        assert len(commits) == 3


def test_an_action_that_must_not_begin_does_not_keep_the_answer_before_it_from_being_settled(make_stage):
    with outreach(make_stage) as it:
        it.sender(), it.sender()
        campaign = it.campaign(steps=STEPS, leads=2)
        it.clock.advance(timedelta(hours=2))
        one, other = it.claim()
        words = {}
        carrying = CarryingOut(it.stage.service, came_of=lambda each, word: words.update({each.action["id"]: word}))
        carrying.do(one)
        _forbid(it, other.action["lead_id"])
        carrying.do(other)

        assert words == {one.action["id"]: "sent", other.action["id"]: "held_back"}
        assert len(it.arrived("invite")) == 1
        assert {each["reason"] for each in it.enrollments(campaign)} == {"waiting_for_condition", "do_not_contact"}


def test_who_is_erased_during_the_call_is_named_nowhere_afterwards(make_stage):
    def erase(it, lead_id):
        assert it.stage.alice.post(f"/leads/{lead_id}/erase", {"confirm": lead_id}).status_code == 200

    with outreach(make_stage) as it:
        it.sender()
        campaign = it.campaign(steps=[invite(note="Hello {{ first_name }}")], leads=1)
        (claimed,) = it.claim()
        name = claimed.lead["last_name"]
        lead_id = it.enrollments(campaign)[0]["lead_id"]
        it.stage.service.unipile = Meanwhile(it.stage.service.unipile, lambda: erase(it, lead_id))

        assert carry_out(it.stage.service, claimed) == "sent"
        with it.stage.reading() as reading:
            told = reading.session.execute(select(Event.type, Event.data)).all()
            (kept,) = reading.session.execute(select(Action)).scalars()
        assert (kept.state, kept.body, kept.recipient) == ("sent", "", None)
        assert "action.sent" in {each.type for each in told}
        assert name
        assert [each.type for each in told if name in json.dumps(each.data, ensure_ascii=False)] == []
