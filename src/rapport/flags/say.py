"""Turning a feature on or off, or leaving it to whoever decides otherwise."""

from __future__ import annotations

from sqlalchemy import delete

from rapport.events.titles import title
from rapport.flags.models import FeatureFlag
from rapport.flags.names import Feature
from rapport.kernel.tx import Tx

SET = title("flag.set", "The feature {name} was turned {word}")
LIFTED = title("flag.lifted", "The feature {name} follows the others again")


def say(tx: Tx, feature: Feature, client_id: str, *, enabled: bool) -> None:
    """For this client, or for everybody under the agency's id, the feature is on or off. Saying so twice changes
    nothing.
    """
    row = tx.session.get(FeatureFlag, (feature.value, client_id), with_for_update={"key_share": True})
    if row is not None and row.enabled == enabled:
        return
    by = f"{tx.actor.type}:{tx.actor.id}" if tx.actor.id else tx.actor.type
    if row is None:
        tx.session.add(FeatureFlag(name=feature.value, client_id=client_id, enabled=enabled, set_by=by, set_at=tx.now))
    else:
        row.enabled, row.set_by, row.set_at = enabled, by, tx.now
    tx.emit(SET, client_id=client_id, data={"name": feature.value, "word": "on" if enabled else "off"})


def say_nothing(tx: Tx, feature: Feature, client_id: str) -> None:
    """Take the word back: what everybody has, or the environment, holds again."""
    gone = tx.session.execute(
        delete(FeatureFlag).where(FeatureFlag.name == feature.value, FeatureFlag.client_id == client_id)
    )
    if gone.rowcount:  # type: ignore[attr-defined]
        tx.touch(client_id)
        tx.emit(LIFTED, client_id=client_id, data={"name": feature.value})
