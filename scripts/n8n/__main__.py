"""`make n8n`: a real n8n with all six workflows against a running Rapport; what happened is printed, failure is not 0.

Nothing leaves this machine but the first installation. `KEEP=1` leaves the folder with its logs.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from scripts.n8n import story
from scripts.n8n.install import CannotInstallError, installed
from scripts.n8n.places import ROOT, NotUpError, Places, n8n_running, rapport_and_outside

_WORKFLOWS = ROOT / "integrations" / "n8n" / "workflows"
_OFTEN = {"field": "seconds", "secondsInterval": 3}


def main() -> int:
    try:
        program = installed()
    except CannotInstallError as missing:
        print(f"make n8n: {missing}", file=sys.stderr)
        return 1
    folder = Path(tempfile.mkdtemp(prefix="rapport-n8n-"))
    began = time.monotonic()
    try:
        with rapport_and_outside(folder) as places:
            print(f"Rapport at {places.rapport}.", flush=True)
            world = story.begin(places)
            set_up = _as_a_user_sets_them(places, world, folder / "workflows")
            with n8n_running(program, places, set_up, _credentials(world)) as database:
                print(f"n8n at {places.n8n}, all six workflows imported and active.", flush=True)
                failures = story.tell(places, world)
                failures += story.executions(database)
    except (NotUpError, AssertionError) as trouble:
        failures = [str(trouble)]
    finally:
        if not os.environ.get("KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
    for each in failures:
        print(f"FAILED: {each}")
    print(f"{'Failed' if failures else 'All of it worked'}, {time.monotonic() - began:.0f} s.")
    return 1 if failures else 0


def _as_a_user_sets_them(places: Places, world: story.World, folder: Path) -> Path:
    """The workflows with what a user fills in: where Rapport is, and secrets. They ask often, so that we wait less."""
    folder.mkdir()
    told = {
        "rapport": places.rapport,
        "platform_url": places.platform.url,
        "mail_url": places.resend,
        "broadcast_password": world.broadcast_password,
    }
    for file in sorted(_WORKFLOWS.glob("*.json")):
        workflow = json.loads(file.read_text())
        # One workflow knows its endpoint's secret; the other asks Rapport whether a delivery is its own.
        secret = world.secret if file.stem == "lead-created" else ""
        for node in workflow["nodes"]:
            if node["type"].endswith(".set"):
                for each in node["parameters"]["assignments"]["assignments"]:
                    each["value"] = {**told, "webhook_secret": secret}.get(each["name"], each["value"])
            if node["type"].endswith(".scheduleTrigger"):
                node["parameters"]["rule"]["interval"] = [_OFTEN]
        (folder / file.name).write_text(json.dumps(workflow))
    return folder


def _credentials(world: story.World) -> list[dict[str, Any]]:
    def header(key: str, name: str, value: str) -> dict[str, Any]:
        return {"id": key, "name": name, "type": "httpHeaderAuth", "data": {"name": "Authorization", "value": value}}

    return [
        header("rapportApiKey000", "Rapport API key", f"Bearer {world.key}"),
        header("resendApiKey0000", "Resend API key", "Bearer re_sandbox"),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
