"""Signing in, refreshing, signing out."""

from __future__ import annotations

from rapport.rules.permissions import Role
from tests.stage import PASSWORD, Stage


def sign_in(stage: Stage, email: str, password: str = PASSWORD):
    return stage.nobody.post("/auth/login", {"email": email, "password": password})


def test_the_right_password_gives_tokens_that_work(stage):
    user = stage.user("Alice", Role.AGENT, stage.acme)

    answer = sign_in(stage, user.email)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    me = stage.nobody.get("/auth/me", headers={"Authorization": f"Bearer {answer.json['access_token']}"})
    assert me.json["role"] == "agent"
    assert me.json["client_ids"] == [stage.acme.id]
