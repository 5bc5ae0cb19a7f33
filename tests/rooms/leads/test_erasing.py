"""A person asks to be forgotten."""

from __future__ import annotations

from sqlalchemy import inspect, text

from rapport.events.forget import without_names
from rapport.leads import arriving
from rapport.leads.arriving import Outcome
from rapport.leads.models import LeadSource
from rapport.rules.lead_fields import read
from tests.rooms.leads.test_merging import two

CANARIES = ("Lovelace", "ada@engines.example", "ada-lovelace", "secret note", "Wrong", "Countess", "canary")


def everything(stage) -> str:
    """Every text in every table."""
    found = []
    with stage.service.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            found += [repr(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{table}"'))]
    return "\n".join(found)


def test_an_erased_person_leaves_no_name_anywhere(stage):
    kept, other = two(stage)
    stage.alice.post(f"/leads/{kept}/notes", {"text": "secret note"})
    stage.alice.post(f"/leads/{kept}/tags", {"add": ["canary"]})
    stage.alice.post(f"/leads/{kept}/merge", {"other_id": other})
    stage.alice.post(f"/leads/{kept}/do-not-contact", {"reason": "canary asked"})
    there = everything(stage)
    assert [each for each in CANARIES if each not in there] == []

    erased = stage.alice.post(f"/leads/{kept}/erase", {"confirm": kept})

    assert erased.status_code == 200, erased.json
    assert erased.json["identities"] == 2
    assert erased.json["events"] >= 4
    left = everything(stage)
    assert [each for each in CANARIES if each in left] == []


def test_an_erased_person_is_not_found_and_not_taken_in_again(stage):
    ada = stage.lead("Ada Lovelace", email="ada@engines.example", profile_url="ada-lovelace")
    assert stage.alice.post(f"/leads/{ada}/erase", {"confirm": ada}).status_code == 200

    assert stage.alice.get(f"/leads/{ada}").status_code == 404
    assert stage.alice.get("/leads").json["items"] == []
    for fields in ({"email": "ADA@engines.example"}, {"profile_url": "https://linkedin.com/in/Ada-Lovelace"}):
        assert stage.alice.post("/leads", {"client_id": stage.acme.id, **fields}).json["code"] == "LEAD_ERASED"
    with stage.tx() as tx:
        came = arriving.arrive(
            tx,
            stage.acme.id,
            [read({"email": "ada@engines.example"}), read({"email": "grace@navy.example"})],
            source=LeadSource.IMPORT,
            said_by="import",
        )
    assert [each.outcome for each in came] == [Outcome.ERASED, Outcome.CREATED]
    grace = came[1].lead_id
    assert stage.alice.patch(f"/leads/{grace}", {"profile_url": "ada-lovelace"}).json["code"] == "LEAD_ERASED"
    assert stage.root.post("/leads", {"client_id": stage.globex.id, "email": "ada@engines.example"}).status_code == 201


def test_erasing_needs_the_lead_named_once_more(stage):
    ada = stage.lead()
    byron = stage.lead("Lord Byron")

    assert stage.alice.post(f"/leads/{ada}/erase", {}).status_code == 422
    assert stage.alice.post(f"/leads/{ada}/erase", {"confirm": byron}).status_code == 422
    assert stage.alice.get(f"/leads/{ada}").status_code == 200


def test_an_erased_entry_stays_on_the_list_without_a_name(stage):
    ada = stage.lead(email="ada@engines.example")
    stage.alice.post(f"/leads/{ada}/erase", {"confirm": ada})

    entry = stage.alice.get("/do-not-contact").json["items"][0]

    assert (entry["erased"], entry["value"]) == (True, None)
    assert stage.alice.delete(f"/do-not-contact/{entry['id']}").status_code == 422


def test_the_log_keeps_its_numbers_and_others_their_names(stage):
    ada = stage.lead("Ada Lovelace")
    stage.lead("Grace Hopper")
    before = stage.alice.get(f"/events?client_id={stage.acme.id}").json["items"]

    stage.alice.post(f"/leads/{ada}/erase", {"confirm": ada})

    after = stage.alice.get(f"/events?client_id={stage.acme.id}").json["items"]
    kept = ("id", "seq", "type", "occurred_at", "actor_id", "lead_id")
    assert [{name: each[name] for name in kept} for each in after[: len(before)]] == [
        {name: each[name] for name in kept} for each in before
    ]
    assert "Grace Hopper was added (manual)" in [each["title"] for each in after]
    assert [each["seq"] for each in after] == list(range(1, len(after) + 1))


def test_ids_instants_and_numbers_name_nobody():
    data = {
        "name": "Ada",
        "lead_id": "0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b",
        "at": "2026-03-02T09:15:00+00:00",
        "count": 3,
        "whole": True,
        "more": ["Ada", {"deep": "Ada", "n": None}],
    }

    assert without_names(data) == data | {"name": "(erased)", "more": ["(erased)", {"deep": "(erased)", "n": None}]}
