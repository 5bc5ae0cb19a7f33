"""The routes of forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapport.kernel.principal import Actor
from rapport.people.models import Client
from tests.http.routes_of.row import V1, Row
from tests.stage import Stage

if TYPE_CHECKING:
    from tests.http.walking import Caller

ROUTES: dict[str, Row] = {
    # Open to whoever has the key of a form, which stands in pages (tests/rooms/capture)
    f"GET {V1}/capture/embed.js": Row(""),
    f"GET {V1}/capture/<key:form_key>": Row("", 404),
    f"POST {V1}/capture/<key:form_key>": Row("", 404, body={"email": "<email>"}),
    "GET /forms/<key:form_key>": Row("", 404),
    "POST /forms/<key:form_key>": Row("", 404, body={"email": "ada@engines.example"}),
    f"GET {V1}/capture-forms": Row("read"),
    f"GET {V1}/capture-forms/<id:form_id>": Row("read"),
    f"GET {V1}/capture-forms/submissions": Row("read"),
    f"GET {V1}/capture-forms/submissions/<id:submission_id>": Row("read"),
    f"POST {V1}/capture-forms": Row(
        "write",
        201,
        body={"client_id": "<client_id>", "kind": "form", "name": "Contact", "campaign_id": "<campaign_id>"},
    ),
    f"PATCH {V1}/capture-forms/<id:form_id>": Row("write", body={"enabled": False}),
    f"POST {V1}/capture-forms/<id:form_id>/rotate-key": Row("write", body={"keep_hours": 1}),
}


def form_of(stage: Stage, client: Client, *, mark: str = "walked", **more: Any) -> Any:
    """A form of a client's."""
    from rapport.capture import forms
    from rapport.capture.schemas.forms import CaptureFormIn

    given = CaptureFormIn().load({"client_id": client.id, "kind": "form", "name": mark, **more})
    given.pop("client_id")
    with stage.tx() as tx:
        return forms.create(tx, client.id, given)


def submitted(stage: Stage, client: Client, *, mark: str = "walked", **more: Any) -> str:
    """What somebody sent through a form of a client's."""
    from rapport.capture.queries import open_form
    from rapport.capture.take import Sent, take

    form = form_of(stage, client, mark=mark, **more)
    sent = Sent(
        fields={"email": f"{mark}{stage.number()}@people.example", "company": mark},
        more={"size": mark},
        message=f"{mark} asks",
        has_consent=True,
        is_trapped=False,
        session_id=None,
        offering=None,
        source={"referrer": f"https://{mark}.example"},
    )
    with stage.tx(Actor("lead")) as tx:
        return take(tx, open_form(tx, form.key), sent, by_key=True).submission.id


def _form(stage: Stage, client: Client, _caller: Caller) -> str:
    return str(form_of(stage, client).id)


def _submission(stage: Stage, client: Client, _caller: Caller) -> str:
    return submitted(stage, client)


IDS = {"form_id": _form, "submission_id": _submission}
PLAIN = {"form_key": lambda _stage: "cf_walked_and_not_found"}
NO_CANARY = {
    "capture_form.kind": "a word of ours",
    "capture_form.key": "random",
    "capture_form.previous_key": "random",
    "capture_form.fields": "words of ours",
    "capture_form.created_by": "an id",
    "submission.status": "a word of ours",
    "submission.likeness": "a hash",
}


def fill(stage: Stage, client: Client, mark: str) -> None:
    """A form with the mark in every text, and what somebody sent through it."""
    texts = {name: f"{mark} {name}" for name in ("title", "intro", "thanks", "consent_text")}
    submitted(stage, client, mark=mark, tags=[mark], origins=[f"https://{mark}.example"], **texts)
