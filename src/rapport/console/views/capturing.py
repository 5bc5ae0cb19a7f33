"""The page of a form that has no page of a client's to stand on: open to all, without a script, in light and dark.

A browser that is sent back and forth sends a form once: its key stands in the page from the moment it was drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, redirect, request

from rapport.capture.api.public import show_public_form, submit
from rapport.capture.schemas.submissions import SubmissionIn
from rapport.capture.words import TRAP
from rapport.console.render import render
from rapport.http.bodies import load
from rapport.http.context import service as here
from rapport.http.errors import STATUS
from rapport.http.guards import ANONYMOUS
from rapport.http.inside import Inside
from rapport.kernel.crypto import new_token
from rapport.kernel.errors import CATALOGUE, VALIDATION_FAILED, RapportError

pages = Blueprint("console-capturing", __name__)

_RULE = "/forms/<key:form_key>"
LABELS: Mapping[str, tuple[str, str, str]] = {
    "full_name": ("Name", "text", "name"),
    "first_name": ("First name", "text", "given-name"),
    "last_name": ("Last name", "text", "family-name"),
    "email": ("Email", "email", "email"),
    "phone": ("Phone", "tel", "tel"),
    "company": ("Company", "text", "organization"),
    "title": ("Job title", "text", "organization-title"),
    "website": ("Website", "text", "url"),
    "profile_url": ("LinkedIn profile", "text", "url"),
    "message": ("Message", "textarea", "off"),
}
"""Field → what it is called, its kind, and what a browser fills it with."""
_UTM = ("source", "medium", "campaign", "term", "content")
_CARRIED = ("key", "referrer", "landing_page", *(f"utm_{name}" for name in _UTM))
_LONGEST = 2000


@pages.get(_RULE)
def form_page(form_key: str) -> Response:
    """The form, with what is known of whence its reader came."""
    service = _begin()
    form = Inside(service, ANONYMOUS).read(show_public_form, form_key=form_key)
    sent = request.args.get("sent") == "1"
    return _page(form, {}, _come_from(), sent=sent)


@pages.post(_RULE)
def form_sent(form_key: str) -> Response:
    """Take what was filled in, and say so on a page that may be loaded again without sending anything."""
    service = _begin()
    form = Inside(service, ANONYMOUS).read(show_public_form, form_key=form_key)
    given = {name: value[: _LONGEST * 5] for name, value in request.form.items()}
    carried = {name: given.get(name, "") for name in _CARRIED if given.get(name)}
    try:
        answer = _send(service, form_key, given)
    except RapportError as refusal:
        return _page(form, given, carried, refusal=refusal)
    if answer.status_code >= 400:
        said = orjson.loads(answer.get_data())
        refusal = RapportError(CATALOGUE[said["code"]], said["message"], details=said["details"])
        return _page(form, given, carried, refusal=refusal)
    return redirect(f"/forms/{form_key}?sent=1", 303)  # type: ignore[return-value]


def _begin() -> Any:
    request.environ["rapport.route"] = _RULE
    request.environ["rapport.page"] = True
    return here()


def _send(service: Any, form_key: str, given: Mapping[str, str]) -> Response:
    fields = {name: given[name] for name in (*LABELS, TRAP, "referrer", "landing_page") if given.get(name)}
    utm = {name: given[f"utm_{name}"] for name in _UTM if given.get(f"utm_{name}")}
    body = load(SubmissionIn(), {**fields, "utm": utm, "consent": bool(given.get("consent"))})
    digest = hashlib.sha256(orjson.dumps(dict(given), option=orjson.OPT_SORT_KEYS)).hexdigest()
    return submit(service, form_key, body, key=given.get("key") or None, digest=digest)


def _come_from() -> dict[str, str]:
    found = {f"utm_{name}": request.args.get(f"utm_{name}", "")[:120] for name in _UTM}
    found["referrer"] = (request.headers.get("Referer") or "")[:_LONGEST]
    found["landing_page"] = request.url[:_LONGEST]
    return {name: value for name, value in found.items() if value}


def _page(
    form: Mapping[str, Any],
    given: Mapping[str, str],
    carried: Mapping[str, str],
    *,
    sent: bool = False,
    refusal: RapportError | None = None,
) -> Response:
    told = refusal.details if refusal is not None and isinstance(refusal.details, Mapping) else {}
    problem = None
    if refusal is not None:
        problem = "Some of it needs another look." if refusal.code is VALIDATION_FAILED else refusal.message
    status = STATUS[refusal.code.name] if refusal is not None else 200
    may_repeat = status >= 500  # what was not taken is sent again under its key; what was refused is mended
    page = render(
        "capture/page.html",
        form=form,
        given=given,
        labels=LABELS,
        carried={**carried, "key": carried["key"] if may_repeat and "key" in carried else new_token("once", 18)},
        sent=sent,
        problem=problem,
        problems={name: " ".join(said) if isinstance(said, list) else str(said) for name, said in told.items()},
        here=request.path,
    )
    answer = Response(page, status, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    if refusal is not None and refusal.retry_after is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer
