"""What a caller may send wrongly: each is a documented refusal, none is a failure of ours, nothing is half done."""

from __future__ import annotations

import pytest

from tests.http.asking import refused

OVER_THE_EDGE = ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00")
"""Instants that no other time zone can show."""


@pytest.mark.parametrize("instant", OVER_THE_EDGE)
def test_an_instant_at_the_edge_of_the_calendar_is_refused(stage, instant):
    task = {"type": "custom.task", "client_id": stage.acme.id, "run_at": instant}
    assert refused(stage.alice.post("/jobs", task), 422, "VALIDATION_FAILED")["run_at"]
    key = {"name": "n8n", "client_id": stage.acme.id, "scopes": ["read"], "expires_at": instant}
    assert refused(stage.alice.post("/api-keys", key), 422, "VALIDATION_FAILED")["expires_at"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/clients", {"name": "Acme", "timezone": "Europe/Berlin", "slug": "acme\n"}, "slug"),
        ("/users", {"email": "eve@agency.example\n", "name": "Eve", "role": "viewer", "password": "x" * 12}, "email"),
        (
            "/api-keys",
            {"name": "n", "scopes": ["read"], "client_id": "0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b\n"},
            "client_id",
        ),
    ],
)
def test_a_line_break_does_not_slip_in_behind_the_end_of_a_pattern(stage, path, body, field):
    assert field in refused(stage.root.post(path, body), 422, "VALIDATION_FAILED")


def test_a_key_for_a_client_that_does_not_exist_is_refused(stage):
    body = {"name": "n8n", "client_id": "0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b", "scopes": ["read"]}
    refused(stage.root.post("/api-keys", body), 404, "NOT_FOUND")
    assert stage.root.get("/api-keys").json["items"] == []
