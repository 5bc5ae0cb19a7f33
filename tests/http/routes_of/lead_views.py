"""The routes of ways to look at leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapport.kernel.principal import Actor, Principal
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.people.models import Client
from rapport.rules.permissions import Permission
from tests.http.routes_of.row import V1, Row
from tests.stage import Stage

if TYPE_CHECKING:
    from tests.http.walking import Caller

ROUTES: dict[str, Row] = {
    f"GET {V1}/leads/views": Row("self"),
    f"GET {V1}/leads/views/<id:view_id>": Row("self"),
    f"POST {V1}/leads/views": Row(
        "self", 201, body={"client_id": "<client_id>", "name": "<company>", "filter": {"tag": "vip"}}
    ),
    f"PATCH {V1}/leads/views/<id:view_id>": Row("self", body={"sort": "name", "order": "asc"}),
    f"DELETE {V1}/leads/views/<id:view_id>": Row("self", 204),
}


def view_of(stage: Stage, client: Client, owner_id: str, **more: Any) -> str:
    """A view that everybody of the client sees."""
    from rapport.leads import views
    from rapport.leads.schemas.views import LeadViewIn

    name = f"View {stage.number()}"
    given = LeadViewIn().load({"client_id": client.id, "name": name, "is_shared": True, **more})
    given.pop("client_id")
    owner = Principal(Actor("user", owner_id), frozenset(Permission), ALL_CLIENTS)
    with stage.tx() as tx:
        return views.create(tx, client.id, owner, given)


def _view(stage: Stage, client: Client, caller: Caller) -> str:
    return view_of(stage, client, caller.user.id if caller.user is not None else stage.root.id)


IDS = {"view_id": _view}
NO_CANARY = {
    "lead_view.sort": "a word of ours",
    "lead_view.columns": "words of ours",
}


def fill(stage: Stage, client: Client, mark: str, owner_id: str) -> None:
    """A view with the mark in its name and in what it picks."""
    view_of(stage, client, owner_id, name=mark, filter={"company.contains": mark})
