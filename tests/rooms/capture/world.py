"""Forms, and people who send them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from rapport.events.models import Event
from tests.stage import Stage

SITE = "https://www.engines.example"


def a_form(stage: Stage, **more: Any) -> dict[str, Any]:
    """A contact form of Acme's."""
    body = {"client_id": stage.acme.id, "kind": "form", "name": "Contact page", "origins": [SITE]} | more
    answer = stage.alice.post("/capture-forms", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def send(stage: Stage, form: dict[str, Any], key: str | None = None, **body: Any) -> TestResponse:
    """Somebody sends a form; without more, Ada asks for a price."""
    headers = body.pop("headers", {}) | ({"Idempotency-Key": key} if key else {})
    given = {"full_name": "Ada Lovelace", "email": "ada@engines.example", "message": "What does it cost?"} | body
    return stage.nobody.post(f"/capture/{form['key']}", given, headers=headers)


def taken(stage: Stage, form: dict[str, Any], key: str | None = None, **body: Any) -> dict[str, Any]:
    answer = send(stage, form, key, **body)
    assert answer.status_code == 201, answer.json
    return answer.json


def leads(stage: Stage) -> list[dict[str, Any]]:
    return stage.root.get("/leads").json["items"]


def submissions(stage: Stage, **filters: str) -> list[dict[str, Any]]:
    query = "&".join(f"filter[{name}]={value}" for name, value in filters.items())
    answer = stage.alice.get(f"/capture-forms/submissions?{query}")
    assert answer.status_code == 200, answer.json
    return answer.json["items"]


def events(stage: Stage, *types: str) -> list[Event]:
    with stage.reading() as reading:
        return list(reading.session.execute(select(Event).where(Event.type.in_(types)).order_by(Event.seq)).scalars())
