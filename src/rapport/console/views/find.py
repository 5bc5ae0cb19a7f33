"""Finding: leads, campaigns, accounts and pages by what one types."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from rapport.accounts.api.accounts import list_accounts
from rapport.campaigns.api.campaigns import list_campaigns
from rapport.console.glossary import WORDS
from rapport.console.visits import Pages, Visit
from rapport.leads.api.leads import list_leads

pages = Pages("find")
_LONGEST = 100
_PLACES = (
    ("Home", "/", "home", "start overview today"),
    ("Inbox", "/inbox", "inbox", "conversations replies messages answer"),
    ("Inbox: mine", "/inbox?view=mine", "inbox", "assigned to me"),
    ("Inbox: waiting for an answer", "/inbox?view=waiting", "clock", "late sla due"),
    ("Campaigns", "/campaigns", "send", "sequences outreach"),
    ("New campaign", "/campaigns/new", "plus", "create draft"),
    ("Leads", "/leads", "people", "persons contacts table"),
    ("Import leads", "/leads/imports/new", "upload", "csv xlsx file list"),
    ("Imports", "/leads/imports", "upload", "files"),
    ("Analytics", "/analytics", "chart", "figures funnel rates forecast variants export csv xlsx"),
    ("Weekly report", "/analytics/report", "mail", "preview send client opt-out resend"),
    ("Accounts", "/accounts", "card", "senders linkedin limits"),
    ("Work: jobs", "/work", "wrench", "failed retry dismiss"),
    ("Work: deliveries", "/work/outgoing", "send", "outbox webhooks mails slack telegram attempts"),
    ("Work: dead letters", "/work/outgoing?status=dead", "cross", "replay dismiss failed deliveries"),
    ("Work: webhooks", "/work/webhooks", "link", "unipile repair deliveries"),
    ("Work: database", "/work/database", "wrench", "health slow statements tables indexes pool waits"),
    ("Work: unmatched messages", "/work/unmatched", "message", "replies who wrote"),
    ("Settings", "/settings", "sliders", "preferences client"),
    ("Do not contact", "/settings/do-not-contact", "ban", "suppression blocklist"),
    ("Notices", "/settings/notices", "bell", "rules told email slack telegram quiet preview test"),
    ("Connections", "/settings/connections", "link", "webhook endpoints slack telegram secret rotate"),
    ("Texts that are written often", "/settings/replies", "note", "canned replies templates"),
    ("Offerings", "/settings/offerings", "box", "products what clients offer links"),
    ("Forms", "/settings/forms", "note", "capture embed snippet hosted page leads website"),
    ("Features", "/settings/flags", "sliders", "flags switch on off"),
    ("API keys", "/settings/keys", "key", "token n8n"),
    ("Users", "/settings/users", "people", "members roles"),
    ("What our words mean", "/help", "help", "glossary warm-up uncertain gate temperature score"),
    ("My sign-ins", "/settings/me", "key", "password sessions"),
)
_FOR_WRITERS = ("/campaigns/new", "/leads/imports/new", "/work", "/settings/keys")
_FOR_ADMINS = ("/work/webhooks", "/work/database", "/settings/users", "/settings/flags")


@pages.get("/find")
def find(visit: Visit) -> Response:
    """What was found, as a page."""
    return visit.show("find/page.html", q=_typed(), **_found(visit))


@pages.get("/help")
def words(visit: Visit) -> Response:
    """What our words mean."""
    return visit.show("find/help.html", words=WORDS)


@pages.get("/find/part")
def found(visit: Visit) -> Response:
    """What was found, for the palette."""
    return visit.part("find/found.html", q=_typed(), **_found(visit))


def _typed() -> str:
    return request.args.get("q", "").strip()[:_LONGEST]


def _found(visit: Visit) -> dict[str, Any]:
    typed = _typed()
    places = [each for each in _PLACES if _visible(visit, each[1])]
    if not typed:
        return {"leads": [], "campaigns": [], "accounts": [], "places": places}
    folded = typed.casefold()
    return {
        "leads": visit.ask.read(list_leads, visit.of_client(**{"filter[q]": typed, "limit": "6"}))["items"],
        "campaigns": visit.ask.read(list_campaigns, visit.of_client(**{"filter[name][contains]": typed, "limit": "5"}))[
            "items"
        ],
        "accounts": visit.ask.read(list_accounts, visit.of_client(**{"filter[name][contains]": typed, "limit": "5"}))[
            "items"
        ],
        "places": [each for each in places if folded in f"{each[0]} {each[3]}".casefold()],
    }


def _visible(visit: Visit, place: str) -> bool:
    return (place not in _FOR_WRITERS or visit.may_write) and (place not in _FOR_ADMINS or visit.may_manage)
