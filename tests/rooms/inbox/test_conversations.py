"""The list, one conversation, and how it stands: open, snoozed, closed, read, somebody's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.leads import erasing, persons
from rapport.people import users
from rapport.people.models import User
from rapport.rules.permissions import Role
from tests.rooms.inbox.world import by_hand, do, listed, shown, told, total, wrote


@pytest.fixture
def world(stage):
    stage.mira = stage.account("Mira").id
    stage.ada = stage.lead("Ada Lovelace")
    return stage


def test_a_conversation_is_listed_with_who_it_is_with_and_what_was_written_last(world):
    first = wrote(world, "c1", lead=world.ada, account=world.mira, text="Yes, let us talk")
    world.wait(minutes=1)
    second = wrote(world, "c2", account=world.mira, text="Who are you?")

    page = world.bob.get("/inbox/conversations").json["items"]

    assert [each["id"] for each in page] == [second, first]
    assert (page[1]["lead"], page[1]["account"], page[1]["newest"]["text"]) == (
        "Ada Lovelace",
        "Mira",
        "Yes, let us talk",
    )
    assert (page[1]["unread_count"], page[1]["waiting_since"]) == (1, "2026-03-02T09:00:00Z")
    assert listed(world, by=world.carol) == []


def test_pages_of_conversations_partition_the_list(world):
    made = []
    for number in range(7):
        made.append(wrote(world, f"c{number}"))
        world.wait(seconds=number % 2)
    seen, cursor = [], ""
    while cursor is not None:
        page = world.alice.get(f"/inbox/conversations?limit=3{cursor and f'&cursor={cursor}'}").json
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == sorted(made)
    assert len(seen) == 7


def test_whoever_wants_to_hear_no_more_goes_on_the_do_not_contact_list_and_stays_there(world):
    thread = wrote(world, "c1", lead=world.ada, account=world.mira, text="Please stop")

    for outcome in ("unsubscribe", "unsubscribe", None):
        answer = world.alice.put(f"/inbox/conversations/{thread}/outcome", json={"outcome": outcome})
        assert (answer.status_code, answer.json["outcome"]) == (200, outcome)

    assert world.alice.get(f"/leads/{world.ada}").json["do_not_contact"]
    (entry,) = world.alice.get("/do-not-contact").json["items"]
    assert entry["reason"] == "They want to hear no more."


def test_every_filter_picks_its_own(world):
    hot = wrote(world, "c1", lead=world.ada, account=world.mira)
    world.alice.put(f"/inbox/conversations/{hot}/temperature", json={"temperature": "hot"})
    do(world, hot, "tags", {"add": ["vip"]})
    do(world, hot, "assign", {"assignee_id": world.alice.id})
    queue = world.alice.post("/inbox/queues", {"client_id": world.acme.id, "name": "Sales"}).json["id"]
    do(world, hot, "queue", {"queue_id": queue})
    world.alice.put(f"/inbox/conversations/{hot}/outcome", json={"outcome": "meeting"})
    other = wrote(world, "c2")
    do(world, other, "read")
    closed = wrote(world, "c3")
    do(world, closed, "close", {})

    assert listed(world, status="closed") == [closed]
    assert listed(world, temperature="hot") == listed(world, tag="vip") == listed(world, outcome="meeting") == [hot]
    assert listed(world, assignee_id=world.alice.id) == listed(world, queue_id=queue) == [hot]
    assert listed(world, account_id=world.mira) == listed(world, lead_id=world.ada) == [hot]
    assert set(listed(world, temperature="unscored")) == {other, closed}
    assert listed(world, unread="true") == [hot]
    assert set(listed(world, unread="false")) == {other, closed}
    assert set(listed(world, waiting="true")) == {hot, other}, "who is read waits all the same"
    assert set(listed(world, channel="linkedin")) == {hot, other, closed}
    assert listed(world, channel="email") == []


def test_messages_are_paged_and_say_what_is_known_of_each(world):
    conversation = by_hand(world, text="Hi Ada")
    world.wait(minutes=1)
    wrote(world, text="Yes")
    page = world.bob.get(f"/inbox/conversations/{conversation}/messages?limit=1").json
    assert [(each["text"], each["number"], each["direction"]) for each in page["items"]] == [("Yes", 2, "in")]
    rest = world.bob.get(f"/inbox/conversations/{conversation}/messages?limit=1&cursor={page['next_cursor']}").json
    assert [(each["text"], each["number"], each["direction"]) for each in rest["items"]] == [("Hi Ada", 1, "out")]


def test_reading_counts_down_and_only_new_words_count_up(world):
    conversation = wrote(world)
    wrote(world)
    assert shown(world, conversation)["unread_count"] == 2
    assert do(world, conversation, "read")["unread_count"] == 0
    assert do(world, conversation, "read")["unread_count"] == 0
    assert [each.type for each in told(world, "conversation.read")] == ["conversation.read"]

    world.wait(minutes=1)
    wrote(world)
    assert shown(world, conversation)["unread_count"] == 1
    do(world, conversation, "read")
    assert do(world, conversation, "unread")["unread_count"] == 1
    assert do(world, conversation, "read")["unread_count"] == 0


def test_a_word_told_late_is_unread_although_the_thread_was_read_since(world):
    conversation = wrote(world)
    world.wait(hours=1)
    do(world, conversation, "read")
    wrote(world, at=world.clock.now() - timedelta(minutes=30))
    assert shown(world, conversation)["unread_count"] == 1


@pytest.mark.parametrize("how", ["snooze", "close"])
def test_somebody_who_writes_opens_what_was_put_away(world, how):
    conversation = wrote(world)
    do(world, conversation, how, {"until": "2026-03-05T09:00:00Z"} if how == "snooze" else {})
    was = shown(world, conversation)["status"]
    world.wait(minutes=1)
    wrote(world)
    assert shown(world, conversation)["status"] == "open"
    assert [each.data["was"] for each in told(world, "conversation.reopened")] == [was]


def test_a_snoozed_conversation_opens_when_its_time_has_come_and_not_before(world):
    until_noon = wrote(world, "c1")
    until_reply = wrote(world, "c2")
    do(world, until_noon, "snooze", {"until": "2026-03-02T12:00:00Z"})
    do(world, until_reply, "snooze", {"until": None})
    assert (
        world.alice.post(f"/inbox/conversations/{until_noon}/snooze", {"until": "2026-03-02T08:00:00Z"}).status_code
        == 422
    )

    def statuses():
        world.run_inbox()
        return shown(world, until_noon)["status"], shown(world, until_reply)["status"]

    world.wait(hours=2, minutes=59)
    assert statuses() == ("snoozed", "snoozed")
    world.wait(minutes=1)
    assert statuses() == ("open", "snoozed")


def test_closing_ends_the_wait_and_snoozing_does_not(world):
    conversation = wrote(world)
    since = shown(world, conversation)["waiting_since"]
    assert do(world, conversation, "snooze", {"until": None})["waiting_since"] == since is not None
    assert do(world, conversation, "close", {})["waiting_since"] is None
    assert do(world, conversation, "reopen", {})["waiting_since"] is None
    world.wait(minutes=5)
    wrote(world)
    assert shown(world, conversation)["waiting_since"] == "2026-03-02T09:05:00Z"


def test_a_write_for_another_state_than_that_seen_is_refused(world):
    conversation = wrote(world)
    version = shown(world, conversation)["version"]
    do(world, conversation, "assign", {"assignee_id": world.alice.id, "version": version})
    answer = world.alice.post(f"/inbox/conversations/{conversation}/close", {"version": version})
    assert (answer.status_code, answer.json["code"]) == (409, "CONVERSATION_CHANGED")
    assert shown(world, conversation)["status"] == "open"


def test_agents_work_on_their_own_and_take_over_a_colleagues_first(world):
    eve = world.person("Eve", Role.AGENT, world.acme)
    conversation = wrote(world)
    do(world, conversation, "assign", {"assignee_id": world.alice.id})

    refused = eve.post(f"/inbox/conversations/{conversation}/close", {})
    assert (refused.status_code, refused.json["code"]) == (409, "CONVERSATION_TAKEN")
    assert "Alice" in refused.json["message"]

    do(world, conversation, "assign", {"assignee_id": eve.id}, by=eve)
    do(world, conversation, "close", {}, by=eve)
    do(world, conversation, "reopen", {}, by=world.root)


def test_a_conversation_goes_only_to_somebody_who_works_for_its_client(world):
    conversation = wrote(world)
    for somebody in (world.bob, world.carol):
        answer = world.alice.post(f"/inbox/conversations/{conversation}/assign", {"assignee_id": somebody.id})
        assert answer.status_code == 422
    assert do(world, conversation, "assign", {"assignee_id": world.root.id})["assignee"] == "Root"


def test_viewers_read_and_change_nothing_and_strangers_find_nothing(world):
    conversation = wrote(world)
    assert world.bob.post(f"/inbox/conversations/{conversation}/read").status_code == 403
    for path in ("", "/messages", "/notes", "/timeline"):
        assert world.carol.get(f"/inbox/conversations/{conversation}{path}").status_code == 404
        assert world.bob.get(f"/inbox/conversations/{conversation}{path}").status_code == 200
    assert world.carol.post(f"/inbox/conversations/{conversation}/read").status_code == 404


def test_who_leaves_gives_their_conversations_back(world):
    eve = world.person("Eve", Role.AGENT, world.acme)
    conversation = wrote(world)
    do(world, conversation, "assign", {"assignee_id": eve.id})
    with world.tx() as tx:
        users.delete(tx, tx.session.get_one(User, eve.id))
    world.run_consumers()
    assert shown(world, conversation)["assignee_id"] is None
    assert total(world)["open"] == 1


def test_notes_are_for_colleagues_and_go_with_the_person_who_is_erased(world):
    conversation = wrote(world, lead=world.ada)
    note = world.alice.post(f"/inbox/conversations/{conversation}/notes", {"text": "Call before noon."}).json
    assert world.bob.get(f"/inbox/conversations/{conversation}/notes").json["items"] == [note]
    assert "noon" not in str([each.data for each in told(world, "conversation.noted")])

    with world.tx() as tx:
        erasing.erase(tx, persons.get(tx, world.ada, in_turn=True), confirm=world.ada)
    world.run_consumers()
    assert world.bob.get(f"/inbox/conversations/{conversation}/notes").json["items"] == []


def test_what_operators_do_is_on_the_timeline_of_the_conversation(world):
    conversation = wrote(world)
    do(world, conversation, "tags", {"add": ["vip"]})
    do(world, conversation, "close", {})
    seen = world.bob.get(f"/inbox/conversations/{conversation}/timeline?sort=recorded_at&order=asc").json["items"]
    assert [each["type"] for each in seen] == ["message.received", "conversation.tagged", "conversation.closed"]
    assert seen[2]["actor_id"] == world.alice.id
