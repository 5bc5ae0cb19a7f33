"""How the database is, for admins."""

from __future__ import annotations

from typing import Any

from rapport.admin.database import looking
from rapport.admin.database.schemas import DatabaseOut
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.rules.permissions import Permission

room = Room("database", "/admin/database", "How the database is.")


@room.get("", may=Permission.MANAGE, out=DatabaseOut, no_store=True, own=True)
def show_database(call: Call) -> dict[str, Any]:
    """Show how the database is: waits, slow statements, tables and indexes, and what is to be said of them.

    Waits and slow statements are those of the process that answers.
    """
    service = call.service
    return looking.shown(service.engine, service.watch, now=service.clock.now())
