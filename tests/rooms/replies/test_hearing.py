"""Who wrote, which way, and what stops because of it."""

from __future__ import annotations

from itertools import permutations

import pytest

from rapport.leads import persons
from rapport.ports.unipile_hooks import AccountHeard, MessageDelivered, MessageSeen, Named, OtherHeard, Unreadable
from rapport.rules.direction import Direction, direction
from tests.rooms.replies.world import (
    ADA,
    ADA_NUMBER,
    OWNER,
    STRANGER,
    a_listener,
    a_running_campaign,
    events,
    messages,
    related,
    settle,
    status,
    tell,
    told,
    was_sent,
)


@pytest.fixture
def world(stage):
    stage.mira = a_listener(stage)
    stage.ada = stage.lead("Ada Lovelace", provider_id=ADA)
    stage.enrollment = a_running_campaign(stage, stage.mira, stage.ada)[stage.ada]
    return stage


DIRECTIONS = {
    "the provider says they wrote it": (False, {"provider_id": OWNER}, Direction.INBOUND),
    "the provider says we wrote it": (True, {"provider_id": ADA}, Direction.OUTBOUND),
    "nothing is said, and it is not the owner": (None, {"provider_id": ADA}, Direction.INBOUND),
    "nothing is said, and it is the owner": (None, {"provider_id": OWNER}, Direction.OUTBOUND),
    "nothing is said, and the id is of another kind": (None, {"member_id": ADA_NUMBER}, None),
    "nothing is said, and nobody is named": (None, {}, None),
    "one of two ids is the owner's": (None, {"member_id": ADA_NUMBER, "provider_id": OWNER}, Direction.OUTBOUND),
}


@pytest.mark.parametrize(("is_sender", "sender", "expected"), DIRECTIONS.values(), ids=DIRECTIONS.keys())
def test_the_direction_is_told_and_never_guessed(is_sender, sender, expected):
    assert direction(is_sender=is_sender, sender=sender, owner=[{"provider_id": OWNER}, {}]) is expected


def test_a_reply_stops_the_enrollment_and_tells_it_once_however_often_it_is_told(world):
    was_sent(world, world.enrollment)
    decided = tell(world, *[told()] * 5)

    assert status(world, world.enrollment) == ("responded", "replied")
    assert [each.decision for each in decided] == ["reply"] + ["known_already"] * 4
    (event,) = events(world, "reply.received")
    assert (event.lead_id, event.enrollment_id, event.account_id) == (world.ada, world.enrollment, world.mira)
    assert "Yes" not in str(event.data)


def test_what_we_wrote_ourselves_stops_nothing(world):
    decided = tell(
        world,
        told("m1", is_sender=True, sender=Named(provider_id=OWNER)),
        told("m2", is_sender=None, sender=Named(provider_id=OWNER)),
    )

    assert [each.decision for each in decided] == ["own_message"] * 2
    assert status(world, world.enrollment)[0] != "responded"
    assert [row.lead_id for row in messages(world)] == [world.ada] * 2
    assert events(world, "reply.received") == []


def test_every_other_enrollment_of_the_person_stops_unless_it_is_set_otherwise(world):
    was_sent(world, world.enrollment)
    elsewhere = a_running_campaign(world, a_listener(world, "Noa", unipile="noa"), world.ada, shares_leads=True)
    goes_on = a_running_campaign(world, world.mira, world.ada, shares_leads=True, stops_on_reply_elsewhere=False)
    world.wait(minutes=5)

    tell(world, told(at=world.clock.now()))

    assert status(world, world.enrollment) == ("responded", "replied")
    assert status(world, elsewhere[world.ada])[0] == "stopped"
    assert status(world, goes_on[world.ada])[0] not in ("stopped", "responded")


def test_a_word_of_before_the_campaign_stops_nothing(world):
    before = world.clock.now()
    world.wait(days=1)
    bea = world.lead("Bea Best", provider_id=STRANGER)
    enrollment = a_running_campaign(world, world.mira, bea)[bea]

    tell(world, told(sender=Named(provider_id=STRANGER), attendees=(), chat_id="c2", at=before))

    assert status(world, enrollment)[0] != "responded"
    assert messages(world)[-1].lead_id == bea


RUNGS = {
    "the provider id": ({"provider_id": ADA}, Named(provider_id=ADA), "provider_id"),
    "the member id": ({"member_id": ADA_NUMBER}, Named(member_id=ADA_NUMBER), "member_id"),
    "the public identifier": ({"profile_url": "ada-l"}, Named(public_identifier="ada-l"), "public_identifier"),
    "the profile's address": (
        {"profile_url": "ada-l"},
        Named(provider_id=STRANGER, profile_url="https://www.linkedin.com/in/ada-l"),
        "public_identifier",
    ),
    "who else is in the chat": ({"provider_id": ADA}, None, "chat"),
}


