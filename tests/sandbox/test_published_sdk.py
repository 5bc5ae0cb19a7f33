"""Unipile's own published client and schemas judge the sandbox: every answer of every endpoint they know.

Needs node 20 and npm; the package is installed once into `var/`, from the lock file.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

from rapport_sandbox.options import Options
from rapport_sandbox.server import SandboxServer

HERE = Path(__file__).parent / "sdk"
CACHE = Path(__file__).parents[2] / "var" / "published-sdk"


def installed() -> Path:
    """A directory with the locked packages and the script, made once per lock file."""
    lock = (HERE / "package-lock.json").read_bytes()
    place = CACHE / hashlib.sha256(lock).hexdigest()[:16]
    if not (place / "node_modules" / ".package-lock.json").exists():
        place.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, place / name)
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=place,
            check=True,
            capture_output=True,
            timeout=300,
        )
    shutil.copy(HERE / "judge.js", place / "judge.js")
    return place


def test_the_published_client_finds_every_answer_in_its_schemas() -> None:
    place = installed()
    with SandboxServer(Options(people=400, accounts=2, spontaneous=False)) as server:
        world = server.sandbox.world
        account = world.account(0)
        strangers = [
            person
            for person in world.state.people
            if person.number not in account.relations and person.public_identifier
        ]
        friend = world.person(next(iter(account.relations)))
        author = next(person for person in strangers if world.state.chance.below(6, "posts", person.number))
        world.replies(friend, timedelta(hours=1), "Danke!")
        facts = {
            "account_id": account.id,
            "spare_account_id": world.account(1).id,
            "stranger": ids(strangers[0]),
            "other_stranger": ids(strangers[1]),
            "friend": ids(friend),
            "open": ids(next(person for person in strangers[2:] if person.is_open_profile)),
            "author": author.provider_id,
            "company": world.state.people.company(3).public_identifier,
        }
        run = subprocess.run(
            ["node", "judge.js", server.url, "sandbox", json.dumps(facts)],
            cwd=place,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
    verdicts = [json.loads(line) for line in run.stdout.splitlines()]
    wrong = [verdict for verdict in verdicts if not verdict["ok"]]
    assert wrong == []
    assert run.returncode == 0, run.stderr
    assert len(verdicts) >= 45


def ids(person: object) -> dict[str, str]:
    return {name: getattr(person, name) for name in ("provider_id", "public_identifier", "member_id")}
