"""What opens a page's stream, and who is at which conversation."""

from __future__ import annotations

import orjson
from flask import Response, request

from rapport.console.visits import Pages, Visit
from rapport.flags.api import list_flags
from rapport.flags.names import Feature
from rapport.live.api.streams import make_stream_token, tell_presence
from rapport.rules.permissions import Permission

pages = Pages("listening")


@pages.post("/live/token", may=Permission.READ)
def token(visit: Visit) -> Response:
    """A token for one stream; none while there is no place for it or streams are off, and the page asks instead."""
    flags = visit.ask.read(list_flags, {"client_id": request.form.get("client_id", "")})["items"]
    is_on = any(each["enabled"] for each in flags if each["name"] == Feature.LIVE)
    given = visit.ask.write(make_stream_token)["token"] if is_on and not visit.service.live.is_full else None
    return Response(orjson.dumps({"token": given}), mimetype="application/json")


@pages.post("/inbox/<id:conversation_id>/presence", may=Permission.READ)
def presence(visit: Visit, conversation_id: str) -> Response:
    """Tell colleagues that one looks at a conversation, or replies."""
    visit.ask.write(tell_presence, {"state": request.form.get("state", "")}, conversation_id=conversation_id)
    return Response(status=204)
