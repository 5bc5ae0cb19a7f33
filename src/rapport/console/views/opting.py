"""The page on which whoever gets a report says that they want no more: open to who has the link, without a script.

A mail program's own button posts here as RFC 8058 says, and is answered without a detour; looking at the page changes
nothing, for programs follow links by themselves.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from rapport.console.render import render
from rapport.http.context import service as here
from rapport.http.transaction import reading, transaction
from rapport.kernel.principal import Actor, Principal
from rapport.kernel.tenancy import only
from rapport.outbox.words import MailTopic
from rapport.reports import opting
from rapport.reports.opting import PATH, Reader

pages = Blueprint("console-opting", __name__)
_OF = {MailTopic.REPORTS: "weekly reports", MailTopic.BROADCASTS: "mails", MailTopic.ALL: "mail"}
_RULE = f"{PATH}/<string:link>"


@pages.get(_RULE)
def opting_page(link: str) -> Response:
    """What they get, and the button."""
    service = _begin()
    return _page(service, opting.reader_of(service.keys, link))


@pages.post(_RULE)
def opted(link: str) -> Response:
    """Do as they say."""
    service = _begin()
    reader = opting.reader_of(service.keys, link)
    with transaction(service, _reading_it(reader)) as tx:
        (opting.opt_in if request.form.get("again") == "yes" else opting.opt_out)(tx, reader)
    return _page(service, reader)


def _begin() -> Any:
    request.environ["rapport.route"] = _RULE
    request.environ["rapport.page"] = True
    return here()


def _reading_it(reader: Reader) -> Principal:
    return Principal(Actor("system", "opt-out link"), frozenset(), only([reader.client_id]))


def _page(service: Any, reader: Reader) -> Response:
    with reading(service, _reading_it(reader)) as opened:
        name, is_out = opting.client_name(opened, reader), opting.is_out(opened, reader)
    what = _OF[reader.topic]
    page = render("opting/page.html", client=name, email=reader.email, is_out=is_out, what=what, here=request.path)
    answer = Response(page, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    return answer
