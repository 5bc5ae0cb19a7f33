"""HubSpot keeps one contact per unique value and says precisely why it refuses."""

import pytest

from rapport_sandbox.fakes.hubspot import NOTE_TO_CONTACT, HubSpot
from tests.sandbox.fakes.calling import NOON, Caller, said

KEY = {
    "name": "outreach_lead_id",
    "label": "Outreach lead",
    "groupName": "contactinformation",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}
UPSERT = "/crm/v3/objects/contacts/batch/upsert"
CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def hubspot():
    return HubSpot()


@pytest.fixture
def call(hubspot):
    caller = Caller(hubspot, authorization="Bearer pat-sandbox")
    caller("POST", "/crm/v3/properties/contacts", KEY)
    return caller


def row(lead_id, **properties):
    return {"id": lead_id, "idProperty": "outreach_lead_id", "properties": properties}


def refusal(answer):
    body = said(answer)
    assert body["status"] == "error"
    assert body["correlationId"]
    assert not answer.effect
    return answer.status, body.get("category", body.get("errorType"))


@pytest.mark.parametrize(
    "path",
    [UPSERT, "/crm/objects/2026-03/contacts/batch/upsert", "/crm/objects/2026-09/contacts/batch/upsert"],
)
def test_an_upsert_creates_once_and_updates_after(hubspot, call, path):
    first = call("POST", path, {"inputs": [row("L1", firstname="Ada")]})
    second = call("POST", path, {"inputs": [row("L1", lastname="Lovelace")]}, at=NOON + 1)

    [created], [updated] = said(first)["results"], said(second)["results"]
    assert (first.status, said(first)["status"], created["new"], updated["new"]) == (
        200,
        "COMPLETE",
        True,
        False,
    )
    assert updated["id"] == created["id"]
    assert updated["properties"].items() >= {"firstname": "Ada", "lastname": "Lovelace"}.items()
    assert len(list(hubspot.contacts)) == 1


def test_a_repeat_after_a_lost_answer_leaves_one_contact(hubspot, call):
    hubspot.fail_next(1, "timeout_after_effect")
    call("POST", UPSERT, {"inputs": [row("L1", firstname="Ada")]})
    call("POST", UPSERT, {"inputs": [row("L1", firstname="Ada")]})

    assert len(list(hubspot.contacts)) == 1


def test_a_batch_in_which_one_email_is_taken_is_partly_done(hubspot, call):
    owner = said(call("POST", CONTACTS, {"properties": {"email": "ada@example.com"}}))["id"]

    answer = call(
        "POST",
        UPSERT,
        {
            "inputs": [
                row("L1", firstname="Bo"),
                {**row("L2", email="ADA@example.com"), "objectWriteTraceId": "t2"},
            ]
        },
    )

    body = said(answer)
    assert (answer.status, len(body["results"]), body["numErrors"]) == (207, 1, 1)
    assert body["errors"][0]["message"] == f"Contact already exists. Existing ID: {owner}"
    assert body["errors"][0]["context"] == {"ids": ["L2"], "objectWriteTraceId": ["t2"]}


def test_an_upsert_by_contact_id_updates_and_never_creates(call):
    contact_id = said(call("POST", CONTACTS, {"properties": {"firstname": "Ada"}}))["id"]
    inputs = [{"id": contact_id, "properties": {"city": "London"}}, {"id": "999", "properties": {}}]

    answer = call("POST", UPSERT, {"inputs": inputs})

    assert answer.status == 207
    assert said(answer)["results"][0]["properties"]["city"] == "London"
    assert said(answer)["errors"][0]["category"] == "OBJECT_NOT_FOUND"


@pytest.mark.parametrize(
    "inputs",
    [
        [],
        [row(f"L{n}") for n in range(101)],
        [row("L1"), row("L1")],
        [row("")],
        [row("L1", nickname="Ada")],
        [row("L1", firstname=7)],
        [row("L1", email="ada")],
        [row("L1", lifecyclestage="friend")],
        [{"id": "ada@example.com", "idProperty": "email", "properties": {}}],
        [{"id": "Ada", "idProperty": "firstname", "properties": {}}],
        [{"id": "L1", "idProperty": "outreach_lead_id"}],
        ["L1"],
    ],
)
def test_a_wrong_input_refuses_the_whole_batch(hubspot, call, inputs):
    answer = call("POST", UPSERT, {"inputs": [*inputs, row("good")] if 0 < len(inputs) < 100 else inputs})

    assert refusal(answer) == (400, "VALIDATION_ERROR")
    assert list(hubspot.contacts) == []


