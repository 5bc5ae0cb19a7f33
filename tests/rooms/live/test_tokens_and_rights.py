"""Who may listen: members of the client, by credential or by a token that is good once and for a minute."""

from __future__ import annotations

import pytest


@pytest.fixture
def path(stage):
    return f"/inbox/stream?client_id={stage.acme.id}"


def token(person):
    answer = person.post("/inbox/stream-token")
    assert answer.status_code == 201, answer.json
    return answer.json["token"]


def test_a_stream_token_opens_one_stream_within_its_minute(stage, path):
    shown = token(stage.bob)

    assert stage.nobody.get(f"{path}&token={shown}").status_code == 200
    assert stage.nobody.get(f"{path}&token={shown}").status_code == 401, "it was spent"
    late = token(stage.bob)
    stage.wait(seconds=61)
    assert stage.nobody.get(f"{path}&token={late}").status_code == 401


def test_a_stream_token_is_no_credential_for_anything_else(stage, path):
    shown = token(stage.bob)

    assert stage.nobody.get("/leads", headers={"Authorization": f"Bearer {shown}"}).status_code == 401
    assert stage.nobody.get(f"/leads?token={shown}").status_code == 401
    assert stage.nobody.get(f"{path}&token=rs_wrong").status_code == 401
    assert stage.nobody.get(f"{path}&token={stage.bob.credential}").status_code == 401


def test_a_token_of_an_ended_sign_in_opens_nothing(stage, path):
    shown = token(stage.bob)
    stage.bob.post("/auth/logout")

    assert stage.nobody.get(f"{path}&token={shown}").status_code == 401


def test_a_program_has_its_key_and_needs_no_token(stage, path):
    from rapport.rules.permissions import Permission

    key = stage.key(Permission.READ, of=stage.acme)

    assert key.get(path).status_code == 200
    assert key.post("/inbox/stream-token").status_code == 403


def test_another_clients_stream_is_not_there(stage, path):
    assert stage.carol.get(path).status_code == 404
    assert stage.nobody.get(f"{path}&token={token(stage.carol)}").status_code == 404
    assert stage.nobody.get(path).status_code == 401


def test_a_server_that_holds_no_streams_gives_what_there_is_and_ends(stage, path):
    with stage.tx() as tx:
        tx.emit("lead.noted", client_id=stage.acme.id, data={"name": "Ada"})

    said = stage.bob.get(f"{path}&last_event_id=0").get_data(as_text=True)

    assert said.startswith("retry: 3000\nid: 0\nevent: ready\n")
    assert "event: lead.noted\n" in said
    assert stage.service.live.held == 0, "its place was given back"


def test_no_stream_is_opened_while_the_feature_is_off(stage, path):
    stage.root.put("/flags", {"name": "live", "client_id": stage.acme.id, "enabled": False})

    assert stage.bob.get(path).status_code == 503
    assert stage.service.live.held == 0
