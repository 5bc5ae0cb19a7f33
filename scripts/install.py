"""Makes the virtual environment and installs what is pinned; with --dev also what the tests need.

Runs with the machine's own Python and nothing else. What is already as wanted is left alone, so that a second
start costs a moment. Every refusal is one line that says what to do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed"
PROGRAMS = {
    "initdb": "postgresql",
    "redis-server": "redis-server",
    "chromium": "chromium",
    "node": "nodejs",
    "npm": "npm",
}
"""What the tests run beside Python, and the Debian package that has it."""


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file must be able to say so
        return refuse(
            f"Rapport needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. (make PYTHON=...)"
        )
    dev = "--dev" in sys.argv[1:]
    wanted = ROOT / ("requirements-dev.txt" if dev else "requirements.txt")
    if not installed(wanted):
        status = make_venv() or install(wanted, dev=dev)
        if status:
            return status
    return install_programs() if dev else 0


def refuse(line: str) -> int:
    print(line, file=sys.stderr)
    return 1


def installed(wanted: Path) -> bool:
    """Whether the environment has what is pinned, and its Python runs: it may have been moved or replaced."""
    there = STAMP.read_text().split() if STAMP.exists() else []
    return digest(wanted) in there and run(VENV / "bin" / "python", "-c", "", quiet=True) == 0


def make_venv() -> int:
    if (VENV / "bin" / "python").exists() and run(VENV / "bin" / "python", "-m", "pip", "--version", quiet=True) == 0:
        return 0
    if run(sys.executable, "-c", "import ensurepip, venv", quiet=True) != 0:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not may_apt() or apt(version) != 0:
            return refuse(f"Python's venv module is missing: install it first (Debian: apt-get install {version}).")
    print("Making a virtual environment in .venv ...", file=sys.stderr)
    return run(sys.executable, "-m", "venv", "--clear", VENV)


def install(wanted: Path, *, dev: bool) -> int:
    """Install the pinned packages. The development set contains the other one."""
    print(f"Installing {wanted.name} ...", file=sys.stderr)
    pip = (VENV / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes")
    if run(*pip, "-r", wanted) != 0:
        return refuse(f"Could not install {wanted.name}; see pip's message above.")
    site = subprocess.run(
        [VENV / "bin" / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    Path(site, "rapport.pth").write_text(f"{ROOT / 'src'}\n")
    names = ("requirements.txt", "requirements-dev.txt") if dev else (wanted.name,)
    run(
        VENV / "bin" / "python", "-m", "compileall", "-q", ROOT / "src", quiet=True
    )  # as pip does with what it installs
    STAMP.write_text("\n".join(digest(ROOT / name) for name in names))
    return 0


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes() + sys.version.encode()).hexdigest()


def install_programs() -> int:
    """The servers and the browser of the tests: by apt where we may, otherwise a line that says what to install."""
    missing = sorted({package for program, package in PROGRAMS.items() if not found(program)})
    if not missing:
        return 0
    if may_apt():
        print(f"Installing {', '.join(missing)} ...", file=sys.stderr)
        if apt(*missing) == 0:
            return 0
    return refuse(f"The tests need these Debian packages or their like: {' '.join(missing)}. Install them, then again.")


def found(program: str) -> bool:
    if program == "initdb":
        return bool(list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))) or shutil.which("initdb") is not None
    return shutil.which(program) is not None


def may_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt(*packages: str) -> int:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
        status = subprocess.run(["apt-get", *command], check=False, env=environment, stdout=sys.stderr).returncode
        if status:
            return status
    return 0


def run(*command: str | Path, quiet: bool = False) -> int:
    sink = subprocess.DEVNULL if quiet else None
    return subprocess.run([str(part) for part in command], check=False, stdout=sink, stderr=sink).returncode


if __name__ == "__main__":
    sys.exit(main())
