"""What looks like a secret and is not known to be made up: one line each, and exit status 1.

    python -m scripts.leaks             # every file of the repository
    python -m scripts.leaks FILE ...    # these
    python -m scripts.leaks --accept    # what there is now is made up: `.secrets.baseline` says so from then on

A finding is known by its file, its kind and its hash. Where in the file it stands does not matter, so that an edit
above it changes nothing, and the list is written only on request.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import configure_settings_from_baseline

_BASELINE = Path(__file__).resolve().parent.parent / ".secrets.baseline"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.leaks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--accept", action="store_true", help="write every finding into .secrets.baseline")
    given = parser.parse_args()
    baseline = json.loads(_BASELINE.read_text("utf-8"))
    configure_settings_from_baseline(baseline)
    found = _found(given.files or _tracked())
    if given.accept:
        _write(baseline, found)
        return 0
    known = {
        (each["filename"], each["type"], each["hashed_secret"])
        for some in baseline["results"].values()
        for each in some
    }
    unknown = [each for each in found if _identity(each) not in known]
    for each in unknown:
        print(f"{each.filename}:{each.line_number}: {each.type}", file=sys.stderr)
    if unknown:
        print(
            "If these are made up, say so: python -m scripts.leaks --accept. If not, they are burnt: replace them.",
            file=sys.stderr,
        )
    return 1 if unknown else 0


def _found(files: Iterable[str]) -> list[PotentialSecret]:
    found = {_identity(each): each for file in files if Path(file).is_file() for each in scan_file(file)}
    return [found[identity] for identity in sorted(found)]


def _identity(secret: PotentialSecret) -> tuple[str, str, str]:
    return secret.filename, secret.type, secret.secret_hash


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name]


def _write(baseline: dict[str, Any], found: Iterable[PotentialSecret]) -> None:
    """The list in a form that two branches can both change: no line numbers, no date."""
    results: dict[str, list[dict[str, str]]] = {}
    for each in found:
        row = {"type": each.type, "filename": each.filename, "hashed_secret": each.secret_hash}
        results.setdefault(each.filename, []).append(row)
    kept = {name: baseline[name] for name in ("version", "plugins_used", "filters_used")}
    _BASELINE.write_text(json.dumps({**kept, "results": results}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
