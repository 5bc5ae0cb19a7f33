"""The search for secrets finds a planted one, and does not mind where a known one stands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLANTED = "AKIA" + "Q3EGRZTYX5" + "V7WMPL"


@pytest.fixture
def elsewhere(tmp_path):
    """A folder with a copy of a file that holds a known made-up secret; the file's path."""
    results = json.loads((ROOT / ".secrets.baseline").read_text())["results"]
    known = next(each for each in results if each.endswith(".py"))  # what is one depends on the kind of file
    copy = tmp_path / known
    copy.parent.mkdir(parents=True)
    copy.write_text((ROOT / known).read_text())
    return tmp_path, known


def look(folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.leaks", *files],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_known_one_may_move_within_its_file(elsewhere):
    folder, known = elsewhere
    (folder / known).write_text("\n" * 40 + (folder / known).read_text())

    assert look(folder, known).returncode == 0


def test_a_planted_one_is_found_and_not_repeated(elsewhere):
    folder, known = elsewhere
    with (folder / known).open("a") as file:
        file.write(f'\nKEY = "{PLANTED}"\n')

    found = look(folder, known)

    assert found.returncode == 1
    assert f"{known}:{len((folder / known).read_text().splitlines())}: AWS Access Key" in found.stderr
    assert PLANTED not in found.stderr + found.stdout


def test_a_known_one_is_not_known_in_another_file(elsewhere):
    folder, known = elsewhere
    (folder / "other.py").write_text((folder / known).read_text())

    assert look(folder, "other.py").returncode == 1


def test_every_way_to_lint_asks_the_same_question():
    assert "scripts.leaks" in (ROOT / "Makefile").read_text()
    assert ".venv/bin/python -m scripts.leaks" in (ROOT / ".pre-commit-config.yaml").read_text()
    for file in ("Makefile", ".pre-commit-config.yaml"):
        assert "detect-secrets-hook" not in (ROOT / file).read_text()
