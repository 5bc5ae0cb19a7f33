"""The routes of channels, of what n8n tells, and of what is found out about leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapport.people.models import Client
from tests.http.routes_of.row import V1, Row
from tests.stage import Stage

if TYPE_CHECKING:
    from tests.http.walking import Caller

_WORD = {"platform": "chat", "user_id": "walker", "message": "Hello", "message_id": "walked"}
_FOUND = {"source": "walked", "fields": {"title": "Engineer"}, "last_updated": "2026-03-01T09:00:00Z"}
_NO_MAIL = {"channel": "chat", "transport": "postmark", "address": "walked@in.example"}
"""A client has each channel once, so what is good for one caller is refused to the next; this is refused to all."""
ROUTES: dict[str, Row] = {
    f"GET {V1}/channels": Row("read", query={"client_id": "<client_id>"}),
    f"POST {V1}/channels": Row("write", 422, body={"client_id": "<client_id>", **_NO_MAIL}),
    f"GET {V1}/channels/<id:channel_id>": Row("read"),
    f"PATCH {V1}/channels/<id:channel_id>": Row("write", body={"enabled": True}),
    f"POST {V1}/channels/<id:channel_id>/test": Row("write", 202),
    f"POST {V1}/channels/<id:channel_id>/rotate-password": Row("write", 409),
    f"POST {V1}/channels/messages": Row("callbacks", body={"client_id": "<client_id>", **_WORD}),
    f"POST {V1}/callbacks/channel-reply": Row("callbacks", body={"reply_id": "<channel_reply_id>", "status": "sent"}),
    f"POST {V1}/webhooks/postmark/inbound": Row("", 401),
    f"POST {V1}/leads/<id:lead_id>/enrich": Row("write", 202),
    f"GET {V1}/leads/<id:lead_id>/enrichments": Row("read"),
    f"POST {V1}/callbacks/enrichment": Row("callbacks", body={"lead_id": "<lead_id>", **_FOUND}),
    f"GET {V1}/jobs/executors": Row("read", query={"client_id": "<client_id>"}),
    f"PUT {V1}/jobs/executors": Row(
        "write", body={"client_id": "<client_id>", "type": "lead.enrich", "executor": "worker"}
    ),
}


def channel_of(stage: Stage, client: Client, channel: str = "chat", **given: Any) -> str:
    """A channel of a client's: the one that is there, for each client has one of a kind."""
    from rapport.channels import keeping, queries
    from tests.http.routes import connected

    with stage.reading() as reading:
        there = {each["channel"]: each["id"] for each in queries.of_client(reading, client.id)}[channel]
    if there is not None:
        return str(there)
    more = {"connection_id": connected(stage, of=client)} if "transport" not in given else {}
    with stage.tx() as tx:
        made, _ = keeping.connect(tx, client.id, {"channel": channel, "transport": "n8n", **more, **given})
        return made.id


def channel_reply(stage: Stage, client: Client, _caller: Caller | None = None) -> str:
    """A reply on a channel, which somebody is to carry."""
    from rapport.broker import messages
    from rapport.inbox import replying

    channel_of(stage, client)
    number = stage.number()
    said = {"intents": [], "session_data": {}, "message_id": f"walked-{number}", "user_id": f"walker-{number}"}
    with stage.tx() as tx:
        told = messages.take(tx, client.id, {"platform": "chat", "message": "Hello", **said}, raw=b"{}", headers={})
        return replying.reply(tx, told["conversation_id"], text="Hello", seen_message_id=told["message_id"])


IDS = {
    "channel_id": lambda stage, client, _caller: channel_of(stage, client),
    "channel_reply_id": channel_reply,
}
NO_CANARY = {
    "message_channel.channel": "a word of ours",
    "message_channel.transport": "a word of ours",
    "message_channel.password_hash": "a hash",
    "job_executor.type": "a word of ours",
    "job_executor.executor": "a word of ours",
}


def fill(stage: Stage, client: Client, mark: str) -> None:
    """A mailbox with the mark in its name, a reply that failed there, and what somebody found out."""
    from rapport.channels import keeping
    from rapport.enrichment import telling

    channel_of(stage, client, "email", transport="postmark", address=f"{mark}@in.example")
    lead_id = stage.lead(f"{mark} Enriched", of=client)
    with stage.tx() as tx:
        keeping.failed(tx, client.id, "email", f"{mark} refused it", None)
        fields = {"title": f"{mark} engineer", "size": f"{mark} people"}
        telling.take(tx, lead_id, source=mark, fields=fields, brief=f"{mark} builds engines.", said_at=tx.now)
