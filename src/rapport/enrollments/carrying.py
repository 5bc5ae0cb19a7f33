"""Leads under way follow an edit of their sequence: whoever stands before a step that is gone goes on after it.

Where they go on is told by the newest version that still had the step.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update

from rapport.campaigns.queries import sequences_of
from rapport.enrollments.models import Enrollment
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Tx
from rapport.leads.facts import chunks
from rapport.rules.editing import carried

_E = Enrollment.__table__


def carry(tx: Tx, campaign_id: str, enrollment_ids: Iterable[str]) -> None:
    """Move those of these enrollments whose step the newest version lacks."""
    ids = list(enrollment_ids)
    versions = sequences_of(tx, campaign_id)
    if len(versions) < 2 or not ids:
        return
    newest = versions[0]
    for some in chunks(ids):
        standing = (
            select(_E.c.step_key)
            .where(_E.c.id.in_(some), _E.c.step_key.is_not(None), within(tx.scope, _E.c.client_id))
            .distinct()
        )
        for key in tx.rows(standing).scalars():
            if newest.step(key) is not None:
                continue
            old = next((version for version in versions[1:] if version.step(key) is not None), None)
            goes_on = carried(key, old=old, new=newest) if old is not None else None
            statement = (
                update(_E)
                .where(_E.c.id.in_(some), _E.c.step_key == key, within(tx.scope, _E.c.client_id))
                .values(step_key=goes_on)
            )
            tx.session.execute(statement, execution_options={SCOPED: True, "synchronize_session": False})
