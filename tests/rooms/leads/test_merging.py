"""Two leads that are one person, and two again."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from rapport.kernel.tenancy import SCOPED
from rapport.leads import arriving, merging
from rapport.leads.models import Lead, LeadSource, Relation
from rapport.leads.queries import register
from rapport.rules import merging as rule
from rapport.rules.lead_fields import read
from rapport.rules.merging import Tie
from rapport.rules.said import said

INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 4)).map(lambda each: each.replace(tzinfo=UTC))
NOTES = st.none() | st.builds(said, st.sampled_from(["operator", "enrichment", "import"]), INSTANTS)
FACTS = st.dictionaries(st.sampled_from("abc"), st.tuples(st.sampled_from(["x", "y", "z"]), NOTES))
TIES = st.builds(
    Tie,
    st.sampled_from(["invited", "connected", "withdrawn"]),
    st.none() | INSTANTS,
    st.none() | INSTANTS,
    st.none() | INSTANTS,
    st.none() | st.sampled_from(["i1", "i2"]),
)


@given(FACTS, FACTS, FACTS)
def test_facts_join_in_any_order(one, two, three):
    assert rule.joined(one, two) == rule.joined(two, one)
    assert rule.joined(rule.joined(one, two), three) == rule.joined(one, rule.joined(two, three))
    assert rule.joined(one, one) == one


@given(TIES, TIES)
def test_ties_to_an_account_join_in_any_order(one, two):
    assert rule.tied(one, two) == rule.tied(two, one)
    assert "connected" not in (one.state, two.state) or rule.tied(one, two).state == "connected"


def test_an_operators_word_outweighs_a_newer_import_and_the_newer_import_an_older():
    old = datetime(2026, 1, 1, tzinfo=UTC)
    new = datetime(2026, 2, 1, tzinfo=UTC)
    typed = {"company": ("Engines", said("operator", old)), "title": ("Old", said("import", old))}
    listed = {"company": ("Wrong", said("import", new)), "title": ("New", said("import", new))}

    joined = rule.joined(typed, listed)

    assert (joined["company"][0], joined["title"][0]) == ("Engines", "New")


def arrive(stage, **fields):
    tags = fields.pop("tags", ())
    custom = fields.pop("custom", {})
    with stage.tx() as tx:
        return arriving.arrive(
            tx, stage.acme.id, [read(fields, custom, tags)], source=LeadSource.IMPORT, said_by="import"
        )[0].lead_id


def relate(stage, lead, account, **state):
    """How the replies room writes a tie; there is no verb for it in this room."""
    with stage.tx() as tx:
        tx.session.execute(
            insert(Relation.__table__),
            [{"client_id": stage.acme.id, "lead_id": lead, "account_id": account.id, "state": "invited", **state}],
            execution_options={SCOPED: True},
        )


def two(stage):
    """Ada by hand, and Ada again from a list that knew her address only."""
    by_hand = stage.lead("Ada Lovelace", company="Engines", tags=["vip"])
    stage.wait(days=1)
    listed = arrive(
        stage,
        email="ada@engines.example",
        company="Wrong",
        title="Countess",
        first_name="A.",
        tags=("fair", "vip"),
        custom={"budget": "1"},
    )
    stage.alice.post(f"/leads/{listed}/notes", {"text": "from the list"})
    return by_hand, listed


def test_a_merge_moves_everything_to_the_kept_lead(stage):
    kept, other = two(stage)
    mira = stage.account("Mira")
    relate(stage, other, mira, invited_at=stage.clock.now())

    merged = stage.alice.post(f"/leads/{kept}/merge", {"other_id": other}).json

    assert (merged["first_name"], merged["company"], merged["title"]) == ("Ada", "Engines", "Countess")
    assert merged["email"] == "ada@engines.example"
    assert [each["kind"] for each in merged["identities"]] == ["public_identifier", "email"]
    assert merged["tags"] == ["fair", "vip"]
    assert merged["custom"] == {"budget": "1"}
    assert [(each["account_name"], each["state"]) for each in merged["relations"]] == [("Mira", "invited")]
    assert [each["merged_id"] for each in merged["merges"]] == [other]
    assert [each["text"] for each in stage.alice.get(f"/leads/{kept}/notes").json["items"]] == ["from the list"]
    titles = [each["title"] for each in stage.alice.get(f"/leads/{kept}/timeline").json["items"]]
    assert titles[0] == "A. was merged into Ada Lovelace"
    assert "A. was added (import)" in titles


def test_a_merged_lead_answers_whom_it_became_and_leaves_every_list(stage):
    kept, other = two(stage)
    third = stage.lead("Third Person")
    stage.alice.post(f"/leads/{kept}/merge", {"other_id": other})
    stage.alice.post(f"/leads/{third}/merge", {"other_id": kept})

    for answer in (stage.alice.get(f"/leads/{other}"), stage.alice.patch(f"/leads/{other}", {"title": "x"})):
        assert answer.status_code == 409
        assert (answer.json["code"], answer.json["details"]) == ("LEAD_MERGED", {"kept_id": third})
    assert [each["id"] for each in stage.alice.get("/leads").json["items"]] == [third]
    again = stage.alice.post("/leads", {"client_id": stage.acme.id, "email": "ada@engines.example"})
    assert again.json["details"]["lead_id"] == third


def test_a_merge_undone_gives_both_leads_back(stage):
    kept, other = two(stage)
    mira = stage.account("Mira")
    relate(stage, other, mira, invited_at=stage.clock.now())
    relate(stage, kept, mira, state="connected", connected_at=stage.clock.now())
    before = {each: shown(stage, each) for each in (kept, other)}
    stage.alice.post(f"/leads/{kept}/merge", {"other_id": other})
    stage.alice.patch(f"/leads/{kept}", {"location": "London", "title": "Programmer"})

    undone = stage.alice.post(f"/leads/{kept}/unmerge")

    assert undone.json == {"lead_id": kept, "merged_id": other}
    assert shown(stage, other) == before[other]
    after = shown(stage, kept)
    assert (after.pop("location"), after.pop("title")) == ("London", "Programmer")  # said since, so it stays
    assert after.pop("said").keys() - before[kept]["said"].keys() == {"location", "title"}
    assert after == {name: each for name, each in before[kept].items() if name in after}
    titles = [each["title"] for each in stage.alice.get(f"/leads/{kept}/timeline").json["items"]]
    assert titles[0] == "The merge of A. into Ada Lovelace was undone"


def shown(stage, lead):
    found = stage.alice.get(f"/leads/{lead}").json
    notes = stage.alice.get(f"/leads/{lead}/notes").json["items"]
    return {name: each for name, each in found.items() if name not in ("version", "updated_at")} | {"notes": notes}


def test_merges_are_undone_last_first(stage):
    leads = [stage.lead(f"Person {number}", tags=[f"t{number}"]) for number in range(3)]
    before = [shown(stage, each) for each in leads]
    for other in leads[1:]:
        assert stage.alice.post(f"/leads/{leads[0]}/merge", {"other_id": other}).status_code == 200

    undone = [stage.alice.post(f"/leads/{leads[0]}/unmerge").json["merged_id"] for _ in leads[1:]]

    assert undone == [leads[2], leads[1]]
    assert [shown(stage, each) for each in leads] == before
    assert stage.alice.post(f"/leads/{leads[0]}/unmerge").json["code"] == "MERGE_NOT_UNDOABLE"


def test_a_merge_that_was_built_upon_stands(stage):
    kept, other = two(stage)
    stage.alice.post(f"/leads/{kept}/merge", {"other_id": other})
    assert stage.alice.patch(f"/leads/{kept}", {"email": "new@engines.example"}).status_code == 200

    refused = stage.alice.post(f"/leads/{kept}/unmerge")

    assert refused.status_code == 409
    assert refused.json["code"] == "MERGE_NOT_UNDOABLE"
    assert stage.alice.get(f"/leads/{other}").json["code"] == "LEAD_MERGED"


def test_an_accepted_invitation_since_the_merge_keeps_it_standing(stage):
    kept, other = two(stage)
    mira = stage.account("Mira")
    relate(stage, other, mira, invited_at=stage.clock.now())
    stage.alice.post(f"/leads/{kept}/merge", {"other_id": other})
    with stage.tx() as tx:
        tx.session.get_one(Relation, (mira.id, kept)).state = "connected"

    assert stage.alice.post(f"/leads/{kept}/unmerge").json["code"] == "MERGE_NOT_UNDOABLE"


def test_what_cannot_be_merged_is_refused(stage):
    ada = stage.lead("Ada Lovelace")
    eve = stage.lead("Eve", of=stage.globex)

    assert stage.alice.post(f"/leads/{ada}/merge", {"other_id": ada}).json["code"] == "LEADS_NOT_MERGEABLE"
    assert stage.root.post(f"/leads/{ada}/merge", {"other_id": eve}).json["code"] == "LEADS_NOT_MERGEABLE"


def test_deleting_a_kept_lead_takes_the_merged_one_along(stage):
    kept, other = two(stage)
    stage.alice.post(f"/leads/{kept}/merge", {"other_id": other})

    assert stage.alice.delete(f"/leads/{kept}").status_code == 204

    with stage.reading() as reading:
        assert reading.session.execute(select(Lead.id)).scalars().all() == []
    assert stage.alice.get("/leads").json["items"] == []


WORDS = st.fixed_dictionaries(
    {
        "company": st.sampled_from([None, "Acme", "Globex"]),
        "title": st.sampled_from([None, "CEO"]),
        "tags": st.sets(st.sampled_from(["a", "b", "c"])),
        "by": st.sampled_from(["operator", "enrichment", "import"]),
        "budget": st.sampled_from([None, "1", "2"]),
        "days": st.integers(0, 3),
    }
)


ORDERS = list(itertools.permutations(range(3)))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(WORDS, min_size=3, max_size=3), orders=st.sets(st.sampled_from(ORDERS), min_size=2, max_size=3))
def test_whoever_is_merged_into_whom_the_facts_are_the_same(stage, words, orders):
    began = stage.clock.now()
    outcomes = [merged_in(stage, words, order, began) for order in sorted(orders)]
    stage.clock.set(began)

    assert all(outcome == outcomes[0] for outcome in outcomes)


def merged_in(stage, words, order, began):
    """What is known of a person who came three times and was merged in this order."""
    client = stage.client(f"Order {stage.number()}")
    leads = []
    for number, word in enumerate(words):
        stage.clock.set(began + timedelta(days=word["days"]))
        fields = {"email": f"p{number}@x.example", "company": word["company"], "title": word["title"]}
        person = read(fields, {"budget": word["budget"]}, tuple(sorted(word["tags"])))
        with stage.tx() as tx:
            came = arriving.arrive(tx, client.id, [person], source=LeadSource.IMPORT, said_by=word["by"])
        leads.append(came[0].lead_id)
    with stage.tx() as tx:
        for other in order[1:]:
            merging.merge(tx, leads[order[0]], leads[other])
    with stage.reading() as reading:
        found = register.seen(reading, leads[order[0]])
    return {name: found[name] for name in ("company", "title", "email", "tags", "custom", "identities")}
