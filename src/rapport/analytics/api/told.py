"""Where others tell us what they count."""

from __future__ import annotations

from rapport.analytics.elsewhere.telling import tell
from rapport.analytics.schemas.asked import ExternalIn
from rapport.analytics.schemas.shown import ToldOut
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import NOT_FOUND
from rapport.rules.permissions import Permission

room = Room("told-figures", "/callbacks", "Figures that are counted elsewhere.")


@room.post(
    "/metrics",
    may=(Permission.CALLBACKS, Permission.WRITE),
    body=ExternalIn,
    out=ToldOut,
    status=200,
    once=False,
    errors=[NOT_FOUND],
)
def take_metrics(call: Call) -> dict[str, int]:
    """Take figures that are counted elsewhere, all or none: what is told again of the same day replaces itself.

    Only `external.*` is taken, so that nobody can touch a figure of ours. They stand beside those of summaries, of
    campaigns side by side and of the weekly report, with the return on what was spent.
    """
    return tell(call.tx, call.body["client_id"], call.body["values"])
