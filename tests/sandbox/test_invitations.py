"""Invitations as LinkedIn treats them: pending, accepted, declined, withdrawn, refused."""

from __future__ import annotations

from datetime import timedelta

from tests.sandbox.stage import Stage, refusal, said

DAY = 86_400.0


def test_an_invitation_is_pending_and_listed(stage: Stage) -> None:
    ada = stage.stranger()

    answer = said(stage.invite(ada, "Hi Ada"))

    [listed] = stage.items("/users/invite/sent")
    assert answer == {"object": "UserInvitationSent", "invitation_id": listed["id"]}
    assert listed["invited_user_id"] == ada.provider_id
    assert listed["invitation_text"] == "Hi Ada"
    assert profile(stage, ada)["invitation"] == {"type": "SENT", "status": "PENDING"}


def test_an_accepted_invitation_leaves_the_sent_list_and_makes_a_relation(stage: Stage) -> None:
    ada = stage.stranger()
    stage.world.accepts(ada, timedelta(hours=1))
    stage.invite(ada)

    stage.advance(3_601)

    assert stage.items("/users/invite/sent") == []
    newest = stage.items("/users/relations")[0]
    assert newest["member_id"] == ada.provider_id
    seen = profile(stage, ada)
    assert (seen["is_relationship"], seen["network_distance"]) == (True, "FIRST_DEGREE")
    assert "invitation" not in seen


def test_a_declined_invitation_leaves_the_list_too_but_makes_no_relation(stage: Stage) -> None:
    ada = stage.stranger()
    stage.world.declines(ada, timedelta(hours=1))
    stage.invite(ada)

    stage.advance(3_601)

    assert stage.items("/users/invite/sent") == []
    assert profile(stage, ada)["is_relationship"] is False
    assert profile(stage, ada)["invitation"]["status"] == "IGNORED"


def test_a_withdrawn_person_takes_no_invitation_for_three_weeks(stage: Stage) -> None:
    ada = stage.stranger()
    invitation_id = said(stage.invite(ada))["invitation_id"]

    answer = stage.delete(f"/users/invite/sent/{invitation_id}", account_id=stage.account.id)

    assert said(answer) == {"object": "InvitationCanceled"}
    assert stage.items("/users/invite/sent") == []
    stage.advance(20 * DAY)
    assert refusal(stage.invite(ada)) == (422, "already_invited_recently")
    assert profile(stage, ada)["invitation"]["status"] == "WITHDRAWN"
    stage.advance(1 * DAY)
    assert stage.invite(ada).status == 201


def test_a_second_invitation_while_one_is_pending_is_refused(stage: Stage) -> None:
    ada = stage.stranger()
    stage.invite(ada)

    assert refusal(stage.invite(ada)) == (422, "already_invited_recently")
    assert stage.world.received(ada) == ["invite"]


def test_a_relation_cannot_be_invited(stage: Stage) -> None:
    assert refusal(stage.invite(stage.friend())) == (422, "already_connected")


def test_a_note_of_300_characters_goes_and_one_of_301_is_refused(stage: Stage) -> None:
    assert stage.invite(stage.stranger(0), "x" * 300).status == 201
    assert refusal(stage.invite(stage.stranger(1), "x" * 301)) == (400, "invalid_parameters")


def test_only_a_provider_id_can_be_invited(stage: Stage) -> None:
    ada = stage.stranger()
    for other in (ada.public_identifier, ada.member_id, ada.member_urn, "ACoAA" + "x" * 34):
        answer = stage.post("/users/invite", {"account_id": stage.account.id, "provider_id": other})
        assert refusal(answer) == (422, "invalid_recipient")
    assert stage.world.received(ada) == []


def test_an_account_cannot_invite_itself(stage: Stage) -> None:
    assert refusal(stage.invite(stage.account.owner)) == (422, "invalid_recipient")


def test_what_is_not_pending_cannot_be_cancelled(stage: Stage) -> None:
    ada = stage.stranger()
    stage.world.accepts(ada, timedelta(hours=1))
    invitation_id = said(stage.invite(ada))["invitation_id"]
    stage.advance(3_601)

    for gone in (invitation_id, "7000000000000000000"):
        answer = stage.delete(f"/users/invite/sent/{gone}", account_id=stage.account.id)
        assert refusal(answer) == (404, "resource_not_found")


def test_lists_lag_behind_the_effect(stage: Stage) -> None:
    stage.sandbox.switches.list_lag = 10
    ada = stage.stranger()
    stage.world.accepts(ada, timedelta(hours=1))

    stage.invite(ada)

    assert stage.items("/users/invite/sent") == []
    stage.advance(10)
    assert len(stage.items("/users/invite/sent")) == 1
    stage.advance(3_591 + 8)
    assert len(stage.items("/users/invite/sent")) == 1, "accepted nine seconds ago, still listed"
    assert stage.items("/users/relations")[0]["member_id"] != ada.provider_id
    stage.advance(2)
    assert stage.items("/users/invite/sent") == []
    assert stage.items("/users/relations")[0]["member_id"] == ada.provider_id


def test_an_accepted_note_opens_the_chat_as_a_message_of_the_account(stage: Stage) -> None:
    ada = stage.stranger()
    stage.world.accepts(ada, timedelta(hours=1))
    stage.invite(ada, "Hi Ada")

    stage.advance(3_700)

    [message] = stage.items("/messages")
    assert (message["text"], message["is_sender"]) == ("Hi Ada", 1)
    assert stage.world.received(ada) == ["invite"], "the note is no message that was sent"


def test_the_sent_list_pages_without_overlap(stage: Stage) -> None:
    stage.sandbox.patience.burst = None
    people = [stage.stranger(position) for position in range(25)]
    for person in people:
        stage.invite(person)

    listed = [one["invited_user_id"] for one in stage.everything("/users/invite/sent", limit=10)]

    assert listed == [person.provider_id for person in reversed(people)]


def profile(stage: Stage, person: object) -> dict:
    return said(stage.get(f"/users/{person.provider_id}", account_id=stage.account.id))  # type: ignore[attr-defined]
