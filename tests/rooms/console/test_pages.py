"""The console's manners: who is let in, what a form must carry, what a page costs, and what it never shows."""

from __future__ import annotations

import re

import pytest

from rapport.console import words
from rapport.rules.permissions import Role
from rapport.rules.statuses import CampaignState, EnrollmentStatus
from rapport.sending.states import State
from tests.http.routes import ROUTES, dead_letter, is_page
from tests.http.routes_of.capture import form_of
from tests.http.routes_of.offerings import offering_of
from tests.rooms.campaigns.world import a_campaign, a_lead, a_ready_campaign, enroll
from tests.rooms.inbox.world import wrote
from tests.stage import PASSWORD, PRODUCTION
from tests.statements import statements

BY_FORM = {"email": "alice@agency.example", "password": PASSWORD}
MOST_STATEMENTS = 45
"""What the dearest page may cost, whatever there is to show."""


def signs_in(stage, **form):
    return stage.app.test_client().post("/sign-in", data=BY_FORM | form)


def test_signing_in_gives_a_cookie_that_scripts_cannot_read_and_leads_where_one_wanted(stage):
    assert stage.alice.id
    answer = signs_in(stage, next="/leads?tag=vip")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/leads?tag=vip")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "leads", ""])
def test_after_signing_in_one_stays_here_whatever_the_address_says(stage, elsewhere):
    assert stage.alice.id
    assert signs_in(stage, next=elsewhere).headers["Location"] == "/"


def test_in_production_the_cookie_is_kept_to_our_host_and_to_encrypted_connections(make_stage):
    stage = make_stage(settings=PRODUCTION)
    assert stage.alice.id
    cookie = signs_in(stage).headers["Set-Cookie"]

    assert cookie.startswith("__Host-rapport_session=")
    assert "Secure" in cookie


def test_a_wrong_password_is_said_on_the_form_which_keeps_the_email(stage):
    assert stage.alice.id
    answer = signs_in(stage, password="wrong")

    assert answer.status_code == 401
    assert "The email or the password is wrong." in answer.text
    assert 'value="alice@agency.example"' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_cookie_is_no_token_and_a_token_is_no_cookie(stage):
    alice = stage.alice
    assert alice.visit("/").status_code == 200
    bearer = {"Authorization": f"Bearer {alice.cookie}"}
    assert stage.http.get("/api/v1/auth/me", headers=bearer).status_code == 401
    alice.cookie, token = alice.credential, alice.cookie
    assert alice.visit("/").status_code == 303
    assert token


def test_the_api_takes_no_cookie(stage):
    assert stage.alice.visit("/api/v1/clients").status_code == 401


def test_signing_out_ends_the_session_for_good(stage):
    alice = stage.alice
    assert alice.visit("/sign-out", {}).status_code == 303
    assert alice.visit("/").headers["Location"].startswith("/sign-in")
    assert alice.get("/auth/me").status_code == 401


def test_a_form_without_the_word_of_its_session_is_refused(stage):
    alice, bob = stage.alice, stage.bob
    for word in ("", "forged"):
        answer = alice.visit("/leads", {"client_id": stage.acme.id}, headers={"X-Form-Word": word})
        assert answer.status_code == 403
    bob_says = re.search(r'"X-Form-Word": "([^"]+)"', bob.visit("/").text)
    assert bob_says is not None
    assert alice.visit("/sign-out", {}, headers={"X-Form-Word": bob_says[1]}).status_code == 403
    assert alice.visit("/").status_code == 200


