"""The routes of CRMs."""

from __future__ import annotations

from typing import Any

from rapport.outbox.words import CrmKind
from rapport.people.models import Client
from tests.http.routes_of.row import V1, Row
from tests.stage import Stage

_ONE = f"{V1}/crm/connections/<id:crm_connection_id>"
_LINK = f"{V1}/crm/links/<id:crm_link_id>"
ROUTES: dict[str, Row] = {
    f"GET {V1}/crm/connections": Row("read"),
    f"POST {V1}/crm/connections": Row("write", 201, body={"client_id": "<client_id>", "kind": "n8n", "name": "n8n"}),
    f"GET {_ONE}": Row("read"),
    f"PATCH {_ONE}": Row("write", body={"overwrite": True}),
    f"DELETE {_ONE}": Row("write", 204),
    f"POST {_ONE}/test": Row("write", 202),
    f"POST {V1}/crm/push": Row(
        "write",
        202,
        body={"client_id": "<client_id>", "lead_ids": ["<lead_id>"], "connection_ids": ["<crm_connection_id>"]},
    ),
    f"GET {V1}/crm/links": Row("read"),
    f"GET {_LINK}": Row("read"),
    f"POST {_LINK}/decide": Row("write", body={"choice": "leave"}),
    f"POST {V1}/callbacks/lead-sync": Row(
        "callbacks", body={"connection_id": "<n8n_connection_id>", "lead_id": "<lead_id>", "status": "synced"}
    ),
}


def crm_of(stage: Stage, client: Client, kind: CrmKind = CrmKind.HUBSPOT, **more: Any) -> str:
    """A CRM of a client's."""
    from rapport.crm import connecting

    given: dict[str, Any] = {"token": f"pat-{stage.number()}", "push_when": [], **more}
    name = given.pop("name", f"CRM {stage.number()}")
    with stage.tx() as tx:
        return connecting.connect(tx, stage.service.keys, client_id=client.id, kind=kind, name=name, given=given)


def link_of(stage: Stage, client: Client, *, error: str = "deleted_there", **more: Any) -> str:
    """A lead that is in conflict with a CRM."""
    from rapport.crm import asking, queries
    from rapport.crm.settling import end, hold
    from rapport.crm.words import LinkStatus

    crm, lead = crm_of(stage, client, **more), stage.lead(f"Ada {stage.number()}", of=client)
    with stage.tx() as tx:
        (target,) = queries.targets(tx, client.id, [crm])
        (link_id,) = asking.ask(tx, target, [lead])
        link = hold(tx, link_id)
        assert link is not None
        link.external_id = error
        end(tx, link, LinkStatus.CONFLICT, error)
        return link_id


IDS = {
    "crm_connection_id": lambda stage, client, _caller: crm_of(stage, client),
    "n8n_connection_id": lambda stage, client, _caller: crm_of(stage, client, CrmKind.N8N),
    "crm_link_id": lambda stage, client, _caller: link_of(stage, client),
}
NO_CANARY = {
    "crm_terms.object": "a word of ours",
    "crm_terms.push_when": "words of ours",
    "crm_link.last_hash": "a fingerprint",
    "crm_link.status": "a word of ours",
    "crm_link.differs": "names of fields",
    "crm_link.intent": "an id of ours",
    "crm_note.status": "a word of ours",
    "crm_note.intent": "an id of ours",
}


def fill(stage: Stage, client: Client, mark: str) -> None:
    """A CRM and a link with the mark in every text."""
    from rapport.crm.models import CrmTerms

    link_of(stage, client, error=f"{mark} error"[:200])
    crm = crm_of(stage, client, name=f"{mark} CRM")
    with stage.tx() as tx:
        terms = tx.session.get_one(CrmTerms, crm)
        terms.field, terms.free_reason, terms.free_at = f"{mark} field", f"{mark} reason", tx.now
