"""The house rules that a machine can hold: the direction of imports, whose tables are whose, what is banned."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
ABOVE_ROOMS = {"assembly", "app", "cli", "runtime"}
"""What puts rooms together names their tables so that the metadata is whole."""


HANDED_TO_TASKS = {"rapport.jobs.models", "rapport.events.models"}


def run(*command: str, cwd: Path = ROOT, more_path: Path | None = None) -> subprocess.CompletedProcess[str]:
    path = ":".join(str(each) for each in (more_path, ROOT / "src") if each is not None)
    return subprocess.run(
        [str(TOOLS / command[0]), *command[1:]],
        cwd=cwd,
        env={"PATH": f"{TOOLS}:/usr/bin:/bin", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def strangers_at_tables(graph: grimp.ImportGraph) -> list[tuple[str, str]]:
    """Who imports the tables of another room without being a reader of a room above.

    A room's tasks are handed jobs and events, so they may name those two.
    """
    return sorted(
        (who, table)
        for table in graph.modules
        if table.endswith(".models")
        for who in graph.find_modules_that_directly_import(table)
        if _room(who) not in {_room(table), *ABOVE_ROOMS}
        and "queries" not in who.split(".")
        and not (who.endswith(".tasks") and table in HANDED_TO_TASKS)
    )


def _room(module: str) -> str:
    return module.split(".")[1]


def test_imports_point_down():
    done = run("lint-imports", "--no-cache")
    assert done.returncode == 0, done.stdout[-3000:]


def test_an_import_that_points_up_is_caught(tmp_path):
    copy = tmp_path / "src"
    subprocess.run(["cp", "-r", str(ROOT / "src"), str(copy)], check=True)
    with (copy / "rapport" / "events" / "log.py").open("a") as file:
        file.write("\nfrom rapport.jobs.models import Job\n")
    done = run("lint-imports", "--no-cache", "--config", str(ROOT / "pyproject.toml"), cwd=tmp_path, more_path=copy)
    assert done.returncode == 1
    assert "rapport.events.log -> rapport.jobs.models" in done.stdout


def test_a_rooms_tables_are_imported_by_its_own_room_and_by_queries_above():
    graph = grimp.build_graph("rapport")
    assert strangers_at_tables(graph) == []


def test_a_stranger_at_a_rooms_tables_is_caught():
    graph = grimp.build_graph("rapport")
    graph.add_import(importer="rapport.jobs.sweep", imported="rapport.people.models")
    assert strangers_at_tables(graph) == [("rapport.jobs.sweep", "rapport.people.models")]


def test_ruff_has_nothing_to_say():
    done = run("ruff", "check", "--no-cache", ".")
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize(
    "banned",
    [
        "import random\n",
        "import time\n\ntime.sleep(1)\n",
        "import time\n\nprint(time.time())\n",
        "import os\n\nHOME = os.environ\n",
        "import uuid\n\nNEW = uuid.uuid4()\n",
        "from datetime import datetime\n\nNOW = datetime.now()\n",
        "from datetime import date\n\nTODAY = date.today()\n",
    ],
)
def test_what_is_banned_is_caught(banned):
    done = subprocess.run(
        [str(TOOLS / "ruff"), "check", "--no-cache", "--stdin-filename", "src/rapport/rules/planted.py", "-"],
        cwd=ROOT,
        input=banned,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "TID251" in done.stdout


def test_every_setting_is_in_the_documentation():
    done = run("python", "-m", "rapport", "settings")
    assert done.returncode == 0, done.stderr
    page = ROOT / "docs" / "settings.md"
    assert done.stdout == page.read_text(), "run `python -m rapport settings > docs/settings.md` and commit the file"
