"""Cancelling what was claimed and not begun: somebody replied, paused, or must not be contacted.

What has begun is settled as it turns out. Whoever cancels does so before locking enrollments.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, select

from rapport.kernel.tenancy import within
from rapport.kernel.tx import Tx
from rapport.leads.facts import chunks
from rapport.sending import settle
from rapport.sending.models import Action, in_states
from rapport.sending.states import Origin, State

_A = Action.__table__


def for_leads(tx: Tx, lead_ids: Iterable[str], *, reason: str) -> int:
    """Cancel what campaigns were about to send to these leads; answers how much."""
    return sum(_cancel(tx, _A.c.lead_id.in_(some), reason) for some in chunks(lead_ids))


def for_account(tx: Tx, account_id: str, *, reason: str) -> int:
    """Cancel what campaigns were about to send from an account."""
    return _cancel(tx, _A.c.account_id == account_id, reason)


def _cancel(tx: Tx, whose: ColumnElement[bool], reason: str) -> int:
    statement = (
        select(_A)
        .where(whose, in_states(State.CLAIMED), _A.c.origin == Origin.CAMPAIGN.value)
        .where(within(tx.scope, _A.c.client_id))
        .order_by(_A.c.id)
        .with_for_update(key_share=True)
    )
    rows = [row._mapping for row in tx.rows(statement)]
    for row in rows:
        settle.cancelled(tx, row, code=reason)
    return len(rows)
