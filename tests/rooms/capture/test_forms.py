"""A form speaks for its client: through its key, from its sites, as often as is fair."""

from __future__ import annotations

import re

from tests.http.asking import refused
from tests.rooms.capture.world import SITE, a_form, leads, send, submissions, taken


def preflight(stage, form, origin):
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return stage.nobody.call("OPTIONS", f"/capture/{form['key']}", headers=headers)


def test_pages_of_a_forms_own_sites_may_send_it_and_no_others(stage):
    form = a_form(stage)
    asked = preflight(stage, form, SITE)
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == SITE
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in asked.headers
    assert preflight(stage, form, "https://evil.example").status_code == 403
    assert preflight(stage, {"key": "cf_unknown_and_not_found"}, SITE).status_code == 404

    good = send(stage, form, headers={"Origin": SITE})
    assert (good.status_code, good.headers["Access-Control-Allow-Origin"]) == (201, SITE)
    bad = send(stage, form, headers={"Origin": SITE}, email="not an address")
    assert (bad.status_code, bad.headers["Access-Control-Allow-Origin"]) == (422, SITE), "the page may read why"
    other = send(stage, form, headers={"Origin": "https://evil.example"}, email="eve@x.example")
    refused(other, 403, "ORIGIN_NOT_ALLOWED")
    assert "Access-Control-Allow-Origin" not in other.headers
    shown = stage.nobody.get(f"/capture/{form['key']}", headers={"Origin": SITE})
    assert shown.headers["Access-Control-Allow-Origin"] == SITE
    assert set(shown.json) == {"kind", "title", "intro", "thanks", "fields", "consent_text"}, "and nothing of its owner"
    assert len(leads(stage)) == 1
    assert b"data-rapport-form" in stage.nobody.get("/capture/embed.js").data


def test_a_key_before_is_good_until_its_time_and_a_form_that_is_off_opens_to_nobody(stage):
    form = a_form(stage)
    rotated = stage.alice.post(f"/capture-forms/{form['id']}/rotate-key", {"keep_hours": 2}).json
    assert rotated["key"] != form["key"]
    assert taken(stage, form)["lead_id"] == taken(stage, rotated, message="Hello")["lead_id"]
    stage.wait(hours=2)
    refused(send(stage, form), 404, "NOT_FOUND")
    gone = stage.alice.post(f"/capture-forms/{form['id']}/rotate-key", {"keep_hours": 0}).json
    refused(send(stage, rotated), 404, "NOT_FOUND")

    changed = stage.alice.patch(f"/capture-forms/{form['id']}", {"enabled": False, "name": "Old page"})
    assert (changed.json["enabled"], changed.json["name"]) == (False, "Old page")
    refused(send(stage, gone), 404, "NOT_FOUND")
    stage.alice.patch(f"/capture-forms/{form['id']}", {"enabled": True})
    assert send(stage, gone).status_code == 201
    assert stage.bob.patch(f"/capture-forms/{form['id']}", {"enabled": False}).status_code == 403
    assert [each["name"] for each in stage.bob.get("/capture-forms?filter[enabled]=true").json["items"]] == ["Old page"]


def test_a_form_that_could_know_nobody_is_refused(stage):
    base = {"client_id": stage.acme.id, "kind": "form", "name": "Contact"}
    for wrong, field in (
        ({"fields": [{"name": "phone"}]}, "fields"),
        ({"fields": [{"name": "email"}, {"name": "email"}]}, "fields"),
        ({"origins": ["engines.example"]}, "origins"),
    ):
        assert field in refused(stage.alice.post("/capture-forms", base | wrong), 422, "VALIDATION_FAILED")
    foreign = stage.carol.post("/campaigns", {"client_id": stage.globex.id, "name": "Theirs"}).json["id"]
    refused(stage.root.post("/capture-forms", base | {"campaign_id": foreign}), 404, "NOT_FOUND")


def test_who_sends_too_often_is_asked_to_wait(make_stage):
    stage = make_stage(settings={"CAPTURE_PER_ADDRESS": "3", "CAPTURE_PER_FORM": "4"})
    form = a_form(stage)

    def sent(address: str, number: int) -> int:
        body = {"email": f"p{number}@x.example"}
        path = f"/api/v1/capture/{form['key']}"
        return stage.http.post(path, json=body, environ_base={"REMOTE_ADDR": address}).status_code

    assert [sent("198.51.100.1", number) for number in range(4)] == [201, 201, 201, 429]
    assert [sent("198.51.100.2", number) for number in range(4, 6)] == [201, 429]
    stage.wait(minutes=1)
    assert sent("198.51.100.1", 6) == 201
    assert len(leads(stage)) == 5


def test_the_page_of_a_form_needs_no_script_and_sends_once(make_stage):
    stage = make_stage(settings={"CAPTURE_PER_ADDRESS": "5"})
    form = a_form(stage, title="Ask us", consent_text="You may keep <this>.")
    path = f"/forms/{form['key']}"
    page = stage.nobody.visit(f"{path}?utm_source=card", headers={"Referer": "https://maps.example/"})
    html = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "<script" not in html
    assert "style=" not in html
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "You may keep &lt;this&gt;." in html
    for name in ("full_name", "email", "message", "consent"):
        assert f'<label for="{name}">' in html
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', html))
    assert (hidden["utm_source"], hidden["referrer"]) == ("card", "https://maps.example/")

    given = {**hidden, "full_name": "Ada Lovelace", "email": "ada@engines.example", "message": "Hello"}
    lacking = stage.nobody.visit(path, given)
    assert lacking.status_code == 422
    mended = lacking.get_data(as_text=True)
    assert 'role="alert"' in mended
    assert 'value="ada@engines.example"' in mended
    again = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">', mended))
    assert again["key"] != hidden["key"], "what is mended is another submission"
    for _ in range(2):
        sent = stage.nobody.visit(path, {**given, "key": again["key"], "consent": "yes"})
        assert (sent.status_code, sent.headers["Location"]) == (303, f"{path}?sent=1")
    assert "Thank you." in stage.nobody.visit(f"{path}?sent=1").get_data(as_text=True)
    (kept,) = submissions(stage)
    assert kept["source"]["utm_source"] == "card"
    stage.nobody.visit(path, {**given, "key": "another", "consent": "yes", "url": "x"})
    stage.nobody.visit(path, {**given, "key": "third", "consent": "yes"})
    assert stage.nobody.visit(path, {**given, "key": "fourth", "consent": "yes"}).status_code == 429
    assert stage.nobody.visit("/forms/cf_unknown_and_not_found").status_code == 404


def test_historic_paths_are_the_forms_that_settings_name(make_stage):
    before = make_stage()
    assert before.nobody.post("/api/submit-contact", {"email": "a@x.example"}).status_code == 404
    form = a_form(before)
    stage = make_stage(settings={"CAPTURE_CONTACT_FORM": form["key"], "CAPTURE_INQUIRY_FORM": form["key"]})
    answers = [
        stage.nobody.post(path, {"email": "ada@engines.example", "message": "Hello"}, headers={"Idempotency-Key": "x"})
        for path in ("/api/submit-contact", "/api/property-inquiry", f"/api/v1/capture/{form['key']}")
    ]
    assert {(each.status_code, each.data) for each in answers} == {(201, answers[0].data)}
    assert stage.nobody.post("/api/chatbot/leads", {"email": "a@x.example"}).status_code == 404
