"""Telling of a repair of webhooks: what was done, and what could not be done and needs somebody to look."""

from __future__ import annotations

from typing import Any

from rapport.events.titles import title
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Tx
from rapport.webhooks.hygiene import Repair

REPAIRED = title("webhooks.repaired", "Webhooks at Unipile were put right: {done}")
WRONG = title("webhooks.wrong", "Webhooks at Unipile are not right and could not be put right: {left}")
UNSET = title("webhooks.unset", "PUBLIC_URL is not set, so Unipile cannot be told where to send webhooks")


def told_of(tx: Tx, repair: Repair | None) -> dict[str, Any]:
    """Tell what a repair came to; answers its counts. Without a repair it is told once a day that none is possible."""
    if repair is None:
        tx.emit(UNSET, client_id=AGENCY, dedupe_key=f"webhooks.unset:{tx.now:%Y-%m-%d}")
        return {"unset": True}
    if repair.done:
        tx.emit(REPAIRED, client_id=AGENCY, data={"done": ", ".join(repair.done)})
    if repair.left:
        left = ", ".join((*(f"no {source}" for source in repair.left.make), *repair.left.remove))
        tx.emit(WRONG, client_id=AGENCY, data={"left": left}, dedupe_key=f"webhooks.wrong:{tx.now:%Y-%m-%dT%H}")
    return {"done": len(repair.done), "refused": len(repair.refused), "left": bool(repair.left)}
