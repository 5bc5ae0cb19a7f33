"""Signing in, refreshing, signing out."""

from __future__ import annotations

from tests.stage import PASSWORD, Stage


def sign_in(stage: Stage, email: str = "alice@agency.example", password: str = PASSWORD):
    return stage.nobody.post("/auth/login", {"email": email, "password": password})


def test_the_right_password_gives_tokens_that_work(stage):

    answer = sign_in(stage)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    me = stage.nobody.get("/auth/me", headers={"Authorization": f"Bearer {answer.json['access_token']}"})
    assert me.json["role"] == "agent"
    assert me.json["client_ids"] == [stage.acme.id]