@pytest.mark.parametrize(("known", "sender", "rung"), RUNGS.values(), ids=RUNGS.keys())
def test_the_writer_is_recognised_rung_by_rung_and_the_evidence_kept(stage, known, sender, rung):
    stage.mira = a_listener(stage)
    lead = stage.lead("Ada Lovelace", **known)

    (decided,) = tell(stage, told(sender=sender))

    (row,) = messages(stage)
    assert (decided.decision, row.lead_id, row.match_rung) == ("reply", lead, rung)
    assert row.match_evidence[rung]["lead_id"] == lead


def test_what_a_webhook_teaches_of_a_lead_is_kept_and_recognises_the_next(stage):
    a_listener(stage)
    lead = stage.lead("Ada Lovelace", profile_url="ada-l")
    tell(stage, told("m1", sender=Named(provider_id=ADA, public_identifier="ada-l")))
    tell(stage, told("m2", sender=Named(provider_id=ADA), chat_id=None, attendees=()))

    assert [row.lead_id for row in messages(stage)] == [lead, lead]
    assert messages(stage)[1].match_rung == "provider_id"


def test_somebody_with_another_provider_id_is_not_taken_for_the_lead_of_the_thread(world):
    tell(world, told("m1"))
    tell(world, told("m2", sender=Named(provider_id=STRANGER), attendees=()))

    row = messages(world)[-1]
    assert (row.lead_id, row.match_rung) == (None, None)
    assert row.match_evidence["chat"]["contradicted"] == world.ada


def test_in_a_group_only_the_writer_says_who_wrote(world):
    people = (Named(provider_id=ADA), Named(provider_id=STRANGER))
    tell(world, told("m1", is_group=True, sender=None, attendees=people[:1]))
    tell(world, told("m2", is_group=True, sender=people[0], attendees=people))

    assert [row.lead_id for row in messages(world)] == [None, world.ada]


def test_an_own_message_by_member_id_alone_is_not_taken_for_a_reply(world):
    """`is_sender` is null and the id is of a kind of which the owner's is not known."""
    (decided,) = tell(world, told(is_sender=None, sender=Named(member_id="999")))

    (row,) = messages(world)
    assert (decided.decision, row.direction, row.lead_id) == ("direction_unknown", None, None)
    assert status(world, world.enrollment)[0] != "responded"


def test_a_writer_whose_own_id_is_a_leads_is_not_the_owner(stage):
    a_listener(stage)
    lead = stage.lead("Ada Lovelace", member_id=ADA_NUMBER)
    (decided,) = tell(stage, told(is_sender=None, sender=Named(member_id=ADA_NUMBER), attendees=()))
    assert (decided.decision, decided.lead_id) == ("reply", lead)


def test_an_unmatched_message_is_recognised_when_a_lead_gains_the_id(stage):
    stage.mira = a_listener(stage)
    lead = stage.lead("Ada Lovelace", email="ada@people.example")
    enrollment = a_running_campaign(stage, stage.mira, lead)[lead]
    (decided,) = tell(stage, told(attendees=()))
    assert decided.decision == "unmatched"

    with stage.tx() as tx:
        persons.change(tx, persons.get(tx, lead, in_turn=True), given={"provider_id": ADA}, custom={})
    stage.run_consumers()
    stage.wait(seconds=10)
    stage.run_due_jobs()

    assert messages(stage)[0].lead_id == lead
    assert status(stage, enrollment) == ("responded", "replied")
    assert len(events(stage, "reply.received")) == 1


def test_the_order_of_arrival_never_changes_the_end(make_stage):
    """All that can be told of one chat, in every order: the same end. Fifty of a hundred and twenty orders."""
    ends = set()
    stage = make_stage()
    stage.mira = a_listener(stage)
    for number, order in enumerate(list(permutations(range(5)))[::3]):
        provider, public = f"ACoAAperson{number:05}", f"person-{number}"
        lead = stage.lead(f"Person No{number}", profile_url=public)
        enrollment = a_running_campaign(stage, stage.mira, lead)[lead]
        chat, first, second = f"c{number}", f"a{number}", f"b{number}"
        person, owner = Named(provider_id=provider, public_identifier=public), Named(provider_id=OWNER)
        common = {"chat_id": chat, "attendees": (person,), "at": stage.clock.now()}
        tellings = [
            told(first, **common, sender=owner, is_sender=True, text="Hi"),
            told(second, **common, sender=person, is_sender=None, text="Hello"),
            told(second, **common, sender=None, is_sender=None, text="Hello"),
            MessageSeen(told(first, **common, sender=owner).message),
            MessageDelivered(told(first, **common, sender=owner).message),
        ]
        tell(stage, *(tellings[place] for place in order))
        found = [row for row in messages(stage) if row.external_id in (first, second)]
        shown = sorted(
            (row.external_id[0], row.direction, row.text, row.lead_id == lead, row.seen_at is not None) for row in found
        )
        ends.add((tuple(shown), status(stage, enrollment)))
    assert ends == {
        (
            (("a", "out", "Hi", True, True), ("b", "in", "Hello", True, False)),
            ("responded", "replied"),
        )
    }


