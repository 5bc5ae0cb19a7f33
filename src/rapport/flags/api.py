"""Feature flags over HTTP."""

from __future__ import annotations

from typing import Any

from rapport.flags import queries
from rapport.flags.names import Feature
from rapport.flags.say import say, say_nothing
from rapport.flags.schemas import FlagIn, FlagsOut, FlagsQuery
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.ids import AGENCY
from rapport.rules.permissions import Permission

room = Room("flags", "/flags", "Features that are on or off: for a client, for everybody, or by the environment.")


@room.get("", may=Permission.READ, out=FlagsOut, query=FlagsQuery, errors=[NOT_FOUND])
def list_flags(call: Call) -> dict[str, Any]:
    """List every feature as it is for a client, and whose word that is."""
    return _shown(call, call.query.get("client_id", AGENCY))


@room.put("", may=Permission.MANAGE, body=FlagIn, out=FlagsOut, errors=[NOT_FOUND])
def set_flag(call: Call) -> dict[str, Any]:
    """Turn a feature on or off for a client or for everybody, or take such a word back."""
    client_id, feature = call.body["client_id"] or AGENCY, Feature(call.body["name"])
    if not call.service.client_exists(call.tx, client_id):
        raise RapportError(NOT_FOUND)
    if call.body["enabled"] is None:
        say_nothing(call.tx, feature, client_id)
    else:
        say(call.tx, feature, client_id, enabled=call.body["enabled"])
    call.tx.session.flush()
    return _shown(call, client_id)


def _shown(call: Call, client_id: str) -> dict[str, Any]:
    if not call.principal.scope.allows(client_id) or not call.service.client_exists(call.reading, client_id):
        raise RapportError(NOT_FOUND)
    return {"items": queries.all_of(call.reading, client_id, off=call.service.settings.off)}
