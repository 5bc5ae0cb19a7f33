"""The console's own files, read once, each under an address that changes when any of them does: browsers keep them."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request

from rapport.kernel.errors import NOT_FOUND, RapportError

_FOLDER = Path(__file__).parent / "static"
_SHOWN = (".css", ".js", ".svg", ".LICENSE")
_YEAR = 365 * 86_400
_TYPES = {".js": "text/javascript", ".LICENSE": "text/plain"}

pages = Blueprint("console-files", __name__)


@cache
def _files() -> dict[str, bytes]:
    return {
        path.relative_to(_FOLDER).as_posix(): path.read_bytes()
        for path in sorted(_FOLDER.rglob("*"))
        if path.suffix in _SHOWN
    }


@cache
def version() -> str:
    """What all files together are: a module that imports another then gets the one that belongs to it."""
    whole = hashlib.blake2b(digest_size=6)
    for name, content in _files().items():
        whole.update(name.encode() + b"\0" + content)
    return whole.hexdigest()


def address(name: str) -> str:
    """Where a file of ours is."""
    return f"/static/{version()}/{name}"


@pages.get("/static/<string:version_asked>/<path:file>")
def static_file(version_asked: str, file: str) -> Response:
    """A file of ours. One of another version is given as it is now, and not kept."""
    request.environ["rapport.route"] = "/static"
    content = _files().get(file)
    if content is None:
        raise RapportError(NOT_FOUND)
    suffix = Path(file).suffix
    kind = _TYPES.get(suffix) or mimetypes.guess_type(file)[0] or "application/octet-stream"
    answer = Response(content, content_type=f"{kind}; charset=utf-8")
    kept = version_asked == version()
    answer.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if kept else "no-cache"
    return answer