def test_what_is_no_message_is_named(world):
    decided = tell(
        world, Unreadable("empty"), OtherHeard("x", None), AccountHeard("mira", "OK", None), told(account_id="who")
    )
    assert [each.decision for each in decided] == ["unreadable", *["not_about_a_person"] * 2, "unknown_account"]
    assert messages(world) == []


def test_an_acceptance_is_news_once_whatever_tells_it(world):
    from rapport.leads import relating as ties

    with world.tx() as tx:
        ties.invited(tx, world.acme.id, world.mira, world.ada, at=tx.now)
    world.wait(hours=1)
    decided = tell(world, related(Named(provider_id=ADA)), related(Named(provider_id=ADA)))
    tell(world, told(at=world.clock.now()))

    assert [each.decision for each in decided] == ["connected"] * 2
    (event,) = events(world, "relation.accepted")
    assert (event.lead_id, event.data["learned"]) == (world.ada, "webhook")


def test_a_word_in_an_ordinary_chat_shows_that_the_invitation_was_accepted(world):
    from rapport.leads import relating as ties

    with world.tx() as tx:
        ties.invited(tx, world.acme.id, world.mira, world.ada, at=tx.now)
    tell(world, told())
    assert [event.data["learned"] for event in events(world, "relation.accepted")] == ["message"]


def test_an_answer_to_an_inmail_shows_no_acceptance(world):
    from rapport.leads import relating as ties

    with world.tx() as tx:
        ties.invited(tx, world.acme.id, world.mira, world.ada, at=tx.now)
    tell(world, told(subject="An offer"))
    assert events(world, "relation.accepted") == []
    assert status(world, world.enrollment) == ("responded", "replied")


def test_a_relation_nobody_is_known_to_be_is_known_when_the_lead_gains_the_id(stage):
    stage.mira = a_listener(stage)
    lead = stage.lead("Ada Lovelace", email="ada@people.example")
    (decided,) = tell(stage, related(Named(provider_id=ADA)))
    assert decided.decision == "unmatched_relation"

    with stage.tx() as tx:
        persons.change(tx, persons.get(tx, lead, in_turn=True), given={"provider_id": ADA}, custom={})
    settle(stage)

    assert [event.lead_id for event in events(stage, "relation.accepted")] == [lead]


AWAY = "Automatic reply: I am out of the office until 6 March 2026 and will answer when I am back."


def test_an_automatic_answer_holds_until_the_person_is_back_and_is_no_reply(world):
    (decided,) = tell(world, told(text=AWAY))

    why = world.alice.get(f"/enrollments/{world.enrollment}/why").json
    gate = next(each for each in why["gates"] if each["gate"] == "away")
    assert (decided.decision, gate["open"], gate["reason"]) == ("out_of_office", False, "out_of_office")
    assert gate["changes_at"] in ("2026-03-06T00:00:00Z", "2026-03-07T00:00:00Z")
    assert events(world, "reply.received") == []
    assert len(events(world, "reply.out_of_office")) == 1
    assert world.alice.get(f"/leads/{world.ada}").json["replied_at"] is None

    tell(world, told("m2"))
    assert status(world, world.enrollment) == ("responded", "replied")


def test_an_automatic_answer_that_names_no_day_holds_for_a_week(world):
    tell(world, told(text="Automatic reply: I am out of the office."))
    why = world.alice.get(f"/enrollments/{world.enrollment}/why").json
    assert next(each for each in why["gates"] if each["gate"] == "away")["changes_at"] == "2026-03-09T09:00:00Z"


def test_an_operator_who_sets_the_next_step_ends_the_hold(world):
    tell(world, told(text=AWAY))
    world.alice.post(f"/enrollments/{world.enrollment}/override", {"due_at": "2026-03-03T10:00:00Z"})
    why = world.alice.get(f"/enrollments/{world.enrollment}/why").json
    assert next(each for each in why["gates"] if each["gate"] == "away")["open"]
