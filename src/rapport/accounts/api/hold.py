"""The hold of the whole service over HTTP."""

from __future__ import annotations

from typing import Any

from rapport.accounts import holding
from rapport.accounts.schemas.connecting import HoldOut
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import NOT_HELD
from rapport.rules.permissions import Permission

room = Room("service-hold", "/service-hold", "While the provider refuses our own key or address, nothing is sent.")


@room.get("", may=Permission.MANAGE, out=HoldOut, no_store=True)
def show_service_hold(call: Call) -> dict[str, Any]:
    """Show whether the whole service is held, and why."""
    return holding.shown(call.reading)


@room.delete("", may=Permission.MANAGE, errors=[NOT_HELD])
def lift_service_hold(call: Call) -> None:
    """Let the service send again, once what was wrong is put right."""
    holding.lift(call.tx)
