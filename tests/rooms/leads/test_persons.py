"""One lead: added, found, changed, removed."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from rapport.kernel.errors import RapportError
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.leads import arriving, persons
from rapport.leads.models import Lead, LeadSource
from rapport.rules.lead_fields import read
from tests.statements import statements


def add(person, stage, **fields):
    return person.post("/leads", {"client_id": stage.acme.id, **fields})


def arrive(stage, *, said_by="import", overwrite=False, **fields):
    with stage.tx() as tx:
        return arriving.arrive(
            tx, stage.acme.id, [read(fields)], source=LeadSource.IMPORT, said_by=said_by, overwrite=overwrite
        )[0]


def test_an_added_lead_is_shown_with_what_identifies_it(stage):
    made = add(
        stage.alice,
        stage,
        first_name="Ada",
        last_name="Lovelace",
        company="Analytical Engines Ltd",
        profile_url="https://de.linkedin.com/in/Ada-Lovelace/?trk=x",
        email="Ada@Engines.example",
        custom={"budget": "10k"},
        tags=["vip", "vip "],
    )

    assert made.status_code == 201, made.json
    shown = stage.bob.get(f"/leads/{made.json['id']}").json
    assert shown["identities"] == [
        {"kind": "public_identifier", "value": "ada-lovelace"},
        {"kind": "email", "value": "ada@engines.example"},
    ]
    assert shown["profile_url"] == "https://www.linkedin.com/in/ada-lovelace"
    assert shown["tags"] == ["vip"]
    assert shown["custom"] == {"budget": "10k"}
    assert shown["said"]["company"]["by"] == "operator"
    assert shown["do_not_contact"] is False
    assert shown["source"] == "manual"


def test_somebody_known_by_any_spelling_is_refused_with_who_they_are(stage):
    ada = stage.lead("Ada Lovelace", email="ada@engines.example", profile_url="ada-lovelace")

    again = add(stage.alice, stage, profile_url="http://linkedin.com/in/ADA-lovelace/", email="other@engines.example")

    assert again.status_code == 409
    assert again.json["code"] == "LEAD_ALREADY_EXISTS"
    assert again.json["details"]["lead_id"] == ada
    assert again.json["details"]["matched"] == [{"kind": "public_identifier", "value": "ada-lovelace", "lead_id": ada}]


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"first_name": "Ada"}, "body"),
        ({"profile_url": "https://linkedin.com/company/acme"}, "profile_url"),
        ({"email": "ada at engines"}, "email"),
        ({"email": "ada@engines.example", "timezone": "Mars/Olympus"}, "timezone"),
        ({"email": "ada@engines.example", "custom": {"Budget!": "1"}}, "custom"),
        ({"email": "ada@engines.example", "company": "x" * 201}, "company"),
    ],
)
def test_a_lead_that_cannot_be_is_refused_by_field(stage, fields, at_fault):
    refused = add(stage.alice, stage, **fields)

    assert refused.status_code == 422
    assert at_fault in refused.json["details"]


def test_what_an_operator_says_no_import_overwrites(stage):
    ada = stage.lead("Ada Lovelace", profile_url="ada-lovelace")
    assert stage.alice.patch(f"/leads/{ada}", {"company": "Engines"}).status_code == 200

    stage.wait(days=1)
    arrive(stage, profile_url="ada-lovelace", company="Wrong", title="Countess", overwrite=True)

    shown = stage.alice.get(f"/leads/{ada}").json
    assert (shown["company"], shown["title"]) == ("Engines", "Countess")
    assert (shown["said"]["company"]["by"], shown["said"]["title"]["by"]) == ("operator", "import")


def test_a_change_merges_custom_fields_and_takes_away_what_is_null(stage):
    ada = stage.lead(profile_url="ada-lovelace", company="Engines", custom={"budget": "1", "fair": "yes"})

    changed = stage.alice.patch(f"/leads/{ada}", {"company": None, "custom": {"budget": "2", "fair": None}}).json

    assert changed["company"] is None
    assert changed["custom"] == {"budget": "2"}
    assert "company" not in changed["said"]
    titles = [each["title"] for each in stage.alice.get(f"/leads/{ada}/timeline").json["items"]]
    assert titles[0] == "Ada Lovelace was changed: company, custom.budget, custom.fair"


def test_a_corrected_address_takes_the_place_of_the_wrong_one(stage):
    ada = stage.lead(profile_url="ada-lovelace", email="wrong@engines.example")

    changed = stage.alice.patch(f"/leads/{ada}", {"email": "right@engines.example"}).json

    assert changed["email"] == "right@engines.example"
    assert {"kind": "email", "value": "right@engines.example"} in changed["identities"]
    assert add(stage.alice, stage, email="wrong@engines.example").status_code == 201


def test_an_identity_of_another_lead_is_refused(stage):
    ada = stage.lead("Ada Lovelace")
    byron = stage.lead("Lord Byron", email="byron@poets.example")

    refused = stage.alice.patch(f"/leads/{ada}", {"email": "BYRON@poets.example"})

    assert refused.status_code == 409
    assert refused.json["details"]["lead_id"] == byron
    assert stage.alice.get(f"/leads/{ada}").json["email"] is None


def test_the_last_identity_cannot_be_taken_away(stage):
    ada = stage.lead(email="ada@engines.example")

    refused = stage.alice.patch(f"/leads/{ada}", {"email": None})

    assert refused.status_code == 422
    assert stage.alice.get(f"/leads/{ada}").json["email"] == "ada@engines.example"


def test_a_change_meant_for_another_state_is_refused(stage):
    ada = stage.lead()
    etag = stage.alice.get(f"/leads/{ada}").headers["ETag"]
    assert stage.alice.patch(f"/leads/{ada}", {"title": "One"}, headers={"If-Match": etag}).status_code == 200

    stale = stage.alice.patch(f"/leads/{ada}", {"title": "Two"}, headers={"If-Match": etag})

    assert stale.status_code == 412
    assert stage.alice.get(f"/leads/{ada}").json["title"] == "One"


def test_a_deleted_lead_is_gone_and_may_come_again(stage):
    ada = stage.lead("Ada Lovelace", tags=["vip"])

    assert stage.alice.delete(f"/leads/{ada}").status_code == 204

    assert stage.alice.get(f"/leads/{ada}").status_code == 404
    log = stage.alice.get(f"/events?client_id={stage.acme.id}").json["items"]
    assert log[-1]["title"] == "Ada Lovelace was deleted"
    assert add(stage.alice, stage, profile_url="ada-lovelace").status_code == 201


def test_nobody_of_another_client_sees_or_touches_a_lead(stage):
    ada = stage.lead()
    note = stage.alice.post(f"/leads/{ada}/notes", {"text": "hers"}).json["id"]
    carol = stage.carol

    answers = {
        "show": carol.get(f"/leads/{ada}"),
        "change": carol.patch(f"/leads/{ada}", {"title": "x"}),
        "delete": carol.delete(f"/leads/{ada}"),
        "tags": carol.post(f"/leads/{ada}/tags", {"add": ["x"]}),
        "notes": carol.get(f"/leads/{ada}/notes"),
        "note": carol.post(f"/leads/{ada}/notes", {"text": "x"}),
        "unnote": carol.delete(f"/leads/notes/{note}"),
        "timeline": carol.get(f"/leads/{ada}/timeline"),
        "merge": carol.post(f"/leads/{ada}/merge", {"other_id": ada[:-1] + "0"}),
        "merged": carol.post(f"/leads/{stage.lead('Eve', of=stage.globex)}/merge", {"other_id": ada}),
        "unmerge": carol.post(f"/leads/{ada}/unmerge"),
        "erase": carol.post(f"/leads/{ada}/erase", {"confirm": ada}),
        "suppress": carol.post(f"/leads/{ada}/do-not-contact", {}),
        "add": add(carol, stage, email="x@x.example"),
    }

    assert {name: each.status_code for name, each in answers.items() if each.status_code != 404} == {}
    assert [each["first_name"] for each in carol.get("/leads").json["items"]] == ["Eve"]
    assert carol.get(f"/leads/tags?client_id={stage.acme.id}").json == {"items": []}
    assert carol.get(f"/leads/custom-fields?client_id={stage.acme.id}").json == {"items": []}
    assert len(stage.alice.get("/leads").json["items"]) == 1


def test_a_viewer_changes_nothing(stage):
    ada = stage.lead()

    assert stage.bob.patch(f"/leads/{ada}", {"title": "x"}).status_code == 403
    assert stage.bob.delete(f"/leads/{ada}").status_code == 403
    assert stage.bob.get(f"/leads/{ada}").status_code == 200


def test_two_who_add_the_same_person_at_once_make_one_lead(stage):
    stage.acme  # noqa: B018 - made before the race
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def run() -> None:
        start.wait()
        try:
            with stage.service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
                given = {"email": "ada@engines.example", "profile_url": "ada-lovelace"}
                persons.add(tx, stage.acme.id, given=given, custom={}, tags=())
            outcomes.append("added")
        except RapportError as refusal:
            outcomes.append(refusal.code.name)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)

    assert sorted(outcomes) == ["LEAD_ALREADY_EXISTS"] * 3 + ["added"]
    with stage.reading() as reading:
        assert reading.session.execute(select(func.count()).select_from(Lead)).scalar() == 1


def test_a_list_and_a_lead_cost_as_many_statements_however_many_rows(make_stage):
    stage = make_stage(settings={"CACHE_SECONDS": "0"})

    def cost(path):
        assert stage.alice.get(path).status_code == 200
        with statements(stage) as seen:
            assert stage.alice.get(path).status_code == 200
        return len(seen)

    ada = stage.lead("Ada Lovelace", tags=["a"])
    one = (cost("/leads"), cost(f"/leads/{ada}"))
    for number in range(30):
        stage.lead(f"Person {number}", tags=["a", "b", "c"], company="Acme")
    for number in range(10):
        stage.alice.post(f"/leads/{ada}/tags", {"add": [f"t{number}"]})
        stage.alice.post("/do-not-contact", {"client_id": stage.acme.id, "kind": "domain", "value": f"d{number}.com"})

    assert (cost("/leads"), cost(f"/leads/{ada}")) == one
    assert one[0] <= 2
    assert one[1] <= 6
