"""Every message is recorded once, whichever way it is told, and ends the same in whatever order."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from rapport.conversations import queries, record
from rapport.conversations.models import Conversation, Message
from rapport.conversations.told import Marked, Match, Somebody, Told
from rapport.conversations.words import Mark, Via
from rapport.events.models import Event
from rapport.leads import erasing, merging, persons
from rapport.rules.direction import Direction
from tests.stage import MONDAY

ADA = "ACoAAada0000001"


@pytest.fixture
def world(stage):
    stage.mira = stage.account("Mira").id
    stage.ada = stage.lead("Ada Lovelace")
    return stage


def told(stage, message_id="m1", **more):
    given = {
        "client_id": stage.acme.id,
        "account_id": stage.mira,
        "message_id": message_id,
        "chat_id": "c1",
        "at": MONDAY,
        "via": Via.WEBHOOK,
        "direction": Direction.INBOUND,
        "author": Somebody(ADA, "Ada Lovelace"),
        "match": Match(stage.ada, "provider_id", {"provider_id": ADA}),
        "text": "Yes, let us talk",
    }
    return Told(**given | more)


def out(stage, message_id="m1", **more):
    return told(stage, message_id, **{"direction": Direction.OUTBOUND, "author": None, "text": "Hi Ada"} | more)


def hear(stage, *tellings):
    answers = []
    for each in tellings:
        with stage.tx() as tx:
            answers.append(record.marked(tx, each) if isinstance(each, Marked) else record.heard(tx, each))
    return answers


def send(stage, action_id="a1", *, message_id=None, chat_id=None, text="Hi Ada", at=MONDAY, lead=None):
    with stage.tx() as tx:
        return record.sent(
            tx,
            account_id=stage.mira,
            client_id=stage.acme.id,
            lead_id=lead or stage.ada,
            chat_id=chat_id,
            message_id=message_id,
            text=text,
            subject=None,
            at=at,
            action_id=action_id,
        )


def rows(stage, model=Message):
    with stage.reading() as reading:
        return list(reading.session.execute(select(model).order_by(model.id)).scalars())


def events(stage):
    with stage.reading() as reading:
        wanted = select(Event.type).where(Event.type.like("message.%")).order_by(Event.seq)
        return list(reading.session.execute(wanted).scalars())


def test_a_message_told_ten_times_by_two_ways_is_one_message_and_one_event(world):
    answers = hear(world, *(told(world, via=via) for via in [Via.WEBHOOK, Via.POLL] * 5))

    assert len(rows(world)) == len(rows(world, Conversation)) == 1
    assert events(world) == ["message.received"]
    assert [each.is_fresh_reply for each in answers] == [True] + [False] * 9
    shown = rows(world, Conversation)[0]
    assert (shown.unread_count, shown.last_inbound_at, shown.lead_id) == (1, MONDAY, world.ada)


def test_messages_of_different_ids_are_different_messages(world):
    hear(world, told(world, "m1"), told(world, "m2"))
    assert len(rows(world)) == 2
    assert rows(world, Conversation)[0].unread_count == 2


def test_what_becomes_known_later_is_added_and_is_news_when_it_makes_a_reply(world):
    unknown = told(world, direction=None, author=None, match=Match(None, None, {"sender": "none was told"}))
    first, second = hear(world, unknown, told(world, via=Via.POLL))

    assert (first.is_fresh_reply, second.is_fresh_reply) == (False, True)
    (row,) = rows(world)
    assert (row.direction, row.lead_id, row.match_rung, row.author_id) == ("in", world.ada, "provider_id", ADA)
    assert events(world) == ["message.received"]
    assert rows(world, Conversation)[0].lead_id == world.ada


def state(stage):
    """What a reader sees, without what says by which way it came."""
    message = rows(stage)[0]
    thread = rows(stage, Conversation)[0]
    names = ("text", "direction", "at", "edited_at", "deleted_at", "seen_at", "delivered_at", "reactions", "lead_id")
    kept = {name: getattr(message, name) for name in names}
    counts = ("unread_count", "last_message_at", "last_inbound_at", "last_outbound_at", "lead_id", "external_id")
    return (
        kept | {"earlier": sorted(message.earlier_texts)},
        {name: getattr(thread, name) for name in counts},
        sorted(events(stage)),
    )


def test_the_order_of_what_is_told_changes_nothing_of_the_end(make_stage):
    minute = timedelta(minutes=1)

    def tellings(stage):
        return [
            out(stage),
            out(stage, text="Hi Ada!", edited_at=MONDAY + minute, at=MONDAY + minute),
            out(stage, text="Dear Ada", edited_at=MONDAY + 2 * minute, at=MONDAY + 2 * minute),
            Marked(stage.acme.id, "m1", Mark.SEEN, MONDAY + minute),
            Marked(stage.acme.id, "m1", Mark.REACTED, MONDAY + minute, by=ADA, value="like"),
        ]

    seen = set()
    stage = make_stage()
    stage.mira = stage.account("Mira").id
    for number, order in enumerate(permutations(range(5))):
        if number % 6:  # twenty of the hundred and twenty; every telling comes first and last among them
            continue
        stage.ada = stage.lead(f"Ada No{number}")
        thread, message = f"c{number}", f"m{number}"
        made = tellings(stage)
        with stage.tx() as tx:
            for place in order:
                each = made[place]
                if isinstance(each, Marked):
                    record.marked(tx, Marked(each.client_id, message, each.mark, each.at, by=each.by, value=each.value))
                else:
                    kept = {name: getattr(each, name) for name in ("text", "at", "edited_at")}
                    record.heard(tx, out(stage, message, chat_id=thread, **kept))
        with stage.reading() as reading:
            row = reading.session.execute(select(Message).where(Message.external_id == message)).scalar_one()
            names = ("text", "at", "edited_at", "seen_at", "reactions")
            seen.add((*(str(getattr(row, name)) for name in names), str(sorted(row.earlier_texts))))
    assert len(seen) == 1, seen
    ((text, at, edited_at, seen_at, reactions, earlier),) = seen
    assert (text, at, edited_at) == ("Dear Ada", str(MONDAY), str(MONDAY + 2 * minute))
    assert (seen_at, earlier) == (str(MONDAY + minute), "['Hi Ada', 'Hi Ada!']")
    assert "like" in reactions


def test_a_deleted_message_stays_deleted_when_it_arrives_late(world):
    hear(world, told(world, text=None, deleted_at=MONDAY + timedelta(hours=1), at=MONDAY + timedelta(hours=1)))
    hear(world, told(world))

    (row,) = rows(world)
    assert (row.deleted_at, row.at, row.text) == (MONDAY + timedelta(hours=1), MONDAY, "Yes, let us talk")
    assert sorted(events(world)) == ["message.deleted", "message.received"]


@pytest.mark.parametrize("echo_first", [False, True])
@pytest.mark.parametrize("ids", [(None, None), ("c1", None), (None, "m1"), ("c1", "m1")])
def test_our_own_send_and_its_echo_are_one_message(world, echo_first, ids):
    """Whatever the provider said of it: the chat, the message, both or neither."""
    chat_id, message_id = ids
    echo = out(world, at=MONDAY + timedelta(seconds=40), text="Hi  Ada ")
    if echo_first:
        hear(world, echo)
        send(world, chat_id=chat_id, message_id=message_id)
    else:
        send(world, chat_id=chat_id, message_id=message_id)
        hear(world, echo)
    hear(world, echo)

    (row,) = rows(world)
    assert (row.action_id, row.external_id, row.lead_id) == ("a1", "m1", world.ada)
    (thread,) = rows(world, Conversation)
    assert (thread.external_id, thread.lead_id, thread.unread_count) == ("c1", world.ada, 0)
    with world.reading() as reading:
        assert queries.chat_with(reading, account_id=world.mira, lead_id=world.ada) == "c1"
    assert events(world) == ["message.sent"]


def test_a_send_without_ids_and_an_echo_from_which_nobody_is_known_meet_when_the_person_is(world):
    bea = world.lead("Bea Best")
    send(world, "a1", text="Hello")
    send(world, "a2", text="Hello", lead=bea)
    hear(world, out(world, text="Hello", match=Match(None, None)))  # to which of the two?
    assert len(rows(world)) == 3

    hear(world, out(world, text="Hello", match=Match(bea, "chat")))

    by_action = {row.action_id: row for row in rows(world)}
    assert set(by_action) == {"a1", "a2"}
    assert (by_action["a2"].external_id, by_action["a1"].external_id) == ("m1", None)
    assert len(rows(world, Conversation)) == 2


def test_two_sends_of_the_same_words_are_two_messages(world):
    send(world, "a1", chat_id="c1")
    send(world, "a2", chat_id="c1", at=MONDAY + timedelta(seconds=20))
    hear(world, out(world, "m1"), out(world, "m2", at=MONDAY + timedelta(seconds=20)))
    assert {row.action_id: row.external_id for row in rows(world)} == {"a1": "m1", "a2": "m2"}


def test_the_same_words_much_later_are_another_message(world):
    send(world)
    hear(world, out(world, at=MONDAY + timedelta(minutes=3)))
    assert len(rows(world)) == 2


def test_a_send_asked_for_twice_is_recorded_once_and_learns_what_the_second_says(world):
    send(world)
    send(world, message_id="m1", chat_id="c1")
    (row,) = rows(world)
    assert (row.external_id, rows(world, Conversation)[0].external_id) == ("m1", "c1")


def test_a_chat_is_known_by_account_and_person(world):
    hear(world, told(world))
    other = world.account("Noa").id
    with world.reading() as reading:
        assert queries.chat_with(reading, account_id=world.mira, lead_id=world.ada) == "c1"
        assert queries.chat_with(reading, account_id=other, lead_id=world.ada) is None


def test_an_erased_person_leaves_no_word_behind_and_none_comes_back(world):
    hear(world, told(world), out(world, "m2", text="Secret offer"))
    with world.tx() as tx:
        erasing.erase(tx, persons.get(tx, world.ada, in_turn=True), confirm=world.ada)
    world.run_consumers()
    hear(world, told(world), out(world, "m2", text="Secret offer"), told(world, "m0", text="Older and unknown"))

    assert [(row.text, row.author_id, row.author_name, row.earlier_texts) for row in rows(world)] == [
        (None, None, None, [])
    ] * 3
    assert rows(world, Conversation)[0].subject is None
    later = world.clock.now() + timedelta(days=1)
    hear(world, told(world, "m3", at=later, match=Match(None, None)))
    assert rows(world)[-1].text == "Yes, let us talk"


def test_threads_follow_a_merge_and_come_back_when_it_is_undone(world):
    bea = world.lead("Bea Best")
    hear(world, told(world), told(world, "m2", chat_id="c2", match=Match(bea, "provider_id")))
    with world.tx() as tx:
        merging.merge(tx, world.ada, bea)
    world.run_consumers()
    assert {row.lead_id for row in rows(world)} == {row.lead_id for row in rows(world, Conversation)} == {world.ada}

    with world.tx() as tx:
        merging.unmerge(tx, world.ada)
    world.run_consumers()
    assert {row.external_id: row.lead_id for row in rows(world)} == {"m1": world.ada, "m2": bea}
    assert {row.external_id: row.lead_id for row in rows(world, Conversation)} == {"c1": world.ada, "c2": bea}


def test_no_word_of_a_message_is_in_the_log(world):
    hear(world, told(world, text="Very private words", subject="Private subject"))
    with world.reading() as reading:
        for event in reading.session.execute(select(Event)).scalars():
            assert "rivate" not in str(event.data)
