"""Why a conversation is here: what the person answered, to the byte, and what was stopped because of it."""

from __future__ import annotations

from datetime import timedelta

from rapport.leads import relating
from rapport.ports.unipile_hooks import Named
from tests.outreach import outreach
from tests.rooms.inbox.world import wrote
from tests.rooms.replies.world import tell, told

CONNECTED = {"key": "accepted", "kind": "wait_for", "condition": {"asked": "connected"}}


def message(key, text, **delay):
    wait = {"delay": delay} if delay else {}
    return {"key": key, "kind": "message", "variants": [{"key": "a", "body": text}], **wait}


def test_the_text_that_was_answered_and_all_that_stopped_are_shown(make_stage):
    with outreach(make_stage, people=40, accounts=1, relations=3) as it:
        stage, world = it.stage, it.sandbox.world
        mira = it.sender()
        person = world.state.people[next(iter(world.account(0).relations))]
        ada = stage.lead(f"{person.first_name} {person.last_name}", provider_id=person.provider_id)
        steps = [
            CONNECTED,
            message("hello", "Hi {{ first_name }}, engines?"),
            message("again", "Again", amount=3, unit="days"),
        ]
        first = it.campaign(steps=steps)
        other = it.campaign(steps=steps, shares_leads=True)
        with stage.tx() as tx:
            relating.connected(tx, stage.acme.id, mira.id, [(ada, tx.now)])
        it.enroll(first, [ada])
        it.run(hours=2)
        it.enroll(other, [ada])
        (sent,) = it.arrived("message")

        stage.clock.advance(timedelta(minutes=1))
        (decided,) = tell(
            stage,
            told(
                account_id=mira.unipile_account_id,
                chat_id=sent["chat_id"],
                account_user_id=None,
                sender=named(person),
                attendees=(named(person),),
                at=it.now,
            ),
        )

        seen = stage.bob.get(f"/inbox/conversations/{decided.conversation_id}/why").json
        provoked = seen["provoked_by"]
        assert provoked["text"] == f"Hi {person.first_name}, engines?"
        assert (provoked["step"], provoked["variant"], provoked["account"]) == ("hello", "a", mira.name)
        assert (seen["campaign_id"], seen["message_id"]) == (first["id"], decided.message_id)
        assert {(each["campaign_id"], each["status"], each["reason"]) for each in seen["stopped"]} == {
            (first["id"], "responded", "replied"),
            (other["id"], "stopped", "replied_elsewhere"),
        }
        shown = stage.bob.get(f"/inbox/conversations/{decided.conversation_id}").json
        assert shown["campaign"] == first["name"]
        listed = stage.bob.get(f"/inbox/conversations?filter[campaign_id]={first['id']}").json["items"]
        assert [each["id"] for each in listed] == [decided.conversation_id]


def test_somebody_who_wrote_of_their_own_accord_was_provoked_by_nothing(stage):
    conversation = wrote(stage)
    seen = stage.bob.get(f"/inbox/conversations/{conversation}/why").json
    assert (seen["provoked_by"], seen["stopped"], seen["called_off"]) == (None, [], [])


def named(person):
    return Named(provider_id=person.provider_id, name=f"{person.first_name} {person.last_name}")
