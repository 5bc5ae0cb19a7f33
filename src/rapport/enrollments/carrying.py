"""Leads under way follow an edit of their sequence: whoever stands before a step that is gone goes on after it.

Where they go on is told by the newest version that still had the step.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update

from rapport.campaigns import steps
from rapport.campaigns.models import SequenceVersion
from rapport.enrollments.models import Enrollment
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Tx
from rapport.leads.facts import chunks
from rapport.rules.editing import carried
from rapport.rules.sequences import Sequence

_E = Enrollment.__table__
_V = SequenceVersion.__table__


def carry(tx: Tx, campaign_id: str, enrollment_ids: Iterable[str]) -> None:
    """Move those of these enrollments whose step the newest version lacks."""
    ids = list(enrollment_ids)
    versions = _versions(tx, campaign_id)
    if len(versions) < 2 or not ids:
        return
    newest = versions[0]
    for some in chunks(ids):
        standing = select(_E.c.step_key).where(_E.c.id.in_(some), _E.c.step_key.is_not(None)).distinct()
        for key in tx.rows(standing).scalars():
            if newest.step(key) is not None:
                continue
            old = next((version for version in versions[1:] if version.step(key) is not None), None)
            goes_on = carried(key, old=old, new=newest) if old is not None else None
            statement = update(_E).where(_E.c.id.in_(some), _E.c.step_key == key).values(step_key=goes_on)
            tx.session.execute(statement, execution_options={SCOPED: True, "synchronize_session": False})


def _versions(tx: Tx, campaign_id: str) -> list[Sequence]:
    """Every version of a campaign's sequence, the newest first."""
    rows = tx.rows(
        select(_V.c.id, _V.c.number, _V.c.steps)
        .where(_V.c.campaign_id == campaign_id, within(tx.scope, _V.c.client_id))
        .order_by(_V.c.number.desc())
    )
    return [steps.sequence(row.id, row.number, row.steps) for row in rows]
