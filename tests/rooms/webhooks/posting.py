"""Posting to the service as Unipile does, and handlers that show what they were told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from rapport.events.titles import title
from rapport.kernel.tx import Tx
from rapport.webhooks.sources import Decision
from rapport.webhooks.unipile import Told
from tests.stage import Stage

BODIES = Path(__file__).parents[2] / "outside" / "webhooks"
UNIPILE_ACCOUNT = "kYp3x9QzR0"
HEARD = title("test.heard", "Heard {text}")


def body(name: str, **changes: Any) -> bytes:
    """The stored body of this name, with fields changed."""
    raw = (BODIES / f"{name}.json").read_bytes()
    return json.dumps(json.loads(raw) | changes).encode() if changes else raw


def post(stage: Stage, source: str, sent: bytes, **headers: str) -> TestResponse:
    return stage.http.post(
        f"/api/v1/webhooks/unipile/{source}",
        data=sent,
        headers={"Content-Type": "application/json", **{name.replace("_", "-"): headers[name] for name in headers}},
    )


def hear(tx: Tx, told: Told) -> Decision:
    """A handler that tells once of each message, and fails where the message says so."""
    message = told.heard.message
    tx.emit(
        HEARD,
        client_id=told.about.client_id or "",
        data={"text": message.text},
        dedupe_key=f"heard:{message.message_id}",
        account_id=told.about.account_id,
    )
    if message.text and message.text.startswith("break"):
        raise RuntimeError(message.text)
    return Decision("recorded", evidence={"sender": message.sender.name if message.sender else None})


def deliveries(stage: Stage, query: str = "") -> list[dict[str, Any]]:
    """What an admin sees, the oldest first."""
    answer = stage.root.get(f"/webhooks/deliveries?sort=received_at&order=asc&limit=200{query}")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def heard(stage: Stage) -> list[str]:
    items = stage.root.get("/events/timeline?filter[type]=test.heard").json["items"]
    return [event["data"]["text"] for event in reversed(items)]
