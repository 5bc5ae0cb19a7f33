"""The log: appended once, numbered without gaps, read onward by number and backward by people."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from rapport.events import queries
from rapport.events.forget import without_names
from rapport.events.models import AppendOnlyError, Event
from rapport.kernel.ids import AGENCY
from rapport.kernel.principal import Actor
from rapport.kernel.tenancy import SCOPED, ScopeError, only
from rapport.people import clients
from rapport.rules.permissions import Permission


def told(stage, client, after=0, **more):
    with stage.reading() as reading:
        return queries.after(reading, client.id, after, limit=200, **more)[0]


def tell(stage, client, what, **more):
    with stage.tx() as tx:
        tx.emit(what, client_id=client.id, **more)


def tell_two(stage, mine, foreign):
    """Tell of a client in scope, then of one outside it: the transaction fails at its very end."""
    with stage.service.transaction(actor=Actor("user", "x"), scope=only([mine.id])) as tx:
        tx.emit("test.mine", client_id=mine.id)
        tx.emit("test.foreign", client_id=foreign.id)


def test_numbers_are_gapless_for_each_client_by_itself(stage):
    for number in range(3):
        tell(stage, stage.acme, f"test.{number}")
        tell(stage, stage.globex, f"test.{number}")

    for client in (stage.acme, stage.globex):
        assert [event["seq"] for event in told(stage, client)] == [1, 2, 3, 4]
        assert [event["type"] for event in told(stage, client)] == ["client.created", "test.0", "test.1", "test.2"]


def test_a_transaction_that_fails_leaves_no_event_and_no_gap(stage):
    tell(stage, stage.acme, "test.before")

    with pytest.raises(ScopeError):
        tell_two(stage, stage.acme, stage.globex)

    tell(stage, stage.acme, "test.after")
    assert [(event["seq"], event["type"]) for event in told(stage, stage.acme, after=1)] == [
        (2, "test.before"),
        (3, "test.after"),
    ]


def test_the_same_fact_told_twice_is_one_row(stage):
    for _ in range(2):
        tell(stage, stage.acme, "test.fact", dedupe_key="fact:1", data={"of": "the first telling"})
    with stage.tx() as tx:
        tx.emit("test.fact", client_id=stage.acme.id, dedupe_key="fact:1")
        tx.emit("test.fact", client_id=stage.acme.id, dedupe_key="fact:2")
        tx.emit("test.fact", client_id=stage.acme.id, dedupe_key="fact:2")
        tx.emit("test.other", client_id=stage.acme.id)

    assert [(event["seq"], event["type"]) for event in told(stage, stage.acme, after=1)] == [
        (2, "test.fact"),
        (3, "test.fact"),
        (4, "test.other"),
    ]


def test_a_dedupe_key_means_something_within_its_client_only(stage):
    tell(stage, stage.acme, "test.fact", dedupe_key="fact:1")
    tell(stage, stage.globex, "test.fact", dedupe_key="fact:1")

    assert len(told(stage, stage.acme, types=["test.fact"])) == len(told(stage, stage.globex, types=["test.fact"])) == 1


@pytest.mark.parametrize("statement", ["update", "delete"])
def test_nothing_in_the_log_can_be_changed_by_a_statement(stage, statement):
    tell(stage, stage.acme, "test.fact")
    for table in (Event, Event.__table__):
        change = delete(table) if statement == "delete" else update(table).values(type="forged")
        with pytest.raises(AppendOnlyError), stage.tx() as tx:
            tx.session.execute(change.execution_options(**{SCOPED: True}))
    assert told(stage, stage.acme)[-1]["type"] == "test.fact"


def test_nothing_in_the_log_can_be_changed_row_by_row(stage):
    tell(stage, stage.acme, "test.fact")
    with pytest.raises(AppendOnlyError), stage.tx() as tx:
        tx.session.execute(select(Event)).scalars().first().data = {"forged": True}
    with pytest.raises(AppendOnlyError), stage.tx() as tx:
        tx.session.delete(tx.session.execute(select(Event)).scalars().first())
    assert told(stage, stage.acme)[-1]["data"] == {}


def test_an_event_of_a_foreign_client_is_refused_with_all_that_came_with_it(stage):
    mine, foreign = stage.acme, stage.globex
    with pytest.raises(ScopeError):
        tell_two(stage, mine, foreign)
    assert [event["type"] for event in told(stage, mine) + told(stage, foreign)] == ["client.created"] * 2


def test_an_event_bears_who_did_it_when_and_what_about(stage):
    account = stage.account("Mira")
    actor = Actor("provider", "unipile")
    with stage.tx(actor) as tx:
        tx.emit("test.seen", client_id=stage.acme.id, account_id=account.id, data={"n": 1})
        tx.emit("test.said", client_id=stage.acme.id, actor=Actor("lead", "ada"), occurred_at=stage.clock.now())

    seen, said = told(stage, stage.acme)[-2:]
    assert (seen["actor_type"], seen["actor_id"], seen["account_id"]) == ("provider", "unipile", account.id)
    assert seen["occurred_at"] == seen["recorded_at"] == stage.clock.now()
    assert (said["actor_type"], said["actor_id"], said["account_id"]) == ("lead", "ada", None)


def test_what_alice_does_is_told_in_her_name_and_what_a_key_does_in_the_keys(stage):
    answer = stage.alice.post("/jobs", {"type": "custom.task", "client_id": stage.acme.id})
    key = stage.key(Permission.WRITE, Permission.READ, of=stage.acme)
    key.post("/jobs", {"type": "custom.task", "client_id": stage.acme.id})

    by_alice, by_key = told(stage, stage.acme, types=["job.enqueued"])
    assert (by_alice["actor_type"], by_alice["actor_id"]) == ("user", stage.alice.id)
    assert by_alice["job_id"] == answer.json["id"]
    assert (by_key["actor_type"], by_key["actor_id"]) == ("api_key", key.id)


def test_titles_are_rendered_when_they_are_read(stage):
    with stage.tx() as tx:
        clients.change(tx, clients.get(tx, stage.acme.id), {"timezone": "Europe/Paris"})
    tell(stage, stage.acme, "never.registered_one", data={"name": "{0.__class__}"})

    created, changed, unknown = told(stage, stage.acme)
    assert created["title"] == "Client Acme was created"
    assert "timezone" in changed["title"]
    assert unknown["title"] == "Never registered one"
    assert "title" not in Event.__table__.c


def test_an_integrator_reads_on_from_where_it_stood_and_sees_each_event_once(stage):
    for number in range(25):
        tell(stage, stage.acme, f"test.{number}")
    seen, after, more = [], 0, True
    while more:
        answer = stage.bob.get(f"/events?client_id={stage.acme.id}&after={after}&limit=10")
        assert answer.status_code == 200
        seen += [event["seq"] for event in answer.json["items"]]
        after, more = answer.json["next_after"], answer.json["more"]
    assert seen == list(range(1, len(told(stage, stage.acme)) + 1))

    tell(stage, stage.acme, "test.later")
    later = stage.bob.get(f"/events?client_id={stage.acme.id}&after={after}").json
    assert [event["type"] for event in later["items"]] == ["test.later"]
    assert later["items"][0]["title"] == "Test later"


def test_a_filter_by_type_still_moves_past_everything_that_was_read(stage):
    for number in range(5):
        tell(stage, stage.acme, "test.rare" if number == 2 else "test.common")

    answer = stage.bob.get(f"/events?client_id={stage.acme.id}&types=test.rare,test.never").json

    assert [event["type"] for event in answer["items"]] == ["test.rare"]
    assert answer["next_after"] == told(stage, stage.acme)[-1]["seq"]
    assert not answer["more"]


def test_a_full_page_of_a_filtered_read_never_moves_past_what_it_left_out(stage):
    for _ in range(5):
        tell(stage, stage.acme, "test.wanted")
        tell(stage, stage.acme, "test.other")
    seen, after, more = 0, 0, True
    while more:
        answer = stage.bob.get(f"/events?client_id={stage.acme.id}&types=test.wanted&after={after}&limit=2").json
        seen += len(answer["items"])
        after, more = answer["next_after"], answer["more"]
    assert seen == 5


def test_the_timeline_shows_the_newest_first_and_filters_by_subject(stage):
    account = stage.account("Mira")
    other = stage.account("Nils")
    stage.wait(minutes=1)
    with stage.tx() as tx:
        tx.emit("test.seen", client_id=stage.acme.id, account_id=account.id)

    answer = stage.alice.get(f"/events/timeline?filter[account_id]={account.id}")

    assert answer.status_code == 200
    assert answer.json["items"][0]["type"] == "test.seen"
    assert {event["account_id"] for event in answer.json["items"]} == {account.id}
    assert other.id not in answer.text


def test_timeline_pages_join_without_a_gap_or_a_repeat(stage):
    for number in range(23):
        tell(stage, stage.acme, f"test.{number}")
    seen, query = [], "limit=7"
    while query:
        answer = stage.alice.get(f"/events/timeline?{query}").json
        seen += [event["id"] for event in answer["items"]]
        query = f"limit=7&cursor={answer['next_cursor']}" if answer["next_cursor"] else ""
    assert sorted(seen) == sorted(event["id"] for event in told(stage, stage.acme))


def test_carol_reads_nothing_of_acme(stage):
    account = stage.account("Mira")
    assert stage.carol.get(f"/events?client_id={stage.acme.id}").status_code == 404
    assert stage.carol.get(f"/events/timeline?filter[account_id]={account.id}").json["items"] == []
    assert all(event["client_id"] == stage.globex.id for event in stage.carol.get("/events/timeline").json["items"])


def test_the_agencys_own_log_is_for_admins(stage):
    assert stage.alice.get("/events").status_code == 404
    assert stage.alice.get(f"/events?client_id={AGENCY}").status_code == 404
    answer = stage.root.get("/events")
    assert answer.status_code == 200
    assert all(event["client_id"] is None for event in answer.json["items"])


@pytest.mark.parametrize("after", ["-1", "x", "1.5", str(2**63), "9" * 40, "%00"])
def test_an_absurd_number_to_read_from_is_refused(stage, after):
    answer = stage.bob.get(f"/events?client_id={stage.acme.id}&after={after}")
    assert answer.status_code == 422
    assert answer.json["code"] == "VALIDATION_FAILED"


def test_a_number_beyond_the_end_reads_nothing_and_does_not_move(stage):
    answer = stage.bob.get(f"/events?client_id={stage.acme.id}&after=1000000").json
    assert answer == {"items": [], "next_after": 1000000, "more": False}


def test_every_type_the_log_knows_has_a_sentence(stage):
    items = stage.bob.get("/events/types").json["items"]
    assert items["job.completed"] == "Job {type} was done"
    assert all(sentence.strip() for sentence in items.values())


def test_what_an_action_counted_as_outlives_the_person_it_was_about():
    count = {
        "id": "0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b",
        "budget": "invites",
        "on_day": "2026-03-02",
        "at": "2026-03-02T09:15:00+00:00",
    }

    assert without_names({"lead": "Ada", "usage": count}) == {"lead": "(erased)", "usage": count}
    for wrong in ({"budget": "Ada"}, {"on_day": "Ada"}, {"at": "Ada"}, {"id": "Ada"}, {"more": "Ada"}):
        assert "Ada" not in str(without_names({"usage": count | wrong}))
