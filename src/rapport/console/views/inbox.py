"""Inbox: conversations to choose from, the one that is open, and why it is here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request

from rapport.accounts.api.accounts import list_accounts
from rapport.campaigns.api.campaigns import list_campaigns
from rapport.console.listening import asks, streams
from rapport.console.visits import Pages, Visit
from rapport.inbox.api.conversations import (
    download_attachment,
    explain_conversation,
    list_conversation_notes,
    list_conversations,
    list_messages,
    show_conversation,
)
from rapport.inbox.api.follow_ups import list_tasks
from rapport.inbox.api.replies import list_canned_replies
from rapport.inbox.api.sharing import list_inbox_queues
from rapport.kernel.errors import RapportError
from rapport.leads.api.leads import show_lead
from rapport.outbox.api.deliveries import list_outgoing
from rapport.people.api.clients import list_members
from rapport.rules.permissions import Role
from rapport.rules.sequences import StepKind
from rapport.rules.template import LONGEST

pages = Pages("inbox")
ONE = "/inbox/<id:conversation_id>"
LONGEST_REPLY = LONGEST[StepKind.MESSAGE]
_A_PAGE = "40"
_MESSAGES = "30"
_MOST_MESSAGES = "200"
_OPEN, _MINE = {"filter[status]": "open"}, "filter[assignee_id]"
_VIEWS: Mapping[str, tuple[str, Callable[[str], dict[str, str]]]] = {
    "open": ("Open", lambda _: _OPEN),
    "mine": ("Mine", lambda me: {**_OPEN, _MINE: me}),
    "nobodys": ("Nobody's", lambda _: {**_OPEN, f"{_MINE}[is_null]": "true"}),
    "waiting": ("Waiting", lambda _: {"filter[waiting]": "true"}),
    "snoozed": ("Snoozed", lambda _: {"filter[status]": "snoozed"}),
    "closed": ("Closed", lambda _: {"filter[status]": "closed"}),
    "all": ("All", lambda _: {}),
}
"""View → its name, and the filters it stands for."""
_FILTERS = {
    "q": "q",
    "unread": "unread",
    "channel": "channel",
    "temperature": "temperature",
    "outcome": "outcome",
    "campaign": "campaign_id",
    "account": "account_id",
    "queue": "queue_id",
    "tag": "tag",
}
"""Parameter of the address → filter of the list."""
_FURTHER = ("channel", "temperature", "outcome", "campaign", "account", "queue", "tag")
"""Filters that are looked up only once somebody wants them."""


@pages.get("/inbox")
def inbox(visit: Visit) -> Response:
    """The list, and nothing open yet."""
    live = {"streams": streams(visit), "asks": asks(visit)}
    return visit.show("inbox/page.html", **_list(visit), **live, conversation=None)


@pages.get(ONE)
def conversation(visit: Visit, conversation_id: str) -> Response:
    """The list, and one conversation open."""
    shown = opened(visit, conversation_id)
    live = {"streams": streams(visit, shown["conversation"]["client_id"]), "asks": asks(visit)}
    return visit.show("inbox/page.html", **_list(visit), **live, **shown)


@pages.get("/inbox/list")
def rows(visit: Visit) -> Response:
    """The list alone; with a cursor its next rows."""
    return visit.part("inbox/rows.html" if "cursor" in request.args else "inbox/list.html", **_list(visit))


@pages.get(f"{ONE}/opened")
def part(visit: Visit, conversation_id: str) -> Response:
    """One conversation as a part of the page."""
    return visit.part("inbox/opened.html", **opened(visit, conversation_id))


@pages.get(f"{ONE}/changed")
def changed(visit: Visit, conversation_id: str) -> Response:
    """What of an open conversation may have changed, each part under its id."""
    return changes(visit, conversation_id)


@pages.get(f"{ONE}/earlier")
def earlier(visit: Visit, conversation_id: str) -> Response:
    """What was written before."""
    query = {"limit": _MESSAGES} | ({"cursor": request.args["cursor"]} if request.args.get("cursor") else {})
    found = visit.ask.read(list_messages, query, conversation_id=conversation_id)
    people = _people(visit, visit.ask.read(show_conversation, conversation_id=conversation_id)["client_id"])
    return visit.part(
        "inbox/earlier.html",
        messages=found["items"][::-1],
        earlier=found["next_cursor"],
        names={each["id"]: each["name"] for each in people},
        conversation_id=conversation_id,
    )


@pages.get("/inbox/messages/<id:message_id>/attachments/<string:attachment_id>")
def attachment(visit: Visit, message_id: str, attachment_id: str) -> Response:
    """A file that came with a message, to be saved."""
    found = visit.ask.fetch(download_attachment, message_id=message_id, attachment_id=attachment_id)
    return Response(found.body, headers=found.headers, content_type=found.content_type)


def opened(visit: Visit, conversation_id: str) -> dict[str, Any]:
    """A conversation with all that stands around it."""
    shown = visit.ask.read(show_conversation, conversation_id=conversation_id)
    found = visit.ask.read(list_messages, {"limit": _MESSAGES}, conversation_id=conversation_id)
    return {**_around(visit, shown), "messages": found["items"][::-1], "earlier": found["next_cursor"]}


def changes(visit: Visit, conversation_id: str, *, status: int = 200, **more: Any) -> Response:
    """The parts of an open conversation as they are now, from the message that its browser shows first."""
    shown = visit.ask.read(show_conversation, conversation_id=conversation_id)
    since = request.values.get("since", "")
    asked = {"limit": _MOST_MESSAGES, "filter[at][gte]": since} if since else {"limit": _MESSAGES}
    found = visit.ask.read(list_messages, asked, conversation_id=conversation_id)["items"]
    return visit.part("inbox/changed.html", **_around(visit, shown), messages=found[::-1], **more, status=status)


def _around(visit: Visit, shown: dict[str, Any]) -> dict[str, Any]:
    """What stands around a conversation: who it is with, why it is here, whose it may be, what is to be done."""
    mine = {"filter[client_id]": shown["client_id"], "limit": "100"}
    here = {"filter[conversation_id]": shown["id"], "limit": "10"}
    people = _people(visit, shown["client_id"])
    return {
        "conversation": shown,
        "lead": _lead(visit, shown["lead_id"]),
        "why": visit.ask.read(explain_conversation, conversation_id=shown["id"]),
        "notes": visit.ask.read(list_conversation_notes, {"limit": "20"}, conversation_id=shown["id"])["items"],
        "tasks": visit.ask.read(list_tasks, {**here, "filter[status]": "scheduled"})["items"],
        "told": visit.ask.read(list_outgoing, here)["items"],
        "canned": visit.ask.read(list_canned_replies, mine)["items"] if visit.may_write else [],
        "queues": visit.ask.read(list_inbox_queues, {"client_id": shown["client_id"]})["items"],
        "people": [each for each in people if each["role"] != Role.VIEWER.value and each["active"]],
        "names": {each["id"]: each["name"] for each in people},
        "longest": LONGEST_REPLY,
    }


def _people(visit: Visit, client_id: str) -> list[dict[str, Any]]:
    """Who works for a client, oneself first."""
    me = {"id": visit.principal.actor.id, "name": visit.me["name"], "role": visit.me["role"], "active": True}
    found = visit.ask.read(list_members, {"limit": "100"}, client_id=client_id)["items"]
    return [me, *(each for each in found if each["id"] != me["id"])]


def _lead(visit: Visit, lead_id: str | None) -> dict[str, Any] | None:
    """Who it is; nobody where they are not known, were merged, or asked to be erased."""
    if lead_id is None:
        return None
    try:
        found: dict[str, Any] = visit.ask.read(show_lead, lead_id=lead_id)
    except RapportError:
        return None
    return found


def _list(visit: Visit) -> dict[str, Any]:
    """The list as the address asks for it, and how many there are to each view."""
    args = request.args
    view = args.get("view", "") if args.get("view") in _VIEWS else "open"
    chosen = {name: args[name].strip() for name in _FILTERS if args.get(name, "").strip()}
    me = visit.principal.actor.id or ""
    query = {f"filter[{_FILTERS[name]}]": value for name, value in chosen.items()}
    query |= _VIEWS[view][1](me) | {"limit": _A_PAGE} | ({"cursor": args["cursor"]} if args.get("cursor") else {})
    nobodys = sum(each["open"] for each in visit.counted["items"] if each["assignee_id"] is None)
    total = visit.counted["total"]
    numbers = {"open": total["open"], "mine": visit.counted["mine"]["open"], "nobodys": nobodys}
    numbers |= {"waiting": total["waiting"], "snoozed": total["snoozed"]}
    return {
        "found": visit.ask.read(list_conversations, visit.of_client(**query)),
        "views": [(key, name, numbers.get(key, 0)) for key, (name, _) in _VIEWS.items()],
        "view": view,
        "chosen": chosen,
        "kept": chosen | ({"view": view} if view != "open" else {}),
        "further": any(name in chosen for name in _FURTHER),
        "unread": total["unread"],
    }


@pages.get("/inbox/filters")
def filters(visit: Visit) -> Response:
    """The further filters."""
    some = {"limit": "200", "sort": "name", "order": "asc"}
    client = {"client_id": visit.client["id"]} if visit.client is not None else {}
    return visit.part(
        "inbox/filters.html",
        campaigns=visit.ask.read(list_campaigns, visit.of_client(**some))["items"],
        accounts=visit.ask.read(list_accounts, visit.of_client(**some))["items"],
        queues=visit.ask.read(list_inbox_queues, client)["items"],
    )
