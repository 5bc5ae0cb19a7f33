"""A lead's score follows from what is known and what happens; how warm it is drives waits and notices."""

from __future__ import annotations

from tests.http.asking import refused
from tests.rooms.capture.world import a_form, taken
from tests.rooms.inbox.world import do, shown, told, wrote


def score(stage, lead_id: str) -> dict:
    answer = stage.alice.get(f"/leads/{lead_id}/score")
    assert answer.status_code == 200, answer.json
    return answer.json


def warmth(stage, lead_id: str) -> tuple[str, str]:
    shown_score = score(stage, lead_id)
    return shown_score["temperature"], shown_score["because"]


def says(stage, lead_id: str, text: str) -> str:
    conversation = wrote(stage, lead=lead_id, text=text)
    stage.run_consumers()
    return conversation


def temperatures(stage) -> list[tuple[str, str]]:
    return [(each.data["temperature"], each.data["because"]) for each in told(stage, "lead.temperature_changed")]


def test_a_score_is_the_sum_of_its_parts_and_follows_what_is_known(stage):
    lead = stage.lead(title="Head of Sales", location="Munich, Germany", email="ada@engines.example")
    first = score(stage, lead)
    assert (first["scored_at"] is None, first["points"]) == (True, 20 + 15 + 6)
    stage.run_consumers()
    terms = {
        "client_id": stage.acme.id,
        "titles": ["head sales"],
        "seniorities": ["director"],
        "countries": ["germany"],
    }
    assert stage.alice.put("/scoring/terms", terms).status_code == 200
    stage.run_due_jobs()

    made = score(stage, lead)
    assert made["scored_at"] is not None
    assert made["points"] == sum(made[name] for name in made["most"]) == 33 + 22 + 6
    assert made["parts"]["fit"] == {"title": 16, "seniority": 10, "industry": 4, "company_size": 3}
    assert sum(sum(parts.values()) for parts in made["parts"].values()) == made["points"]
    stage.alice.patch(f"/leads/{lead}", {"title": "Nurse", "phone": "+49 89 1"})
    stage.run_consumers()
    assert score(stage, lead)["points"] == made["points"] - 16 - 8 + 4
    assert stage.alice.post(f"/leads/{lead}/score").json["points"] == score(stage, lead)["points"]
    (listed,) = stage.bob.get("/lead-scores?filter[points][gte]=40&filter[temperature]=warm").json["items"]
    assert listed["lead_id"] == lead
    wrong = terms | {"hot_from": 30, "warm_from": 40}
    assert "warm_from" in refused(stage.alice.put("/scoring/terms", wrong), 422, "VALIDATION_FAILED")


def test_words_of_a_person_move_their_warmth_and_with_it_how_long_they_may_wait(stage):
    lead = stage.lead()
    conversation = says(stage, lead, "Who are you?")
    assert (shown(stage, conversation)["temperature"], warmth(stage, lead)) == ("cold", ("cold", "score"))
    says(stage, lead, "What would it cost for ten people?")
    assert warmth(stage, lead) == ("hot", "buying_signal")
    thread = shown(stage, conversation)
    assert thread["temperature"] == "hot"
    (wait,) = stage.alice.get("/inbox/sla").json["items"]
    assert (wait["temperature"], wait["target_s"]) == ("hot", 15 * 60)

    says(stage, lead, "Ok")
    assert warmth(stage, lead) == ("hot", "buying_signal"), "a word that says nothing takes nothing back"
    says(stage, lead, "We are not interested any more.")
    assert warmth(stage, lead) == ("cold", "not_interested")
    (suggested,) = told(stage, "lead.do_not_contact_suggested")
    assert suggested.lead_id == lead
    stage.alice.put(f"/inbox/conversations/{conversation}/outcome", {"outcome": "meeting"})
    stage.run_consumers()
    assert warmth(stage, lead) == ("hot", "outcome")
    assert temperatures(stage) == [("hot", "buying signal"), ("cold", "not interested"), ("hot", "outcome")]


def test_the_operators_word_holds_until_it_is_lifted_wherever_it_was_said(stage):
    lead = stage.lead()
    conversation = says(stage, lead, "What does it cost?")
    stage.alice.put(f"/inbox/conversations/{conversation}/temperature", {"temperature": "cold"})
    stage.run_consumers()
    assert warmth(stage, lead) == ("cold", "operator")
    says(stage, lead, "Could you send me a quote?")
    assert warmth(stage, lead) == ("cold", "operator")
    assert score(stage, lead)["word_by"] == stage.alice.id

    lifted = stage.alice.put(f"/leads/{lead}/temperature", {"temperature": None}).json
    assert (lifted["temperature"], lifted["because"], lifted["word"]) == ("hot", "buying_signal", None)
    stage.run_consumers()
    assert warmth(stage, lead) == ("hot", "buying_signal"), "what follows from a score is nobody's word"
    assert shown(stage, conversation)["temperature"] == "hot"
    assert stage.alice.put(f"/leads/{lead}/temperature", {"temperature": "warm"}).json["because"] == "operator"
    assert shown(stage, conversation)["temperature"] == "warm"
    assert stage.bob.put(f"/leads/{lead}/temperature", {"temperature": "hot"}).status_code == 403


def test_who_agrees_to_be_contacted_is_hot_before_anybody_is_told(stage):
    stage.alice.post(
        "/notices/rules",
        {
            "client_id": stage.acme.id,
            "name": "Hot ones",
            "event_types": ["lead.inquired"],
            "min_temperature": "hot",
            "channel": "email",
            "emails": ["desk@acme.example"],
        },
    )
    form = a_form(stage, consent_text="You may call me.", fields=[{"name": "email"}, {"name": "message"}])
    made = taken(stage, form, consent=True, message="Hello")
    refusing = taken(stage, form, consent=True, email="b@x.example", message="Not interested, just testing the form")
    stage.run_consumers()
    assert warmth(stage, made["lead_id"]) == ("hot", "consent")
    assert warmth(stage, refusing["lead_id"]) == ("cold", "not_interested")
    (told_of,) = stage.alice.get("/notices/log").json["items"]
    assert told_of["conversation_id"] == made["conversation_id"]


def test_lists_of_many_wait_for_their_turn_and_who_is_forgotten_has_no_score(stage):
    from tests.rooms.leads.importing import imported

    imported(stage, "Email\n" + "".join(f"p{number}@x.example\n" for number in range(201)))
    stage.run_consumers()
    assert stage.alice.get("/lead-scores").json["items"] == []
    asked = stage.alice.post("/jobs", {"type": "scoring.score_all", "client_id": stage.acme.id})
    assert asked.status_code == 202
    stage.run_due_jobs()
    counted = stage.alice.get("/lead-scores?limit=200").json
    assert (len(counted["items"]), counted["next_cursor"] is not None) == (200, True)
    lead = counted["items"][0]["lead_id"]
    stage.alice.post(f"/leads/{lead}/erase", {"confirm": lead})
    stage.run_consumers()
    assert lead not in [each["lead_id"] for each in stage.alice.get("/lead-scores?limit=200").json["items"]]
    refused(stage.alice.get(f"/leads/{lead}/score"), 404, "NOT_FOUND")


def test_closing_a_thread_does_not_end_what_is_known_of_the_person(stage):
    lead = stage.lead()
    conversation = says(stage, lead, "What does it cost?")
    do(stage, conversation, "close", {})
    other = wrote(stage, "c2", lead=lead, text="Hello again")
    stage.run_consumers()
    assert shown(stage, other)["temperature"] == "hot"
