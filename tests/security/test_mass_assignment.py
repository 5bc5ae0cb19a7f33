"""A body sets what its schema names and nothing else: generated from the document, so no route is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.routes import ROUTES
from tests.http.test_route_walk import walked
from tests.http.walking import World, filled, wanted
from tests.stage import Stage

SMUGGLED: dict[str, Any] = {
    "client_id": "0190a1b2-ffff-7e4f-8a9b-0c1d2e3f4a5b",
    "role": "admin",
    "id": "0190a1b2-ffff-7e4f-8a9b-0c1d2e3f4a5b",
    "status": "completed",
    "used": 0,
    "password_hash": "$argon2id$x",
    "is_admin": True,
    "active": True,
    "permissions": ["manage"],
    "scopes": ["manage"],
    "version": 99,
    "created_at": "2020-01-01T00:00:00Z",
    "archived_at": None,
    "key_hash": "x",
    "user_id": "0190a1b2-ffff-7e4f-8a9b-0c1d2e3f4a5b",
    "__class__": "x",
    "_sa_instance_state": None,
}
TOLERANT = {"POST /api/v1/linkedin-accounts/connected/<string:token>"}
"""What the provider tells, to which it may add: it is passed over."""


def bodies(world: World) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every route that takes a body: its name, a good body, and the schema of it."""
    for route, row in ROUTES.items():
        method, rule = route.split(" ", 1)
        path = "/".join(f"{{{part.split(':')[-1][:-1]}}}" if part.startswith("<") else part for part in rule.split("/"))
        content = world.document["paths"].get(path, {}).get(method.lower(), {}).get("requestBody")
        if route in TOLERANT:
            continue
        if content is not None and "application/json" in content["content"]:  # the others are files
            schema = content["content"]["application/json"]["schema"]
            yield route, row.body or {}, world.document["components"]["schemas"][schema["$ref"].split("/")[-1]]


def smuggled(schema: dict[str, Any], body: dict[str, Any], world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """The body with one field too many, at its top and in each object inside it."""
    for name, value in SMUGGLED.items():
        if name not in schema["properties"]:
            yield name, {**body, name: value}
    for inner, described in schema["properties"].items():
        of = (described.get("$ref") or "").split("/")[-1]
        for name, value in SMUGGLED.items() if of else ():
            if name not in world.document["components"]["schemas"][of]["properties"]:
                yield f"{inner}.{name}", {**body, inner: {name: value}}


@pytest.fixture
def world(make_stage) -> World:
    return World(walked(make_stage))


def test_no_body_takes_a_field_that_it_does_not_name(world, record_property):
    stage: Stage = world.stage
    callers = [caller for caller in world.callers if caller.name in ("agent of A", "admin", "key of A")]
    cases = 0
    taken = []
    for route, body, schema in bodies(world):
        method, rule = route.split(" ", 1)
        for caller in callers:
            ids = world.standing_ids(caller)
            for name, bent in smuggled(schema, body, world):
                answer = caller.person.call(method, world.path(rule, ids), json=filled(bent, ids))
                cases += 1
                refused = answer.status_code in (401, 403) and "VALIDATION" not in answer.text
                if not refused and (answer.status_code, answer.json["code"]) != (422, "VALIDATION_FAILED"):
                    taken.append(f"{route} {name} by {caller.name}: {answer.status_code}")
                elif answer.status_code == 422 and not _names(answer.json["details"], name):
                    taken.append(f"{route} {name} by {caller.name}: {answer.json['details']}")

    record_property("says", f"mass assignment: {cases} bodies with a field too many, {len(taken)} taken")
    assert taken == []
    assert cases > 500
    assert stage.root.get("/users").status_code == 200


def _names(details: Any, name: str) -> bool:
    outer, _, inner = name.partition(".")
    return outer in details and (not inner or inner in details[outer])


def test_every_body_in_the_table_is_good_without_the_smuggled_field(world):
    """Otherwise the refusals above would be refusals of something else."""
    for route, body, schema in bodies(world):
        missing = set(schema.get("required", ())) - set(body)
        assert missing == set(), route
        assert set(body) <= set(schema["properties"]), route
        assert set(wanted(body)) <= set(world.standing_ids(world.callers[2])), route
