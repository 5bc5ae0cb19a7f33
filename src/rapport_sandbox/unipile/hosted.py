"""The hosted sign-in: a link, the page behind it, and the note that it went well.

The page stands in for Unipile's own: a button instead of LinkedIn's password. Pressing it connects a new
account, or reconnects the one named, and posts to `notify_url` as Unipile does.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from rapport_sandbox.clock import parse_instant
from rapport_sandbox.refusals import Refused, error_body
from rapport_sandbox.unipile.call import choice_field, required_text, text_field
from rapport_sandbox.unipile.desk import HostedLink
from rapport_sandbox.wire import Answer
from rapport_sandbox.world import health

if TYPE_CHECKING:
    from rapport_sandbox.hooks.courier import Deliver
    from rapport_sandbox.unipile.call import Call
    from rapport_sandbox.unipile.desk import Desk
    from rapport_sandbox.wire import Request
    from rapport_sandbox.world.account import Account

_PROVIDERS = frozenset(
    {
        "LINKEDIN",
        "WHATSAPP",
        "INSTAGRAM",
        "MESSENGER",
        "IMAP",
        "TELEGRAM",
        "GOOGLE",
        "OUTLOOK",
        "TWITTER",
        "MAIL",
    }
)
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Connect LinkedIn (sandbox)</title>
<body style="font-family:sans-serif;max-width:30rem;margin:4rem auto"><h1>Connect LinkedIn</h1>
<p>This page plays the hosted sign-in. {sentence}</p>
<form method="post"><button name="answer" value="yes">Sign in</button>
<button name="answer" value="no">Refuse</button></form></body></html>"""


def create_link(call: Call) -> Answer:
    """`POST /hosted/accounts/link`."""
    body = call.json()
    kind = choice_field(body, "type", ("create", "reconnect"))
    if kind is None:
        raise Refused("invalid_parameters", "type is required.")
    if kind == "reconnect":
        call.account(required_text(body, "reconnect_account"), live=False)
    else:
        _require_providers(body.get("providers"))
    required_text(body, "api_url")
    for name in ("api_url", "notify_url", "success_redirect_url", "failure_redirect_url"):
        url = text_field(body, name)
        if url is not None and urlsplit(url).scheme not in ("http", "https"):
            raise Refused("invalid_parameters", f"{name} must be an HTTP URL.")
    text_field(body, "name")
    try:
        expires_at = parse_instant(required_text(body, "expiresOn"))
    except ValueError:
        raise Refused("invalid_parameters", "expiresOn must be an ISO 8601 instant.") from None
    if expires_at <= call.now:
        raise Refused("invalid_parameters", "expiresOn is in the past.")
    token = call.world.new_id("hosted")
    call.desk.hosted_links[token] = HostedLink(token, body, expires_at)
    host = call.request.headers.get("host", "127.0.0.1")
    return call.done({"object": "HostedAuthUrl", "url": f"http://{host}/hosted/{token}"}, effect=True)


class HostedPages:
    """The pages behind the links, mounted beside the API: people see them, not programs."""

    name = "hosted"

    def __init__(self, desk: Desk, deliver: Deliver) -> None:
        self._desk = desk
        self._deliver = deliver

    def handle(self, request: Request, now: float) -> Answer:
        link = self._desk.hosted_links.get(request.path.strip("/").split("/")[-1])
        if link is None or link.used or now > link.expires_at:
            return Answer.json(404, error_body("resource_not_found", "This link has expired."))
        if request.method == "GET":
            name = escape(str(link.body.get("name", "")))
            page = _PAGE.format(sentence=f"It was made for {name}." if name else "")
            return Answer(200, page.encode(), {"content-type": "text/html; charset=utf-8"})
        if request.method != "POST":
            return Answer.json(405, error_body("invalid_parameters", "Use GET or POST.", status=405))
        link.used = True
        if request.body == b"answer=no":
            return _redirect(link, "failure_redirect_url", "Refused.")
        account, status = self._connect(link, now)
        self._notify(link, account, status, now)
        return _redirect(link, "success_redirect_url", f"Connected {account.owner.name}.", account)

    def _connect(self, link: HostedLink, now: float) -> tuple[Account, str]:
        world = self._desk.world
        if link.body["type"] == "reconnect":
            account = world.accounts[str(link.body["reconnect_account"])]
            health.reconnect(world, account, now)
            return account, "RECONNECTED"
        account = world.open_account(now)
        health.announce(world, account, now, "CREATION_SUCCESS")
        return account, "CREATION_SUCCESS"

    def _notify(self, link: HostedLink, account: Account, status: str, now: float) -> None:
        url = link.body.get("notify_url")
        if isinstance(url, str):
            body = {"status": status, "account_id": account.id, "name": link.body.get("name")}
            self._desk.world.agenda.at(
                now + 1,
                lambda _: self._deliver(url, {"content-type": "application/json"}, orjson.dumps(body)),
            )


def _require_providers(value: object) -> None:
    if value in ("*", "*:MAILING", "*:MESSAGING"):
        return
    if not isinstance(value, list) or not value or not _PROVIDERS.issuperset(map(str, value)):
        raise Refused("invalid_parameters", 'providers must be "*" or a list of providers.')


def _redirect(link: HostedLink, name: str, sentence: str, account: Account | None = None) -> Answer:
    url = link.body.get(name)
    facts: dict[str, object] = {"kind": "hosted_sign_in"}
    if account is not None:
        facts["account"] = account.id
    if isinstance(url, str):
        return Answer(303, b"", {"location": url}, effect=account is not None, facts=facts)
    page = f"<!doctype html><title>Done</title><p>{escape(sentence)}</p>".encode()
    headers = {"content-type": "text/html; charset=utf-8"}
    return Answer(200, page, headers, effect=account is not None, facts=facts)
