"""What is tried between a Rapport and an n8n, each line with what came of it."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from scripts.n8n.places import NotUpError, Places, until

_UNKNOWN = "echo no more"


@dataclass(frozen=True)
class World:
    """What is there before n8n comes."""

    client_id: str
    key: str
    secret: str
    """Of the endpoint that is told of new leads."""
    broadcast_password: str


def begin(places: Places) -> World:
    """A client with a key for n8n, two endpoints at n8n, a channel, and n8n as whoever enriches."""
    admin = places.admin
    client_id = admin.post("/clients", {"name": "Acme", "timezone": "Europe/Berlin"})["id"]
    scopes = ["read", "write", "jobs", "callbacks"]
    key = admin.post("/api-keys", {"name": "n8n", "client_id": client_id, "scopes": scopes})["key"]

    def endpoint(path: str, *types: str) -> dict[str, Any]:
        given = {"kind": "webhook", "name": path, "url": f"{places.n8n}/webhook/{path}", "event_types": list(types)}
        return dict(admin.post("/connections", {"client_id": client_id, **given}))

    of_leads = endpoint("rapport-lead-created", "lead.created")
    of_replies = endpoint("rapport-channel-reply", "none.at_all")
    admin.post("/channels", {"client_id": client_id, "channel": "messenger", "connection_id": of_replies["id"]})
    admin.call("PUT", "/jobs/executors", {"client_id": client_id, "type": "lead.enrich", "executor": "n8n"})
    return World(client_id, key, of_leads["secret"], secrets.token_urlsafe(12))


def tell(places: Places, world: World) -> list[str]:
    """Every story, one after the other; answers what failed."""
    failures = []
    stories: tuple[Callable[[], None], ...] = (
        lambda: _jobs(places, world),
        lambda: _signed_webhook(places, world),
        lambda: _channel(places),
        lambda: _broadcast(places, world),
        lambda: _metrics(places, world),
    )
    for each in stories:
        try:
            each()
        except (AssertionError, NotUpError, KeyError, requests.RequestException) as trouble:
            failures.append(f"{type(trouble).__name__}: {str(trouble)[:1500]}")
    return failures


def executions(database: Path) -> list[str]:
    """How often each workflow ran by n8n's own book; every one must have, and come to a good end at least once."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as book:
        rows = book.execute(
            "SELECT w.name, e.status, count(*) FROM workflow_entity w LEFT JOIN execution_entity e "
            "ON e.workflowId = w.id GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for name, status, many in rows:
        found.setdefault(name, {})[status or "never"] = many
    print("n8n's own book of executions:")
    for name, counts in found.items():
        print(f"  {name}: {', '.join(f'{many} {status}' for status, many in counts.items())}")
    return [f"{name} never came to a good end" for name, counts in found.items() if not counts.get("success")]


def _say(what: str) -> None:
    print(f"  {what}", flush=True)


def _jobs(places: Places, world: World) -> None:
    print("Jobs that n8n polls for and completes:")

    def asked(do: str, **more: Any) -> str:
        payload = {"do": do, **more}
        job = places.admin.post("/jobs", {"type": "custom.task", "client_id": world.client_id, "payload": payload})
        return str(job["id"])

    def once(job_id: str, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        def seen() -> dict[str, Any] | None:
            job = places.admin.get(f"/jobs/{job_id}")
            return job if is_so(job) else None

        return dict(until(f"job {job_id}", seen))

    well, badly, unknown = asked("echo", say="Grüße, 你好"), asked("fail"), asked(_UNKNOWN)
    job = once(well, lambda each: each["status"] == "completed")
    assert job["result"] == {"said": "Grüße, 你好", "by": "n8n"}, job
    _say(f"echo: {job['status']} after {job['attempts']} attempt, result {job['result']}")
    job = once(badly, lambda each: each["attempts"] == 1 and each["status"] == "pending")
    assert job["error_code"] == "n8n_failed", job
    _say(f"fail: {job['status']} again at {job['run_at']}, error {job['error_code']}: {job['error_message']}")
    job = once(unknown, lambda each: each["status"] == "failed")
    assert job["error_code"] == "unknown_work", job
    _say(f"unknown: {job['status']} for good, error {job['error_code']}")


def _signed_webhook(places: Places, world: World) -> None:
    print("A signed webhook, which n8n answers early and goes on from:")
    forged = {"x-timestamp": "1", "x-signature": "sha256=00", "webhook-id": "none"}
    answer = requests.post(f"{places.n8n}/webhook/rapport-lead-created", json={}, headers=forged, timeout=20)
    assert answer.status_code == 401, answer.status_code
    _say(f"forged: {answer.status_code}")
    given = {"client_id": world.client_id, "first_name": "Ada", "last_name": "Lovelace", "email": "ada@engines.example"}
    lead_id = places.admin.post("/leads", given)["id"]
    note = until("a note by n8n", lambda: places.admin.get(f"/leads/{lead_id}/notes")["items"])[0]
    assert "scored" in note["text"], note
    told = places.admin.get("/deliveries?filter[event_type]=lead.created")["items"][0]
    assert told["status"] == "sent", told
    _say(f"lead.created: delivery {told['status']} after {told['attempts']} attempt; n8n noted: {note['text']}")

    def enriched() -> Any:
        found = places.admin.get(f"/leads/{lead_id}/enrichments")
        return None if found["is_running"] else found["items"]

    (found,) = until("what n8n found out", enriched)
    lead = places.admin.get(f"/leads/{lead_id}")
    assert lead["website"] == "https://engines.example", lead
    _say(f"enrichment by {found['source']}: website {lead['website']}, beside it {found['data']}")


def _channel(places: Places) -> None:
    print("A message of a channel and its reply:")
    said = {"user_id": "7402918", "message": "What does it cost?", "message_id": "m_1", "session_data": {"name": "Ada"}}
    answers = [requests.post(f"{places.n8n}/webhook/rapport-channel-in", json=said, timeout=20) for _ in range(3)]
    assert {each.status_code for each in answers} == {200}, [each.text for each in answers]
    assert len({each.content for each in answers}) == 1, [each.text for each in answers]
    told = answers[0].json()
    path = f"/inbox/conversations/{told['conversation_id']}"
    assert len(places.admin.get(f"{path}/messages")["items"]) == 1
    _say(f"told three times, one message: {told}")

    def reply(text: str, seen: str) -> str:
        return str(places.admin.post(f"{path}/reply", {"text": text, "seen_message_id": seen}, status=202)["id"])

    def settled(reply_id: str) -> Any:
        found = places.admin.get(f"/inbox/replies/{reply_id}")
        return found if found["state"] not in ("ready", "calling") else None

    sent_id = reply("Nine thousand.", told["message_id"])
    sent = until("the reply", lambda: settled(sent_id))
    assert sent["state"] == "sent", sent
    assert places.platform.given == [{"user_id": "7402918", "message": "Nine thousand."}], places.platform.given
    messages = places.admin.get(f"{path}/messages")["items"]
    _say(f"reply: {sent['state']}, the platform was given it once, the inbox shows {len(messages)} messages")
    places.platform.refuses = True
    failed_id = reply("Anything else?", messages[0]["id"])
    failed = until("the refused reply", lambda: settled(failed_id))
    assert (failed["state"], failed["may_retry"]) == ("refused", True), failed
    _say(f"refused by the platform: {failed['state']}, {failed['code']}: {failed['detail']}")


def _broadcast(places: Places, world: World) -> None:
    print("A broadcast by n8n:")
    variant = {"key": "a", "subject": "News", "body": "News"}
    made = places.admin.post("/broadcasts", {"client_id": world.client_id, "name": "News", "variants": [variant]})
    asked = {
        "campaign_id": made["id"],
        "from": "Acme <news@acme.example>",
        "subject": "News",
        "html": "<p>News</p>",
        "recipients": [f"person{number}@people.example" for number in range(150)],
    }
    password = {"x-broadcast-password": world.broadcast_password}
    hook = f"{places.n8n}/webhook/rapport-email-broadcast"
    assert requests.post(hook, json=asked, timeout=20).status_code == 401
    answer = requests.post(hook, json=asked, headers=password, timeout=20)
    assert answer.status_code == 202, answer.text
    _say(f"answered {answer.status_code} {answer.text} before anything was sent")
    ledger = f"{places.resend.removesuffix('/resend')}/sandbox/ledger"

    def batches() -> list[Any]:
        lines = requests.get(ledger, timeout=20).json()["items"]
        return [each for each in lines if each.get("service") == "resend" and each.get("effect")]

    until("two batches at the provider", lambda: len(batches()) >= 2)
    _say(f"the provider was given {len(batches())} batches")
    claim = until("n8n's word on it", lambda: places.admin.get(f"/broadcasts/{made['id']}")["claim"])
    assert (claim["sent"], claim["failed"]) == (150, 0), claim
    _say(f"n8n's word on it, beside our own figures: {claim}")


def _metrics(places: Places, world: World) -> None:
    print("Figures of elsewhere:")
    path = f"/analytics/clients/{world.client_id}/external"
    (figure, *_) = until("a figure by n8n", lambda: places.admin.get(path)["values"])
    assert figure["metric"] == "external.conversations_seen_open", figure
    _say(f"{figure['metric']}: {figure['value']} on {figure['day']}")
