"""A lead is one contact in each CRM, whatever happens on the way; and what the CRMs say otherwise is shown."""

from __future__ import annotations

import pytest

from rapport.outside.crm.opening import natively
from tests.rooms.crm.world import MAKES, NATIVE, NOTES, crms
from tests.rooms.inbox.world import wrote


@pytest.fixture
def world(make_stage):
    with crms(make_stage) as made:
        yield made


def test_ten_pushes_of_two_workers_with_calls_of_which_nobody_hears_make_one_contact_in_each_crm(world):
    """With an address and without one, each CRM swallowing the answer of the call that makes the contact."""
    world.connect_all(push_when=[], unknown_names=True)
    leads = [world.stage.lead("Ada Lovelace", email="ada@engines.example"), world.stage.lead("Grace Hopper")]
    for kind in NATIVE:
        world.fakes[kind].fail_next(2, "timeout_after_effect", on=MAKES[kind])

    for _ in range(10):
        world.push(*leads, force=True)
        world.work(workers=2)

    for kind in NATIVE:
        persons = world.persons(kind)
        assert sorted(each["key"] for each in persons) == sorted(leads), kind
        faults = [line for line in world.server.sandbox.ledger.read() if line.get("service") == kind]
        assert sum("timeout_after_effect" in str(line.get("fault")) for line in faults) == 2, "the control: it was so"
    for lead_id in leads:
        assert {each["status"] for each in world.links(lead_id=lead_id).values()} == {"synced"}


class Blind:
    """CRMs that find nobody: as if we made a contact without having looked."""

    def __init__(self, real):
        self._real = real

    def open(self, access, *, now):
        opened = self._real.open(access, now=now)
        opened.by_key = opened.by_email = lambda _asked: []
        return opened

    def close(self):
        self._real.close()


def test_who_would_not_look_before_making_again_would_make_two(database, make_stage):
    """The negative control of the test above."""
    with crms(make_stage) as seeing:
        blind = Blind(natively(seeing.stage.service.settings, monotonic=seeing.stage.clock.monotonic))
        seeing.stage = make_stage(service=None, settings=_given(seeing), clock=seeing.stage.clock, crms=blind)
        seeing.connect("pipedrive", push_when=[])
        lead = seeing.stage.lead("Ada Lovelace", email="ada@engines.example")
        seeing.fakes["pipedrive"].fail_next(1, "timeout_after_effect", on=MAKES["pipedrive"])
        seeing.push(lead)
        seeing.work()
        assert len(seeing.persons("pipedrive")) == 2


def _given(world):
    settings = world.stage.service.settings
    return {
        "HUBSPOT_API_URL": settings.hubspot_api_url,
        "PIPEDRIVE_API_URL": settings.pipedrive_api_url,
        "SALESFORCE_LOGIN_URL": settings.salesforce_login_url,
        "UNIPILE_BASE_URL": settings.unipile_base_url,
        "UNIPILE_API_KEY": settings.unipile_api_key,
        "DELIVERY_CALL_SECONDS": "0.15",
    }


def test_a_contact_of_the_same_address_is_adopted_and_only_what_is_empty_there_is_filled(world):
    world.fakes["hubspot"].contacts.create({"email": "ada@engines.example", "jobtitle": "Countess"}, 0.0)
    world.connect("hubspot", push_when=["changed"])
    lead = world.stage.lead("Ada Lovelace", email="ada@engines.example", title="Engineer", company="Engines")

    world.push(lead)
    world.work()

    (person,) = world.persons("hubspot")
    assert (person["key"], person["jobtitle"], person["company"]) == (lead, "Countess", "Engines")
    link = world.links()["hubspot"]
    assert (link["status"], link["differs"], link["external_id"]) == ("synced", ["title"], person["id"])

    calls = world.calls("hubspot")
    world.push(lead)
    world.work()
    assert world.calls("hubspot") == calls, "nothing changed, so nothing is asked"

    connection = world.connections["hubspot"]
    answer = world.stage.alice.patch(f"/crm/connections/{connection}", {"overwrite": True}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.json
    world.stage.alice.patch(f"/leads/{lead}", {"company": "Analytical Engines"}, headers={"If-Match": "*"})
    world.work()

    (person,) = world.persons("hubspot")
    assert (person["jobtitle"], person["company"]) == ("Engineer", "Analytical Engines")
    assert world.links()["hubspot"]["differs"] == []


def test_contacts_that_are_merged_or_deleted_there_are_taken_up_or_shown(world):
    world.connect_all(push_when=[])
    leads = {
        name: world.stage.lead(f"{name} Lovelace", email=f"{name.lower()}@engines.example") for name in ("Ada", "Eve")
    }
    world.push(*leads.values())
    world.work()
    ids = {(each["key"], kind): each["id"] for kind in NATIVE for each in world.persons(kind)}

    for kind in NATIVE:  # Eve's contact becomes Ada's
        ada, eve = ids[leads["Ada"], kind], ids[leads["Eve"], kind]
        as_they_are = (int(ada), int(eve)) if kind == "pipedrive" else (ada, eve)
        world.fakes[kind].merge(*as_they_are, *([0.0] if kind == "hubspot" else []))
    world.push(*leads.values(), force=True)
    world.work()

    for kind in NATIVE:
        assert [each["key"] for each in world.persons(kind)] == [leads["Ada"]], kind
        assert world.links(lead_id=leads["Ada"])[kind]["status"] == "synced"
        eve = world.links(lead_id=leads["Eve"])[kind]
        assert eve["status"] == "conflict", (kind, eve)
        assert eve["error"].split()[0] in {"other_lead", "deleted_there"}

    for kind in NATIVE:  # Ada's contact is deleted
        (person,) = world.persons(kind)
        world.fakes[kind].delete(int(person["id"]) if kind == "pipedrive" else person["id"])
    world.push(leads["Ada"], force=True)
    world.work()
    for kind in NATIVE:
        link = world.links(lead_id=leads["Ada"])[kind]
        assert (link["status"], link["error"].split()[0]) == ("conflict", "deleted_there"), kind
        assert world.persons(kind) == [], "nobody makes again by itself what somebody deleted"
        answer = world.stage.alice.post(f"/crm/links/{link['id']}/decide", {"choice": "recreate"})
        assert answer.status_code == 200, answer.json
    world.work()
    for kind in NATIVE:
        assert [each["key"] for each in world.persons(kind)] == [leads["Ada"]], kind


def test_what_somebody_wrote_is_a_note_there_once(world):
    world.connect_all(push_when=["replied"])
    lead = world.stage.lead("Ada Lovelace", email="ada@engines.example")
    for kind in NATIVE:
        world.fakes[kind].fail_next(1, "timeout_after_effect", on=NOTES[kind])
    wrote(world.stage, lead=lead, text="Tell me more about the engine.")

    world.work()
    world.push(lead, force=True)
    world.work()

    for kind in NATIVE:
        (note,) = world.notes(kind)
        assert "Tell me more about the engine." in note
        link = world.links()[kind]
        shown = world.stage.alice.get(f"/crm/links/{link['id']}").json
        assert [each["status"] for each in shown["notes"]] == ["synced"], kind
        assert f"[outreach:{shown['notes'][0]['event_id']}]" in note
    told = [each["type"] for each in world.stage.alice.get(f"/leads/{lead}/timeline").json["items"]]
    assert told.count("crm.noted") == 3
