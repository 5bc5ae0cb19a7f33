"""Forgetting what a person sent, when they ask to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update

from rapport.capture.models import Submission
from rapport.kernel.tx import Tx


def of_leads(tx: Tx, client_id: str, lead_ids: Sequence[str]) -> None:
    """Empty what these leads sent. That something came, and when, stays."""
    theirs = (Submission.client_id == client_id, Submission.lead_id.in_(list(lead_ids)))
    tx.session.execute(update(Submission).where(*theirs).values(given={}, source={}, likeness=""))
    tx.touch(client_id)
