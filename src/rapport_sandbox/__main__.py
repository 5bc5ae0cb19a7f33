"""`python -m rapport_sandbox`: a sandbox on a port, until interrupted."""

from __future__ import annotations

import sys

from rapport_sandbox.server import main

if __name__ == "__main__":
    sys.exit(main())
