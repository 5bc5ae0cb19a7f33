"""The routes of offerings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapport.people.models import Client
from tests.http.routes_of.row import V1, Row
from tests.stage import Stage

if TYPE_CHECKING:
    from tests.http.walking import Caller

ROUTES: dict[str, Row] = {
    f"GET {V1}/offerings": Row("read"),
    f"GET {V1}/offerings/<id:offering_id>": Row("read"),
    f"POST {V1}/offerings": Row(
        "write", 201, body={"client_id": "<client_id>", "name": "<company>", "campaign_ids": ["<campaign_id>"]}
    ),
    f"PATCH {V1}/offerings/<id:offering_id>": Row("write", body={"archived": True}),
    f"GET {V1}/messages/<id:message_id>/offerings": Row("read"),
    f"PATCH {V1}/messages/<id:message_id>/offerings": Row(
        "write", body={"offering_id": "<offering_id>", "status": "confirmed"}
    ),
}


def offering_of(stage: Stage, client: Client, **more: Any) -> str:
    """Something that a client offers."""
    from rapport.offerings import keeping
    from rapport.offerings.schemas import OfferingIn

    given = OfferingIn().load({"client_id": client.id, "name": f"Offering {stage.number()}", **more})
    given.pop("client_id")
    with stage.tx() as tx:
        return keeping.create(tx, client.id, given)


def _offering(stage: Stage, client: Client, _caller: Caller) -> str:
    return offering_of(stage, client)


IDS = {"offering_id": _offering}
NO_CANARY = {
    "message_offering.method": "a word of ours",
    "message_offering.status": "a word of ours",
    "message_offering.decided_by": "an id",
}


def fill(stage: Stage, client: Client, mark: str) -> None:
    """An offering with the mark in every text, and a message that is about it."""
    from rapport.offerings import linking
    from tests.http.routes import unmatched_message

    texts = {name: f"{mark} {name}" for name in ("name", "code", "external_ref", "description")}
    offering_of(stage, client, slug=mark, urls=[f"https://{mark}.example/it"], aliases=[mark], **texts)
    message_id = unmatched_message(stage, of=client, mark=f"{mark} code")
    with stage.tx() as tx:
        linking.link(tx, message_id)
