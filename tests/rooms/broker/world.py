"""n8n of Acme's, as the service sees it: a key that calls back, an endpoint that is told, and a channel between."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from rapport.kernel import signatures
from rapport.rules.permissions import Permission
from tests.rooms.outbox.world import Outside
from tests.stage import Person

ADA = {"name": "Ada Lovelace", "email": "ada@engines.example"}


@dataclass
class N8n:
    """What a client's n8n knows."""

    outside: Outside
    key: Person
    connection: dict[str, Any]

    def tells(self, text: str = "What does it cost?", message_id: str | None = "m1", **more: Any) -> Any:
        """A message that somebody wrote on Messenger."""
        body = {"platform": "messenger", "user_id": "7402918", "message": text, "session_data": ADA} | more
        return self.key.post("/channels/messages", body | ({"message_id": message_id} if message_id else {}))

    def told(self, **more: Any) -> dict[str, Any]:
        answer = self.tells(**more)
        assert answer.status_code == 200, answer.json
        return dict(answer.json)

    def says(self, reply_id: str, status: str, **more: Any) -> Any:
        """What became of a reply."""
        return self.key.post("/callbacks/channel-reply", {"reply_id": reply_id, "status": status, **more})

    def signed(self, path: str, body: dict[str, Any], *, secret: str, tampered: bool = False) -> Any:
        """The same without a key: signed with the secret of the endpoint."""
        raw = json.dumps(body).encode()
        headers = signatures.headers(f"msg_{path}", at=self.outside.now, body=raw, secrets=[secret])
        headers |= {"X-Rapport-Connection": self.connection["id"], "Content-Type": "application/json"}
        sent = raw.replace(b"sent", b"cost") if tampered else raw
        return self.outside.stage.nobody.call("POST", path, data=sent, headers=headers)


def n8n(outside: Outside, **channel: Any) -> N8n:
    """Acme's n8n, with Messenger connected by it."""
    stage = outside.stage
    made = outside.connect("webhook", event_types=["nothing.at_all"])
    found = N8n(outside, stage.key(Permission.CALLBACKS, Permission.JOBS, of=stage.acme), made)
    connect(outside, channel="messenger", connection_id=made["id"], **channel)
    return found


def connect(outside: Outside, **given: Any) -> dict[str, Any]:
    """A channel of Acme's."""
    answer = outside.stage.alice.post("/channels", {"client_id": outside.stage.acme.id, **given})
    assert answer.status_code == 201, answer.json
    return dict(answer.json)


def channels(outside: Outside) -> dict[str, dict[str, Any]]:
    """How Acme's channels stand."""
    items = outside.stage.bob.get(f"/channels?client_id={outside.stage.acme.id}").json["items"]
    return {each["channel"]: each for each in items}


def conversation(outside: Outside, conversation_id: str) -> dict[str, Any]:
    return dict(outside.stage.alice.get(f"/inbox/conversations/{conversation_id}").json)


def messages(outside: Outside, conversation_id: str) -> list[dict[str, Any]]:
    path = f"/inbox/conversations/{conversation_id}/messages?order=asc"
    return list(outside.stage.alice.get(path).json["items"])
