"""Signing in and out, by the API's own sign-in."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request

from rapport.console import signing
from rapport.console.render import render
from rapport.console.visits import SIGN_IN, Pages, Visit
from rapport.http.context import service as here
from rapport.http.errors import STATUS
from rapport.http.guards import ANONYMOUS
from rapport.http.inside import Inside
from rapport.kernel.errors import CREDENTIALS_INVALID, RATE_LIMITED, VALIDATION_FAILED, RapportError
from rapport.people.api.auth import login, logout
from rapport.rules.permissions import Permission

door = Blueprint("console-door", __name__)
pages = Pages("signing")

_MEANT = {VALIDATION_FAILED: "Give an email and a password.", CREDENTIALS_INVALID: CREDENTIALS_INVALID.meaning}


@door.get(SIGN_IN)
def sign_in() -> Response:
    """The form; whoever is signed in already may sign in as somebody else."""
    request.environ["rapport.route"] = SIGN_IN
    return _form()


@door.post(SIGN_IN)
def signed_in() -> Response:
    """Open a session and go where one wanted to."""
    service = here()
    request.environ["rapport.route"] = SIGN_IN
    request.environ["rapport.page"] = True
    signing.refuse_forged(request, service, None)
    given = {"email": request.form.get("email", "").strip(), "password": request.form.get("password", "")}
    try:
        opened = Inside(service, ANONYMOUS).write(login, given)
    except RapportError as refusal:
        if refusal.code is RATE_LIMITED:
            return _form(refusal, f"Too many attempts. Wait {refusal.retry_after} seconds.", given["email"])
        return _form(refusal, _MEANT.get(refusal.code, refusal.message), given["email"])
    answer = redirect(signing.next_page(request.form.get("next")), 303)
    token, session_id = opened["access_token"], opened["session_id"]
    signing.remember(service, answer, access_token=token, session_id=session_id)  # type: ignore[arg-type]
    answer.headers["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]


@pages.post("/sign-out", may=Permission.SELF)
def sign_out(visit: Visit) -> Response:
    """End the session of this browser."""
    visit.ask.write(logout)
    answer = visit.go(SIGN_IN)
    signing.forget(visit.service, answer, signing.session_cookie(visit.service))
    return answer


def _form(refusal: RapportError | None = None, problem: str | None = None, email: str = "") -> Response:
    theme = request.cookies.get(signing.THEME, "")
    page = render(
        "sign_in.html",
        problem=problem,
        email=email,
        next=signing.next_page(request.values.get("next")),
        theme=theme if theme in signing.THEMES else "",
    )
    answer = Response(page, STATUS[refusal.code.name] if refusal else 200, mimetype="text/html")
    if refusal is not None and refusal.retry_after is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after)
    answer.headers["Cache-Control"] = "no-store"
    return answer
