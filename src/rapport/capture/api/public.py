"""Forms over HTTP, for those who fill them in: open to all, and answered before anything slow.

The address and the body are counted and checked, one transaction takes the submission in, and that is all: whoever is
slow hears of it from the log. Without the database nothing is pretended: the answer is 503, and the same key heals it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Response, request

from rapport.capture import queries
from rapport.capture.schemas.submissions import PublicFormOut, SubmissionIn, SubmittedOut
from rapport.capture.take import Sent, take
from rapport.capture.words import FIELDS, TRAP
from rapport.http.bodies import body_bytes
from rapport.http.context import Call, Reply, Service
from rapport.http.etags import dump
from rapport.http.idempotency import HEADER, Once, checked
from rapport.http.operation import Room
from rapport.http.repeating import answered
from rapport.http.transaction import reading
from rapport.kernel.errors import BODY_TOO_LARGE, NOT_FOUND, ORIGIN_NOT_ALLOWED, RATE_LIMITED, RapportError
from rapport.kernel.principal import Actor, Principal
from rapport.kernel.tenancy import ALL_CLIENTS, only
from rapport.kernel.tx import Tx
from rapport.rules.devices import device

room = Room("capture", "/capture", "What anybody may do: fill in a form that a client put on a page.")

_FORM = "/<key:form_key>"
_SOMEBODY = Actor("lead")
_ANYBODY = Principal(_SOMEBODY, frozenset(), ALL_CLIENTS)
_LARGEST = 64 * 1024
_KEPT = timedelta(days=30)
_SHOWN = ("kind", "title", "intro", "thanks", "fields", "consent_text")
_SCRIPT = Path(__file__).parent.parent / "embed.js"
_HOUR = "public, max-age=3600"


def origins_of(service: Service, path: Mapping[str, Any]) -> Collection[str]:
    """Whose pages may use this form."""
    with reading(service, _ANYBODY) as opened:
        return frozenset(queries.open_form(opened, path["form_key"]).origins)


@room.get("/embed.js", may=None, out=None, content_type="text/javascript; charset=utf-8", own=True, limited=False)
def show_embed_script(_call: Call) -> Reply:
    """Download the script that lets a page's own form send itself, or that draws one where the page says.

    `<script src="…/api/v1/capture/embed.js" defer></script>` with `<form data-rapport-form="cf_…">`, or with
    `<div data-rapport-form="cf_…"></div>` for one that is drawn.
    """
    return Reply(_SCRIPT.read_bytes(), headers={"Cache-Control": _HOUR})


@room.get(
    _FORM,
    may=None,
    out=PublicFormOut,
    own=True,
    origins=origins_of,
    errors=[NOT_FOUND, ORIGIN_NOT_ALLOWED],
)
def show_public_form(call: Call, form_key: str) -> dict[str, Any]:
    """Show what a form asks for, as whoever fills it in may know it."""
    with reading(call.service, _ANYBODY) as opened:
        form = queries.open_form(opened, form_key)
        return {name: getattr(form, name) for name in _SHOWN}


@room.post(
    _FORM,
    may=None,
    body=SubmissionIn,
    out=SubmittedOut,
    own=True,
    limited=False,
    origins=origins_of,
    errors=[NOT_FOUND, ORIGIN_NOT_ALLOWED, RATE_LIMITED],
)
def capture(call: Call, form_key: str) -> Response:
    """Send a form: a lead, its words in a conversation, and an event, all at once or not at all.

    The same key with the same body gets the first answer again for 30 days. Without a key, the same words of the same
    person within ten minutes are one submission.
    """
    raw = body_bytes(request)
    if len(raw) > _LARGEST:
        raise RapportError(BODY_TOO_LARGE)
    key = request.headers.get(HEADER) or call.body.get("idempotency_key")
    return submit(call.service, form_key, call.body, key=key, digest=hashlib.sha256(raw).hexdigest())


def submit(service: Any, form_key: str, body: Mapping[str, Any], *, key: str | None, digest: str) -> Response:
    """Take what somebody sent, whichever way it came; the answer is the API's."""
    _count(service, "capture-address", request.remote_addr or "-", service.settings.capture_per_address)
    with reading(service, _ANYBODY) as opened:
        form = queries.open_form(opened, form_key)
        form_id, client_id = form.id, form.client_id
    _count(service, "capture-form", form_id, service.settings.capture_per_form)
    once = Once(f"form:{form_id}", "capture", checked(key), digest, kept=_KEPT) if key else None

    def act(tx: Tx) -> Response:
        taken = take(tx, queries.open_form(tx, form_key), _sent(service, body), by_key=key is not None)
        made = taken.submission
        shown = {"submission_id": made.id, "lead_id": made.lead_id, "conversation_id": made.conversation_id}
        answer = Response(dump(shown), 201, content_type="application/json")
        if not taken.is_new:
            answer.headers["Idempotent-Replayed"] = "true"
        return answer

    return answered(service, Principal(_SOMEBODY, frozenset(), only([client_id])), once, act)


def _count(service: Any, bucket: str, key: str, limit: int) -> None:
    allowance = service.counters.hit(bucket, key, limit=limit)
    request.environ["rapport.allowance"] = allowance
    if not allowance.allowed:
        raise RapportError(RATE_LIMITED, retry_after=allowance.reset_in)


def _sent(service: Any, body: Mapping[str, Any]) -> Sent:
    given = {name: value.strip() for name, value in body.items() if name in FIELDS and value and value.strip()}
    message = given.pop("message", None)
    more = {name: value for name, value in body.get("fields", {}).items() if value.strip()}
    return Sent(
        fields=given,
        more=more,
        message=message,
        has_consent=body.get("consent", False),
        is_trapped=bool(body.get(TRAP)),
        session_id=body.get("session_id"),
        offering=(body.get("offering") or "").strip() or None,
        source=_source(service, body),
    )


def _source(service: Any, body: Mapping[str, Any]) -> dict[str, str]:
    """Whence they came, as far as it is told. A proxy of ours is believed about the country, their page otherwise."""
    seen = request.headers.get("CF-IPCountry", "") if service.settings.trusted_proxies else ""
    kind = device(request.headers.get("User-Agent"))
    asked = request.accept_languages.best
    language = body.get("language") or (asked if asked != "*" else None)
    found = {
        **{f"utm_{name}": value for name, value in body.get("utm", {}).items()},
        "referrer": body.get("referrer") or request.headers.get("Referer"),
        "landing_page": body.get("landing_page"),
        "language": language,
        "country": seen or body.get("country"),
        "device": kind.value if kind is not None else None,
    }
    if found["country"]:
        found["country"] = found["country"].upper()[:2]
    return {name: value.strip()[:_LONGEST] for name, value in found.items() if value and value.strip()}


_LONGEST = 2000
