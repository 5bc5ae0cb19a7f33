"""`python -m rapport_sandbox`: a sandbox on a port, until interrupted."""

from __future__ import annotations

import sys

from rapport_sandbox.options import parse_options
from rapport_sandbox.server import run

if __name__ == "__main__":
    sys.exit(run(parse_options()))