def test_a_create_that_meets_a_known_email_names_the_contact_that_has_it(call):
    created = call("POST", CONTACTS, {"properties": {"email": "ada@example.com"}})
    again = call("POST", CONTACTS, {"properties": {"email": "ada@example.com"}})

    assert (created.status, refusal(again)) == (201, (409, "CONFLICT"))
    assert said(again)["message"] == f"Contact already exists. Existing ID: {said(created)['id']}"


def test_a_contact_is_looked_up_by_id_email_or_unique_property(call):
    call("POST", UPSERT, {"inputs": [row("L1", email="ada@example.com")]})
    by_email = said(call("GET", f"{CONTACTS}/ada@example.com?idProperty=email"))

    assert said(call("GET", f"{CONTACTS}/{by_email['id']}")) == by_email
    assert said(call("GET", f"{CONTACTS}/L1?idProperty=outreach_lead_id")) == by_email
    assert refusal(call("GET", f"{CONTACTS}/L2?idProperty=outreach_lead_id")) == (404, "OBJECT_NOT_FOUND")
    assert refusal(call("GET", f"{CONTACTS}/Ada?idProperty=firstname")) == (400, "VALIDATION_ERROR")


def test_a_contact_is_updated_unless_the_email_belongs_to_another(call):
    ada = said(call("POST", CONTACTS, {"properties": {"email": "ada@example.com"}}))["id"]
    bo = said(call("POST", CONTACTS, {"properties": {"email": "bo@example.com", "city": "Oslo"}}))["id"]

    cleared = call("PATCH", f"{CONTACTS}/{bo}", {"properties": {"city": "", "phone": "1"}})
    conflict = call("PATCH", f"{CONTACTS}/{bo}", {"properties": {"email": "ada@example.com"}})

    assert said(cleared)["properties"] == {"email": "bo@example.com", "phone": "1", "hs_object_id": bo}
    assert refusal(conflict) == (409, "CONFLICT")
    assert said(conflict)["message"].endswith(ada)


def test_the_lifecycle_stage_never_goes_backward(call):
    lead = said(call("POST", CONTACTS, {"properties": {"lifecyclestage": "lead"}}))["id"]

    forward = said(call("PATCH", f"{CONTACTS}/{lead}", {"properties": {"lifecyclestage": "customer"}}))
    back = said(call("PATCH", f"{CONTACTS}/{lead}", {"properties": {"lifecyclestage": "subscriber"}}))

    assert forward["properties"]["lifecyclestage"] == back["properties"]["lifecyclestage"] == "customer"


def test_a_merged_contact_answers_under_the_id_that_remained(hubspot, call):
    ids = [said(call("POST", UPSERT, {"inputs": [row(f"L{n}")]}))["results"][0]["id"] for n in (1, 2)]
    hubspot.merge(ids[0], ids[1], NOON + 1)

    assert said(call("GET", f"{CONTACTS}/{ids[1]}"))["id"] == ids[0]
    assert refusal(call("GET", f"{CONTACTS}/L2?idProperty=outreach_lead_id"))[0] == 404


def test_a_deleted_contact_is_gone_and_its_key_free(hubspot, call):
    first = said(call("POST", UPSERT, {"inputs": [row("L1")]}))["results"][0]["id"]
    hubspot.delete(first)

    assert refusal(call("PATCH", f"{CONTACTS}/{first}", {"properties": {}})) == (404, "OBJECT_NOT_FOUND")
    assert said(call("POST", UPSERT, {"inputs": [row("L1")]}))["results"][0]["new"] is True


def test_a_property_is_created_once(call):
    again = call("POST", "/crm/v3/properties/contacts", KEY)

    assert refusal(again) == (409, "CONFLICT")
    assert said(call("GET", "/crm/v3/properties/contacts/outreach_lead_id"))["hasUniqueValue"] is True
    assert refusal(call("GET", "/crm/v3/properties/contacts/other"))[0] == 404


