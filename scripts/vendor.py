"""What others wrote for browsers, fetched from npm at pinned versions: python -m scripts.vendor [--check]

Each package's archive must be the one of its pinned hash. Beside the files stands their licence and `vendored.json`,
which says what came from where; `--check` fetches nothing and says whether the files are still those.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    licence: str
    integrity: str
    files: dict[str, str]
    """Path in the package → name here."""
    folder: str


PACKAGES = (
    Package(
        "htmx.org",
        "2.0.11",
        "0BSD",
        "sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE"},
        "src/rapport/console/static/vendor",
    ),
    Package(
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        {"axe.min.js": "axe.min.js", "LICENSE": "axe.LICENSE"},
        "tests/browser/vendor",
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.vendor", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say whether the files are what was fetched")
    check = parser.parse_args().check
    wrong = [line for package in PACKAGES for line in (_differs(package) if check else _fetch(package))]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def _fetch(package: Package) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        archive = Path(folder, done.stdout.split()[-1]).read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != package.integrity:
        return [f"{package.name} {package.version} is not the archive that was pinned: {found}"]
    target = ROOT / package.folder
    target.mkdir(parents=True, exist_ok=True)
    hashes = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for inside, name in package.files.items():
            member = tar.extractfile(f"package/{inside}")
            assert member is not None
            content = member.read()
            (target / name).write_bytes(content)
            hashes[name] = hashlib.sha256(content).hexdigest()
    said = {"package": package.name, "version": package.version, "licence": package.licence, "sha256": hashes}
    (target / "vendored.json").write_text(json.dumps(said, indent=2) + "\n")
    return []


def _differs(package: Package) -> list[str]:
    target = ROOT / package.folder
    said = json.loads((target / "vendored.json").read_text())
    if (said["package"], said["version"]) != (package.name, package.version):
        return [f"{package.folder} has {said['package']} {said['version']}, not {package.name} {package.version}"]
    return [
        f"{package.folder}/{name} is not what was fetched"
        for name, known in said["sha256"].items()
        if hashlib.sha256((target / name).read_bytes()).hexdigest() != known
    ]


if __name__ == "__main__":
    sys.exit(main())