@pytest.mark.parametrize("header", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_a_form_of_another_site_is_refused_even_at_the_door(stage, header):
    assert stage.alice.id
    assert stage.app.test_client().post("/sign-in", data=BY_FORM, headers=header).status_code == 403
    assert stage.alice.visit("/sign-out", {}, headers=header).status_code == 403


def test_every_form_and_part_asks_for_a_session_and_every_page_stays_uncached(stage):
    for route in [route for route, row in ROUTES.items() if is_page(route) and row.may and route.startswith("GET")]:
        if "<" not in route:
            answer = stage.root.visit(route.removeprefix("GET "))
            assert answer.headers["Cache-Control"] == "no-store", route


def test_what_is_refused_comes_back_alone_so_that_the_form_keeps_what_was_typed(stage):
    answer = stage.alice.visit("/leads", {"client_id": stage.acme.id, "email": "no"}, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "find .problems"
    assert "<html" not in answer.text
    assert "Email" in answer.text


def test_programs_get_the_one_shape_and_people_a_page_where_there_is_nothing(stage):
    assert stage.http.get("/nowhere", headers={"Accept": "text/html"}).mimetype == "text/html"
    assert stage.http.get("/nowhere").json["code"] == "NOT_FOUND"
    assert stage.http.get("/api/v1/nowhere", headers={"Accept": "text/html"}).json["code"] == "NOT_FOUND"


def test_what_somebody_wrote_is_text_wherever_it_is_shown(stage):
    hostile = "<script>alert(1)</script>\"'><img src=x>"
    lead_id = a_lead(stage, "Ada Lovelace", company=hostile, custom={"note": hostile})
    campaign = a_campaign(stage, name=hostile[:100])
    stage.alice.post(f"/leads/{lead_id}/notes", {"text": hostile})
    talk = wrote(stage, lead=lead_id, text=hostile, subject=hostile, attachments=({"id": "f", "file_name": hostile},))
    for path in (
        f"/inbox/{talk}",
        "/inbox",
        f"/leads/{lead_id}",
        "/leads",
        "/campaigns",
        f"/campaigns/{campaign['id']}",
        "/find?q=<script>",
        "/",
    ):
        shown = stage.alice.visit(path).text
        assert "<script>alert" not in shown, path
        assert "<img src=x>" not in shown, path


def test_an_agent_of_one_client_is_asked_for_no_other_and_a_viewer_is_offered_nothing_to_do(stage):
    assert stage.globex.id
    assert "Globex" not in stage.alice.visit("/campaigns").text
    campaign = a_ready_campaign(stage)
    assert "New campaign" in stage.alice.visit("/campaigns").text
    for path in (
        "/campaigns",
        f"/campaigns/{campaign['id']}",
        f"/campaigns/{campaign['id']}/build",
        "/leads",
        "/accounts",
        *("/inbox", f"/inbox/{wrote(stage)}", f"/work/outgoing/{dead_letter(stage, of=stage.acme)}"),
        *("/work/outgoing?status=dead", "/settings/notices", "/settings/connections", "/settings/replies"),
        *("/settings/offerings", f"/settings/offerings/{offering_of(stage, stage.acme)}"),
        *("/settings/forms", f"/settings/forms/{form_of(stage, stage.acme).id}"),
    ):
        shown = stage.bob.visit(path).text
        forms = set(re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', shown))
        assert forms <= {"/sign-out", "/settings/notices/preview", "/leads/views"}, path


@pytest.mark.parametrize("rows", [1, 30])
def test_the_statements_of_a_page_do_not_grow_with_what_it_shows(stage, rows):
    campaign = a_ready_campaign(stage)
    leads = [a_lead(stage, f"Lead {number}", tag="vip") for number in range(rows)]
    enroll(stage, campaign, *leads)
    for number in range(rows - 1):
        a_campaign(stage)
        stage.account(f"Sender {number}")
        stage.user(f"User{number}", Role.VIEWER, stage.acme)
        wrote(stage, f"c{number}", lead=leads[number])
        dead_letter(stage, of=stage.acme)
    talk = wrote(stage, "first", lead=leads[0], account=stage.account("Mira").id)
    costs = {}
    for path in (
        *("/", "/campaigns", "/leads", "/accounts", "/work", "/settings/users", "/settings/keys", "/leads/imports"),
        *(f"/campaigns/{campaign['id']}{part}" for part in ("", "/build", "/schedule", "/leads", "/simulate")),
        f"/leads/{leads[0]}",
        f"/leads/{leads[0]}/why",
        *("/inbox", f"/inbox/{talk}", f"/inbox/{talk}/changed", "/work/outgoing", "/settings/connections"),
        *("/analytics", f"/analytics?campaign={campaign['id']}"),
    ):
        stage.root.visit("/leads/imports/new")
        with statements(stage) as seen:
            assert stage.root.visit(path).status_code == 200, path
        costs[path] = len(seen)

    assert max(costs.values()) <= MOST_STATEMENTS, costs


def test_a_page_is_given_a_stream_while_there_is_a_place_for_it_and_asks_otherwise(make_stage):
    stage = make_stage(settings={"LIVE_STREAMS": "1"})
    asked = {"client_id": stage.acme.id}

    def token():
        return stage.bob.visit("/live/token", asked).json["token"]

    opened = stage.nobody.get(f"/inbox/stream?client_id={stage.acme.id}&token={token()}")
    assert "event: ready" in opened.get_data(as_text=True)
    opened.close()
    stage.service.live.take_place()
    assert token() is None
    stage.service.live.give_back()
    stage.root.put("/flags", {"name": "live", "client_id": stage.acme.id, "enabled": False})
    assert token() is None
    assert stage.carol.visit("/live/token", asked).status_code == 404


def test_the_demo_is_walked_through_until_somebody_has_seen_it(stage):
    alice = stage.alice
    assert "A walk through the demo" in alice.visit("/").text
    ended = alice.visit("/tour/end", {})
    assert "rapport_tour=seen" in ended.headers["Set-Cookie"]
    assert "A walk through the demo" not in alice.visit("/", headers={"Cookie": "rapport_tour=seen"}).text


def test_every_status_has_words_of_its_own_and_a_shape():
    from rapport.accounts.models import AccountStatus
    from rapport.conversations.words import ConversationStatus, Temperature
    from rapport.jobs.models import JobStatus
    from rapport.leads.models import ImportState, RelationState
    from rapport.outbox.words import AttemptOutcome, ConnectionStatus
    from rapport.outbox.words import DeliveryStatus as OutgoingStatus
    from rapport.sending.states import Wanted
    from rapport.webhooks.statuses import DeliveryStatus

    kinds = {
        "campaign": CampaignState,
        "enrollment": EnrollmentStatus,
        "account": AccountStatus,
        "job": JobStatus,
        "import": ImportState,
        "action": State,
        "relation": RelationState,
        "delivery": DeliveryStatus,
        "wanted": Wanted,
        "conversation": ConversationStatus,
        "temperature": Temperature,
        "outgoing": OutgoingStatus,
        "connection": ConnectionStatus,
        "attempt": AttemptOutcome,
    }
    missing = [
        f"{kind}.{each}" for kind, all_of in kinds.items() for each in all_of if each not in words.STATUSES[kind]
    ]
    assert missing == []
    assert all(len({shown.word for shown in known.values()}) == len(known) for known in words.STATUSES.values())
