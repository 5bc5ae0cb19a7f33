"""The routes of broadcasts."""

from __future__ import annotations

from typing import Any

from rapport.people.models import Client
from tests.http.routes_of.row import V1, Row
from tests.stage import Stage

_ONE = f"{V1}/broadcasts/<id:broadcast_id>"
_WORDS = {"subject": "News", "body": "Hi"}
ROUTES: dict[str, Row] = {
    f"GET {V1}/broadcasts": Row("read"),
    f"POST {V1}/broadcasts": Row("write", 201, body={"client_id": "<client_id>", "name": "News", "variants": [_WORDS]}),
    f"POST {V1}/broadcasts/preview": Row("write", body={"client_id": "<client_id>"}),
    f"GET {_ONE}": Row("read"),
    f"PATCH {_ONE}": Row("write", body={"name": "News"}),
    f"GET {_ONE}/mails": Row("read"),
    f"POST {V1}/campaigns/<id:broadcast_id>/dispatch": Row("write", 202),
    f"POST {_ONE}/pause": Row("write", 409),
    f"POST {_ONE}/resume": Row("write", 409),
    f"POST {_ONE}/cancel": Row("write"),
    f"POST {V1}/callbacks/campaign-status": Row(
        "callbacks", body={"campaign_id": "<broadcast_id>", "sent": 1, "failed": 0, "status": "sent"}
    ),
}


def broadcast_of(stage: Stage, client: Client, *acts: str, mark: str = "News") -> str:
    """A broadcast of a client's, to which this was done already."""
    from rapport.broadcasts import keeping

    words = {"subject": mark, "body": mark}
    with stage.tx() as tx:
        made = keeping.create(
            tx, client.id, {"name": f"{mark} {stage.number()}", "variants": [words], "audience": {"q": mark}}
        )
        for act in acts:
            getattr(keeping, act)(tx, keeping.get(tx, made))
            tx.session.flush()
        return made


IDS = {"broadcast_id": lambda stage, client, _caller: broadcast_of(stage, client)}
NO_CANARY = {
    "broadcast.status": "a word of ours",
    "broadcast_batch.key": "a fingerprint",
    "broadcast_batch.status": "a word of ours",
    "broadcast_mail.status": "a word of ours",
    "broadcast_mail.variant": "a key of ours",
}


def fill(stage: Stage, client: Client, mark: str) -> None:
    """A broadcast of which a batch is ready, with the mark in every text."""
    from rapport.broadcasts.models import Broadcast, BroadcastBatch, BroadcastMail

    made = broadcast_of(stage, client, mark=mark)
    lead_id = stage.lead(f"{mark} Reader", of=client, email=f"{mark}@readers.example")
    owned: dict[str, Any] = {"client_id": client.id, "broadcast_id": made, "created_at": stage.clock.now()}
    with stage.tx() as tx:
        tx.session.get_one(Broadcast, made).claim = {"status": mark}
        batch = BroadcastBatch(
            id=tx.new_id(),
            number=1,
            key=tx.new_id(),
            body=mark.encode(),
            status="ready",
            attempts=0,
            error=mark,
            **owned,
        )
        tx.session.add(batch)
        tx.session.flush()
        tx.session.add(
            BroadcastMail(
                id=tx.new_id(),
                lead_id=lead_id,
                email=f"{mark}@readers.example",
                status="failed",
                reason=mark,
                batch_id=batch.id,
                place=0,
                provider_id=mark,
                **owned,
            )
        )
