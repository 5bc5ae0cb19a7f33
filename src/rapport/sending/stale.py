"""Taking back invitations that nobody answered: what has been pending too long keeps room from others.

Withdrawals are actions like any other, within limits of their own and the account's hours; who was withdrawn may not
be invited again for three weeks.
"""

from __future__ import annotations

from datetime import timedelta

from rapport.kernel.tx import Tx
from rapport.rules.sequences import StepKind
from rapport.sending import queries
from rapport.sending.outside_turns import want
from rapport.sending.states import Origin


def withdraw(tx: Tx, *, older_than: timedelta, limit: int) -> int:
    """Want the oldest stale invitations withdrawn, up to so many; answers how many."""
    found = queries.stale_invitations(tx, before=tx.now - older_than, limit=limit)
    for row in found:
        want(
            tx,
            client_id=row["client_id"],
            account_id=row["account_id"],
            lead_id=row["lead_id"],
            kind=StepKind.WITHDRAW,
            origin=Origin.UPKEEP,
            due_at=tx.now,
            recipient=row["provider_id"],
            invitation_id=row["invitation_id"],
        )
    return len(found)
