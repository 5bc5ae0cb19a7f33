"""The guide to the API, run as it stands by a shell against a service that nobody prepared for it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus
from rapport.rules.permissions import Role
from tests.http.server import served
from tests.rooms.inbox.world import wrote
from tests.sandboxes import WorldClock, sandbox_server, settings_for
from tests.stage import PASSWORD

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_guide_does_what_it_says(make_stage, tmp_path):
    with sandbox_server(people=20) as box:
        stage = make_stage(settings=settings_for(box), clock=WorldClock(box.sandbox))
        stage.user("Root", Role.ADMIN)
        mira = stage.account("Mira", unipile_account_id=box.sandbox.world.account(0).id)
        with stage.tx() as tx:
            health.set_status(tx, senders.get(tx, mira.id), AccountStatus.OK, detail=None)
        wrote(stage, "c1", lead=stage.lead("Ada Lovelace"), account=mira.id)
        with served(stage.database, BACKGROUND="true", **settings_for(box)) as server:
            given = {
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "API": f"{server.address}/api/v1",
                "EMAIL": "root@agency.example",
                "PASSWORD": PASSWORD,
                "UNIPILE_ACCOUNT": box.sandbox.world.account(1).id,
            }
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", "\n".join(blocks())],
                env=given,
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=90,
                check=False,
            )

    said = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, ""), (said, done.stderr)
    assert [each for each in said if each in ("True", "active", "paused", "ready", "completed")] == [
        *("True", "active", "paused", "active", "ready", "completed"),
    ], said
