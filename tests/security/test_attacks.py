"""Attacks that cross more than one room: paths that climb, names that become headers, a root that is changed.

Those that one room withstands are tested with it; `docs/security.md` names each, and the last test holds it to that.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from rapport.kernel.crypto import WrongKeyError
from rapport.outbox.claim import open_secret
from rapport.outbox.models import Connection
from tests.rooms.inbox.files import a_file_of_theirs
from tests.sandboxes import sandbox_server, settings_for

ROOT = Path(__file__).resolve().parents[2]
CLIMBS = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "....//....//etc/passwd",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "..\\..\\etc\\passwd",
    "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "console.css%00.png",
)
PLACES = (
    "/static/now/{}",
    "/api/v1/docs/{}",
    "/inbox/messages/{id}/attachments/{}",
    "/forms/{}",
    "/analytics/figures/{}",
)
SMALL = "Email\nada@engines.example\n"
BENT = 'of"fer\r\nSet-Cookie: taken=1\r\n\r\n; filename=x.html'


def test_no_path_climbs_out_of_its_folder(stage):
    alice = stage.alice
    assert alice.visit("/static/now/console.css").status_code == 200
    for place in PLACES:
        for climb in CLIMBS:
            answer = alice.visit(place.replace("{id}", stage.acme.id).replace("{}", climb))
            assert answer.status_code in (303, 308, 404, 422), (place, climb, answer.status_code)
            assert "root:" not in answer.text, (place, climb)


def test_a_file_is_kept_under_no_name_of_its_sender(stage):
    home = stage.service.settings.home
    sent = {"file": (io.BytesIO(SMALL.encode()), "../../../taken-out.csv", "text/csv")}
    answer = stage.alice.post(f"/leads/imports?client_id={stage.acme.id}", data=sent)

    assert (answer.status_code, "/" in answer.json["name"]) == (201, False)
    assert [each for folder in (home, *list(home.parents)[:3]) for each in folder.glob("*taken-out*")] == []


def test_no_word_of_a_stranger_becomes_a_header(make_stage):
    with sandbox_server() as server:
        stage = make_stage(settings=settings_for(server))
        alice = stage.alice
        message_id, file_id = a_file_of_theirs(stage, BENT)
        told = {"X-Request-Id": 'a"; b=1'}
        answers = [
            alice.get(f"/inbox/messages/{message_id}/attachments/{file_id}"),
            alice.visit("/leads?client=%0d%0aSet-Cookie:%20taken=1"),
            alice.visit("/tour/end", {"back": "/\r\nSet-Cookie: taken=1"}),
            stage.app.test_client().post(
                "/sign-in", data={"email": "x", "password": "y", "next": "/\r\nSet-Cookie: t=1"}
            ),
            alice.get("/leads", headers=told),
        ]

    assert re.fullmatch(r'attachment; filename="[\w .-]+x\.html"', answers[0].headers["Content-Disposition"])
    for answer in answers:
        assert not [value for _, value in answer.headers if "\r" in value or "\n" in value]
        assert "taken=1" not in " ".join(answer.headers.getlist("Set-Cookie"))
    assert answers[-1].headers["X-Request-Id"] != told["X-Request-Id"]


def test_a_root_is_changed_without_losing_a_secret_and_then_the_old_one_opens_nothing(make_stage):
    old, new = "the first root of all keys, long enough", "the root that takes its place, as long"
    before = make_stage(settings={"SECRET_KEY": old})
    hook = {"kind": "webhook", "name": "n8n", "url": "https://hooks.acme.example/x", "client_id": before.acme.id}
    made = before.alice.post("/connections", hook).json
    secret = made["secret"]
    token = before.nobody.post(
        "/auth/login", {"email": "alice@agency.example", "password": "correct horse battery"}
    ).json

    def opened(stage):
        with stage.reading() as reading:
            row = reading.session.get_one(Connection, made["id"])
            return open_secret(row, stage.service.keys, reading.now)["secret"]

    both = make_stage(settings={"SECRET_KEY": new, "SECRET_KEY_OLD": old})
    assert opened(both) == secret
    assert before.alice.credential is not None
    assert both.nobody.get("/auth/me", headers={"Authorization": f"Bearer {token['access_token']}"}).status_code == 401
    again = both.nobody.post("/auth/refresh", {"refresh_token": token["refresh_token"]})
    assert again.status_code == 200, "whoever has a session goes on without a password"
    asked = both.root.post("/jobs", {"type": "outbox.renew_seals", "client_id": None, "payload": {}})
    assert asked.status_code == 202, asked.json
    both.run_due_jobs()
    assert both.root.get(f"/jobs/{asked.json['id']}").json["result"] == {"renewed": 1}

    assert opened(make_stage(settings={"SECRET_KEY": new})) == secret
    with pytest.raises(WrongKeyError):
        opened(before)


def test_the_threat_model_names_tests_that_are_there():
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / "security.md").read_text())
    missing = [
        f"{path}::{test}"
        for path, test in named
        if not (ROOT / path).exists() or (test and f"def {test}(" not in (ROOT / path).read_text())
    ]
    assert missing == []
    assert len(named) >= 20