def test_a_property_needs_its_fields_and_only_ten_are_unique(call):
    assert refusal(call("POST", "/crm/v3/properties/contacts", {"name": "x"})) == (400, "VALIDATION_ERROR")
    statuses = [call("POST", "/crm/v3/properties/contacts", {**KEY, "name": f"key{n}"}).status for n in range(10)]
    assert statuses == [201] * 9 + [400]


def test_a_note_hangs_on_its_contact_and_can_be_found_again(hubspot, call):
    hubspot.search_lag(5)
    contact_id = said(call("POST", CONTACTS, {"properties": {"firstname": "Ada"}}))["id"]
    association = {"to": {"id": contact_id}, "types": [NOTE_TO_CONTACT]}
    properties = {"hs_timestamp": "2026-03-02T12:00:00Z", "hs_note_body": "Replied. ev-7"}
    note = call("POST", "/crm/v3/objects/notes", {"properties": properties, "associations": [association]})
    search = {
        "filterGroups": [{"filters": [{"propertyName": "hs_note_body", "operator": "CONTAINS_TOKEN", "value": "ev-7"}]}]
    }

    too_early = said(call("POST", "/crm/v3/objects/notes/search", search, at=NOON + 4))
    found = said(call("POST", "/crm/v3/objects/notes/search", search, at=NOON + 5))

    assert (note.status, note.facts["contact_ids"]) == (201, [contact_id])
    assert (too_early["total"], found["results"][0]["id"]) == (0, said(note)["id"])


def test_a_wrong_note_is_refused(call):
    good = {"hs_timestamp": "2026-03-02T12:00:00Z"}
    nobody = [{"to": {"id": "9"}, "types": [NOTE_TO_CONTACT]}]

    def note(properties, associations):
        payload = {"properties": properties, "associations": associations}
        return refusal(call("POST", "/crm/v3/objects/notes", payload))

    assert note({}, []) == (400, "VALIDATION_ERROR")
    assert note(good, [{"to": {"id": "9"}, "types": []}]) == (400, "VALIDATION_ERROR")
    assert note(good, nobody) == (404, "OBJECT_NOT_FOUND")


def test_contacts_are_searched_by_an_equal_value(call):
    call("POST", CONTACTS, {"properties": {"email": "ada@example.com"}})

    def search(operator):
        tests = [{"propertyName": "email", "operator": operator, "value": "Ada@example.com"}]
        return call("POST", f"{CONTACTS}/search", {"filterGroups": [{"filters": tests}]})

    assert said(search("EQ"))["total"] == 1
    assert refusal(search("LIKE")) == (400, "VALIDATION_ERROR")
    assert refusal(call("POST", f"{CONTACTS}/search", {})) == (400, "VALIDATION_ERROR")


def test_a_caller_without_a_token_is_refused(hubspot):
    hubspot.add_token("pat-other")

    assert refusal(Caller(hubspot)("GET", f"{CONTACTS}/1")) == (401, "INVALID_AUTHENTICATION")
    assert Caller(hubspot, authorization="Bearer pat-other")("GET", f"{CONTACTS}/1").status == 404


def test_each_limit_names_its_policy(hubspot, call):
    def policy(answer):
        assert refusal(answer) == (429, "RATE_LIMIT")
        return said(answer)["policyName"]

    hubspot.set_limit("ten_seconds", 2)
    call("GET", f"{CONTACTS}/1")
    assert policy(call("GET", f"{CONTACTS}/1")) == "TEN_SECONDLY_ROLLING"
    assert call("GET", f"{CONTACTS}/1", at=NOON + 10).status == 404

    hubspot.set_limit("search", 0)
    assert policy(call("POST", f"{CONTACTS}/search", {}, at=NOON + 20)) == "SECONDLY"

    hubspot.set_limit("daily", 0)
    assert policy(call("GET", f"{CONTACTS}/1", at=NOON + 30)) == "DAILY"


def test_every_answer_says_what_is_left(call):
    headers = call("GET", f"{CONTACTS}/1").headers

    assert (headers["x-hubspot-ratelimit-max"], headers["x-hubspot-ratelimit-remaining"]) == ("100", "98")


def test_the_ledger_knows_the_keys(call):
    facts = call("POST", UPSERT, {"inputs": [row("L1"), row("L2")]}).facts

    assert (facts["kind"], facts["keys"], len(facts["created"])) == ("upsert", ["L1", "L2"], 2)
