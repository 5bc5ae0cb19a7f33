"""Nobody sees or touches another client's rows, by whatever route: walked, not believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import JSON, String, Text, select

from rapport.assembly import METADATA
from rapport.events.consumers import Consumer
from rapport.kernel.principal import Principal
from rapport.kernel.tenancy import ALL_CLIENTS, owned_tables
from rapport.kernel.tx import Reading
from rapport.people.authenticate import Authenticator
from tests import scopes
from tests.http.routes import GRANTS, IDS, NO_CANARY, PLAIN, ROUTES, is_page
from tests.http.walking import World, rules, walk
from tests.stage import Stage

LEAST_CELLS = 2500


def walked(make_stage: Callable[..., Stage], **more: Any) -> Stage:
    return make_stage(
        settings={"LOGIN_LIMIT_PER_MINUTE": "100000", "CAPTURE_PER_ADDRESS": "100000", "BACKGROUND": "false"},
        consumers=[Consumer("walked", None, lambda _tx, _event: None)],
        **more,
    )


def test_every_route_has_a_row_and_every_row_a_route(stage):
    missing = [route for route in rules(stage) if route not in ROUTES]
    stale = sorted(set(ROUTES) - set(rules(stage)))

    assert not missing, "add to ROUTES in tests/http/routes.py: " + "; ".join(
        f'"{route}": Row("<permission>", …)' for route in missing
    )
    assert not stale, f"remove from ROUTES in tests/http/routes.py: {'; '.join(stale)}"


def test_every_argument_of_a_path_has_a_maker(stage):
    named = {name for rule in stage.app.url_map.iter_rules() for name in rule.arguments}

    assert named <= {*IDS, *PLAIN}, "add to IDS or PLAIN in tests/http/routes.py: " + ", ".join(named - {*IDS, *PLAIN})


def test_nobody_reaches_another_clients_rows_by_any_route(make_stage, record_property):
    before = scopes.judged["statements"]
    world = World(walked(make_stage))

    done = walk(world)

    record_property(
        "says",
        f"route walk: {done.cells.total()} cells, {len(done.cells)} routes, {len(world.callers)} callers, "
        f"{done.marks} canaries, {len(done.breaches)} breaches, "
        f"{scopes.judged['statements'] - before} statements judged",
    )
    assert done.breaches == []
    assert done.cells.total() > LEAST_CELLS


def test_every_text_of_a_client_carries_its_canary(make_stage):
    """Otherwise the search for it in all answers would find nothing however much they showed."""
    world = World(walked(make_stage))
    bare = []
    with world.stage.reading() as reading:
        for table in METADATA.sorted_tables:
            if table.name not in owned_tables():
                continue
            owner = table.c[scopes.OWNER.get(table.name, "client_id")]
            for column in table.c:
                texts = isinstance(column.type, String | Text | JSON) and not column.name.endswith("_id")
                texts = (texts and column.name != "id") or column.name in (
                    "entity_id",
                    "actor_id",
                    "unipile_account_id",
                )
                if not texts or f"{table.name}.{column.name}" in NO_CANARY:
                    continue
                held = reading.rows(select(column).where(owner == world.sides[1].client.id)).scalars()
                if not any(world.sides[1].mark in str(value).lower() for value in held):
                    bare.append(f"{table.name}.{column.name}")

    assert not bare, f"write the mark in fill_with (tests/http/routes.py) or say why not in NO_CANARY: {bare}"


class EverybodySeesAll(Authenticator):
    """The same people with the tenant scope switched off."""

    def by_session(self, reading: Reading, user_id: str, session_id: str) -> Principal:
        return replace(super().by_session(reading, user_id, session_id), scope=ALL_CLIENTS)

    def by_key(self, reading: Reading, key: str) -> Any:
        principal, expires_at = super().by_key(reading, key)
        return replace(principal, scope=ALL_CLIENTS), expires_at


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_without_the_scope_the_walk_turns_red(make_stage):
    world = World(walked(make_stage, authenticate=EverybodySeesAll()))
    world.callers = [caller for caller in world.callers if caller.name in ("agent of A", "key of B")]

    done = walk(world, harmful=True)

    reached = {breach.split(" · ")[0] for breach in done.breaches}
    with_ids = {route for route in ROUTES if "_id>" in route and "manage" not in ROUTES[route].may}
    with_ids -= {route for route in with_ids if is_page(route) and "job_id" in route}  # by whom they are asked for, too
    assert done.marks > 20
    assert {route for route in with_ids if ROUTES[route].may != "self"} - reached == set()


def test_what_a_role_may_is_what_the_table_grants_it():
    from rapport.rules.permissions import OF_ROLE

    assert {role.value: {each.value for each in may} for role, may in OF_ROLE.items()} == {
        role: GRANTS[role] for role in ("viewer", "agent", "admin")
    }
