"""The first admin of an empty service.

By command (`rapport user`), by the demo's seed, or over HTTP with the one-time token that the service
writes to `RAPPORT_HOME/bootstrap.token` while there is no admin: whoever can read that file owns the
machine anyway.
"""

from __future__ import annotations

import os
from pathlib import Path

from rapport.events.log import open_stream
from rapport.kernel.crypto import new_token, same
from rapport.kernel.errors import BOOTSTRAP_DONE, CREDENTIALS_INVALID, RapportError
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Tx
from rapport.people import users
from rapport.rules.permissions import Role

_FILE = "bootstrap.token"


def prepare(tx: Tx, home: Path) -> Path | None:
    """Begin the agency's log, and leave the token while nobody can sign in; answers where it is."""
    open_stream(tx, AGENCY)
    path = home / _FILE
    if users.any_admin(tx):
        path.unlink(missing_ok=True)
        return None
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_token("boot"))
    return path


def first_admin(tx: Tx, home: Path, *, token: str, email: str, name: str, password_hash: str) -> str:
    """Make the first admin for whoever shows the token; answers their id."""
    if users.any_admin(tx):
        raise RapportError(BOOTSTRAP_DONE)
    path = home / _FILE
    known = path.read_text().strip() if path.exists() else ""
    if not known or not same(known.encode(), token.encode()):
        raise RapportError(CREDENTIALS_INVALID, "The bootstrap token is wrong.")
    return users.create(tx, email=email, name=name, role=Role.ADMIN, password_hash=password_hash).id
