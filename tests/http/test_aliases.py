"""Installations of n8n, Postmark and Unipile point at historic paths: each answers like its canonical one."""

from __future__ import annotations

from rapport.http.aliases import ALIASES, BY_SETTING, NEVER
from rapport.rules.permissions import Permission
from tests.http.routes import UNKNOWN
from tests.rooms.capture.world import a_form

SPECIFIED = {
    *("/api/jobs/next", "/api/jobs/{id}", "/api/jobs/{id}/callback", "/webhook/postmark/inbound"),
    *("/api/dashboard/timeseries", "/api/dashboard/recent-conversations", "/internal/metrics/snapshot"),
    *("/internal/n8n/enrichment-complete", "/internal/n8n/lead-sync-status", "/internal/n8n/campaign-status"),
    *("/internal/n8n/metrics-upsert", "/internal/n8n/channel-message", "/api/inbox/{rest}", "/api/automation/{rest}"),
    *("/api/automation/campaigns/{id}/status", "/api/analytics/{rest}", "/api/auth/{rest}", "/api/webhooks/{rest}"),
    *("/api/chatbot/leads", "/api/submit-contact", "/api/property-inquiry"),
}
RESTS = {
    "/api/inbox/{rest}": ("counters", "conversations", f"conversations/{UNKNOWN}/messages"),
    "/api/automation/{rest}": ("scheduler/status", "scheduler/nothing"),
    "/api/analytics/{rest}": ("clients", "nothing"),
    "/api/auth/{rest}": ("me", "login"),
    "/api/webhooks/{rest}": ("unipile/users", "unipile/messaging", "resend", "deliveries"),
}
"""What is asked for behind a path that holds more."""


def test_every_historic_path_answers_like_its_canonical_one(make_stage):
    stage = make_stage(settings={"CAPTURE_PER_ADDRESS": "1000"})
    form = a_form(stage)
    assert {old for old, _ in ALIASES} | {old for old, _, _ in BY_SETTING} == SPECIFIED
    job = stage.root.post("/jobs", {"type": "jobs.archive", "client_id": None}).json[
        "id"
    ]  # nothing that a poller takes
    key = stage.key(Permission.READ, Permission.JOBS, Permission.CALLBACKS, of=stage.acme)
    bodies = ({}, {"client_id": stage.acme.id}, {"lease_token": "none", "status": "completed"})
    walked = 0
    for old, new in ALIASES:
        for rest in RESTS.get(old, ("",)):
            here, there = (each.replace("{rest}", rest).replace("{id}", job) for each in (old, new))
            for person in (stage.root, key, stage.nobody):
                asked = [("GET", None)] + [("POST", body) for body in bodies]
                asked += [("GET", f"client_id={stage.acme.id}")]
                for method, given in asked:
                    more = {"query_string": given} if isinstance(given, str) else {"json": given}
                    answers = [
                        stage.http.open(path, method=method, headers=headers_of(person), **more)
                        for path in (here, there)
                    ]
                    first, second = (shape(each) for each in answers)
                    assert first == second, (method, here, there, person.name)
                    walked += 1
    assert walked > 250
    assert form["key"]
    for never in NEVER:
        assert stage.http.post(never).status_code == 404


def headers_of(person):
    return {"Authorization": f"Bearer {person.credential}"} if person.credential else {}


def shape(answer):
    """Status and body, without what is another at every call."""
    body = answer.get_json(silent=True)
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in ("request_id", "instance", "id", "at")}
    return answer.status_code, answer.headers.get("Content-Type"), body
