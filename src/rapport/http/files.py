"""A file in a request: the body itself, or the part `file` of a form. It goes to the disk, never whole into memory."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.utils import secure_filename

from rapport.kernel.errors import BAD_REQUEST, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, RapportError, field_error

FORM = "multipart/form-data"
PLAIN_TYPES = (
    "application/octet-stream",
    "text/csv",
    "text/tab-separated-values",
    "text/plain",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
_FORM_ITSELF = 64 * 1024
"""What boundaries and headers of a form may add to its file."""
_PIECE = 256 * 1024


@dataclass(slots=True)
class Upload:
    """A file that came with a request; closed when the request is answered."""

    content: IO[bytes]
    name: str | None
    size: int
    digest: bytes
    """Names the content as it came, so that a repeated request is known without keeping its body."""

    def become(self, content: IO[bytes]) -> None:
        """Go on with the file in another form."""
        if content is not self.content:
            self.content.close()
            self.content = content

    def close(self) -> None:
        self.content.close()


def take(request: Request, *, most: int, folder: Path) -> Upload:
    """The file of a request, at most so many bytes of it."""
    if request.mimetype == FORM:
        request.max_content_length = most + _FORM_ITSELF
        return _of_form(request, most)
    if request.mimetype not in PLAIN_TYPES:
        raise RapportError(
            UNSUPPORTED_MEDIA_TYPE, f"Send the file as the part `file` of {FORM}, or as {', '.join(PLAIN_TYPES)}."
        )
    request.max_content_length = most
    content = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - `operation` closes it after the answer
    digest = hashlib.sha256()
    size = 0
    try:
        while piece := request.stream.read(_PIECE):
            content.write(piece)
            digest.update(piece)
            size += len(piece)
        if request.content_length is None and size >= most:
            raise RapportError(BODY_TOO_LARGE)  # a body in chunks is cut at the limit
    except (OSError, ParseException):
        content.close()
        raise RapportError(BAD_REQUEST, "The body could not be read to its end.") from None
    except BaseException:
        content.close()
        raise
    return Upload(content, None, size, digest.digest())


def _of_form(request: Request, most: int) -> Upload:
    try:
        parts = list(request.files.items(multi=True))
    except (OSError, ParseException):
        raise RapportError(BAD_REQUEST, "The body could not be read to its end.") from None
    if [name for name, _ in parts] != ["file"] or request.form:
        raise field_error("file", "The form must have one part, a file called `file`.")
    part = parts[0][1]
    digest = hashlib.sha256()
    size = 0
    while piece := part.stream.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    if size > most:
        raise RapportError(BODY_TOO_LARGE)
    return Upload(part.stream, secure_filename(part.filename or "")[:200] or None, size, digest.digest())
