"""The n8n of `integrations/n8n/package.json`, installed once beside other caches; 1.4 GB and some minutes.

Nothing of what is installed may run on its own but the one that is compiled: the database of n8n.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

_MANIFEST = Path(__file__).resolve().parents[2] / "integrations" / "n8n" / "package.json"
_OLDEST_NODE = (20, 19)
_DONE = ".installed"


class CannotInstallError(Exception):
    """What is missing, in a sentence."""


def installed() -> Path:
    """The program, installed if it is not yet."""
    node, npm = _node(), shutil.which("npm")
    if npm is None:
        raise CannotInstallError("npm is missing: install Node.js 20.19 or newer.")
    text = _MANIFEST.read_bytes()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "rapport-n8n" / hashlib.sha256(text + node.encode()).hexdigest()[:12]
    program = folder / "node_modules" / ".bin" / "n8n"
    if not (folder / _DONE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_bytes(text)
        print(f"Installing n8n into {folder}; this takes some minutes the first time.", flush=True)
        _run(npm, "install", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", folder=folder)
        _run(npm, "rebuild", "sqlite3", folder=folder)
        (folder / _DONE).touch()
    return program


def _node() -> str:
    """Which Node it runs on: what is compiled for one runs on no other."""
    node = shutil.which("node")
    if node is None:
        raise CannotInstallError("Node.js is missing: install 20.19 or newer.")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    major, minor = (int(part) for part in said.removeprefix("v").split(".")[:2])
    if (major, minor) < _OLDEST_NODE:
        raise CannotInstallError(f"Node.js is {said}; 20.19 or newer is needed.")
    return said


def _run(*command: str, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotInstallError(f"`{' '.join(command)}` failed:\n{done.stderr[-2000:]}")
