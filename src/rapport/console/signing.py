"""What the browser of somebody who signed in keeps: a session, a word against forged forms, the last thing said.

The session's cookie is a token of its own kind: the API does not take it, and it is good as long as the session it
names is open. The word that goes with every form is made of the session, so that no other site can know it.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import Request, Response

from rapport.http.context import Service
from rapport.kernel.crypto import same
from rapport.kernel.errors import FORBIDDEN, RapportError
from rapport.kernel.principal import Principal

SAID = "rapport_said"
CLIENT = "rapport_client"
THEME = "rapport_theme"
TOUR = "rapport_tour"
THEMES = ("light", "dark")
FORM_FIELD = "form_word"
FORM_HEADER = "X-Form-Word"
_SESSION = "rapport_session"
_LONGEST_SAID = 1500
_SIGNATURE = 16
_YEAR = int(timedelta(days=365).total_seconds())


def session_cookie(service: Service) -> str:
    """The name of the session's cookie; in production browsers keep it to our host and to encrypted connections."""
    return f"__Host-{_SESSION}" if service.settings.production else _SESSION


def remember(service: Service, answer: Response, *, access_token: str, session_id: str) -> None:
    """Let the browser keep a session that was just opened, as long as the session lasts."""
    now = service.clock.now()
    life = timedelta(days=service.settings.refresh_token_days)
    user_id = service.tokens.verify(access_token, now).user_id
    cookie = service.cookies.mint(user_id=user_id, session_id=session_id, token_id=session_id, now=now, life=life)
    seconds = int(life.total_seconds())
    keep(service, answer, session_cookie(service), cookie, seconds=seconds)


def keep(
    service: Service, answer: Response, name: str, value: str, *, seconds: int = _YEAR, to_scripts: bool = False
) -> None:
    """Set a cookie of ours."""
    secure = service.settings.production
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=not to_scripts, samesite="Lax")


def forget(service: Service, answer: Response, name: str) -> None:
    """Take a cookie back."""
    secure = service.settings.production
    answer.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="Lax")


def form_word(service: Service, principal: Principal) -> str:
    """The word that a form of this session carries."""
    signed = service.keys.sign("form", (principal.session_id or "").encode())
    return base64.urlsafe_b64encode(signed[:18]).decode()


def refuse_forged(request: Request, service: Service, principal: Principal | None) -> None:
    """Refuse a form that another site sent: a browser says where it comes from, and the word is ours alone."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        raise RapportError(FORBIDDEN, "This form was sent from another site.")
    if origin is not None and origin != "null" and urlsplit(origin).netloc != request.host:
        raise RapportError(FORBIDDEN, "This form was sent from another site.")
    if principal is None:
        return
    given = request.headers.get(FORM_HEADER) or request.form.get(FORM_FIELD, "")
    if not same(given.encode(), form_word(service, principal).encode()):
        raise RapportError(FORBIDDEN, "This form is too old. Load the page again.")


def say(service: Service, answer: Response, text: str, *, tone: str = "good") -> None:
    """Let the next page say this."""
    payload = orjson.dumps([tone, text[:_LONGEST_SAID]])
    signed = service.keys.sign("said", payload)[:_SIGNATURE] + payload
    keep(service, answer, SAID, base64.urlsafe_b64encode(signed).decode(), seconds=60)


def said(service: Service, request: Request) -> dict[str, Any] | None:
    """What the page before wanted to be said."""
    try:
        signed = base64.urlsafe_b64decode(request.cookies.get(SAID, ""))
    except ValueError:
        return None
    signature, payload = signed[:_SIGNATURE], signed[_SIGNATURE:]
    if not payload or not same(signature, service.keys.sign("said", payload)[:_SIGNATURE]):
        return None
    tone, text = orjson.loads(payload)
    return {"tone": tone, "text": text}


def next_page(given: str | None) -> str:
    """Where to go after signing in: a page of ours, whatever was asked for."""
    if given is None or not given.startswith("/") or given.startswith(("//", "/\\")) or not given.isprintable():
        return "/"
    return given
