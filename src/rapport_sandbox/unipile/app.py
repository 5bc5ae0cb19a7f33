"""The API itself: key, route, endpoint, and every refusal in Unipile's own words."""

from __future__ import annotations

from dataclasses import replace
from hmac import compare_digest
from typing import TYPE_CHECKING

import orjson

from rapport_sandbox.refusals import Refused, error_body
from rapport_sandbox.unipile import (
    accounts,
    chats,
    hosted,
    invitations,
    mail,
    people,
    posts,
    search,
    webhooks,
    writing,
)
from rapport_sandbox.unipile.call import Call
from rapport_sandbox.unipile.routes import Route, Routes
from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from rapport_sandbox.unipile.desk import Desk
    from rapport_sandbox.wire import Request

PREFIX = "/api/v1"

ROUTES = Routes(
    (
        Route("GET", "/accounts", "list_accounts", accounts.list_accounts),
        Route("GET", "/accounts/*", "account", accounts.get_account),
        Route("DELETE", "/accounts/*", "delete_account", accounts.delete_account),
        Route("GET", "/accounts/*/sync", "sync_account", accounts.sync_account),
        Route("POST", "/hosted/accounts/link", "hosted_link", hosted.create_link),
        Route("GET", "/users/me", "me", people.me),
        Route("GET", "/users/relations", "relations", people.relations),
        Route("POST", "/users/invite", "invite", invitations.invite),
        Route("GET", "/users/invite/sent", "sent_invitations", invitations.list_sent),
        Route("DELETE", "/users/invite/sent/*", "withdraw", invitations.cancel),
        Route("POST", "/users/follow", "follow", people.follow),
        Route("POST", "/users/unfollow", "unfollow", people.unfollow),
        Route("GET", "/users/*", "profile", people.profile),
        Route("GET", "/users/*/posts", "posts", posts.list_posts),
        Route("POST", "/posts/reaction", "react", posts.react),
        Route("GET", "/posts/*", "post", posts.get_post),
        Route("GET", "/posts/*/comments", "comments", posts.list_comments),
        Route("POST", "/posts/*/comments", "comment", posts.comment),
        Route("POST", "/linkedin/search", "search", search.search),
        Route("GET", "/linkedin/search/parameters", "search_parameters", search.parameters),
        Route("GET", "/linkedin/company/*", "company", search.company),
        Route("GET", "/linkedin/inmail_balance", "inmail_balance", search.inmail_balance),
        Route("GET", "/chats", "chats", chats.list_chats),
        Route("POST", "/chats", "message", writing.start_chat),
        Route("GET", "/chats/*", "chat", chats.get_chat),
        Route("PATCH", "/chats/*", "patch_chat", chats.patch_chat),
        Route("GET", "/chats/*/attendees", "chat_attendees", chats.chat_attendees),
        Route("GET", "/chats/*/messages", "chat_messages", chats.chat_messages),
        Route("POST", "/chats/*/messages", "message", writing.send_message),
        Route("GET", "/chat_attendees", "attendees", chats.list_attendees),
        Route("GET", "/chat_attendees/*", "attendee", chats.get_attendee),
        Route("GET", "/chat_attendees/*/chats", "attendee_chats", chats.attendee_chats),
        Route("GET", "/chat_attendees/*/messages", "attendee_messages", chats.attendee_messages),
        Route("GET", "/messages", "messages", chats.list_messages),
        Route("GET", "/messages/*", "read_message", chats.get_message),
        Route("GET", "/messages/*/attachments/*", "attachment", chats.get_attachment),
        Route("GET", "/webhooks", "webhooks", webhooks.list_webhooks),
        Route("POST", "/webhooks", "create_webhook", webhooks.create),
        Route("DELETE", "/webhooks/*", "delete_webhook", webhooks.delete),
        Route("POST", "/emails", "email", mail.send),
    )
)


class UnipileApp:
    """Unipile's API v1 over one world."""

    name = "unipile"

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def handle(self, request: Request, now: float) -> Answer:
        """Answer one call. The caller holds the world's lock."""
        path = request.path.removeprefix(PREFIX)
        key = request.headers.get("x-api-key", "")
        if not compare_digest(key.encode(), self.desk.api_key.encode()):
            return _refused(Refused("missing_credentials", "X-API-KEY is missing or wrong."), request, {})
        found = ROUTES.find(request.method, path)
        if found is None:
            known = ROUTES.methods(path)
            if known:
                body = error_body("malformed_request", f"Use {' or '.join(known)}.", status=405)
                return Answer.json(405, body, headers={"allow": ", ".join(known)})
            return _refused(Refused("resource_not_found", f"Cannot {request.method} {request.path}"), request, {})
        route, ids = found
        call = Call(self.desk, request, ids, now)
        call.note(kind=route.name)
        try:
            answer = route.endpoint(call)
        except Refused as refused:
            return _refused(refused, request, call.facts)
        return replace(answer, facts=call.facts)

    def describe(self, request: Request) -> dict[str, object]:
        """Kind, account and person of a call that will not be handled, as far as it says them."""
        facts: dict[str, object] = {}
        found = ROUTES.find(request.method, request.path.removeprefix(PREFIX))
        if found is None:
            return facts
        call = Call(self.desk, request, found[1], 0.0)
        said = _said(call)
        facts["kind"] = _kind(found[0].name, request, said)
        account = said.get("account_id") or request.arg("account_id")
        person = said.get("provider_id") or said.get("attendees_ids") or said.get("user_id")
        if found[0].name in ("profile", "posts"):
            known = self.desk.world.people.find(found[1][0])
            person = known.provider_id if known else None
        if request.path.startswith(f"{PREFIX}/chats/"):
            for one in self.desk.world.accounts.values():
                chat = one.chats.get(found[1][0])
                if chat is not None:
                    account = one.id
                    person = self.desk.world.people[chat.people[0]].provider_id
        if account:
            facts["account"] = account
        if person:
            facts["person"] = person
        if "fields" in call.facts:
            facts["fields"] = call.facts["fields"]
        return facts


def _said(call: Call) -> dict[str, object]:
    """What the body says, if it can be read at all."""
    try:
        if call.request.headers.get("content-type", "").startswith("multipart/"):
            return call.form().described()
        body = orjson.loads(call.request.body or b"{}")
    except (Refused, orjson.JSONDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def _kind(name: str, request: Request, said: dict[str, object]) -> str:
    if name == "profile" and request.arg("notify") == "true":
        return "visit"
    if name == "message" and (
        said.get("linkedin[inmail]") == "true" or said.get("linkedin[api]") in ("recruiter", "sales_navigator")
    ):
        return "inmail"
    return name


def _refused(refused: Refused, request: Request, facts: dict[str, object]) -> Answer:
    headers = {} if refused.retry_after is None else {"retry-after": str(refused.retry_after)}
    body = error_body(refused.word, refused.detail, instance=request.path)
    return Answer.json(refused.status, body, facts={**facts, "error": refused.word}, headers=headers)
