"""Words put on leads, and taken off again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from rapport.kernel.errors import field_error
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.leads import events, persons
from rapport.leads.models import Lead, LeadTag
from rapport.rules.lead_fields import tidy_tags

MOST = 100
_T = LeadTag.__table__
_OPTIONS = {SCOPED: True}


def tag(tx: Tx, lead: Lead, tags: Sequence[str]) -> bool:
    """Put tags on a lead; one that is there already changes nothing."""
    there = set(tx.rows(select(_T.c.tag).where(*_mine(lead))).scalars())
    new = [each for each in tidy_tags(tuple(tags)) if each not in there]
    if len(there) + len(new) > MOST:
        raise field_error("add", f"A lead has at most {MOST} tags.")
    if new:
        rows = [{"lead_id": lead.id, "tag": each, "client_id": lead.client_id, "tagged_at": tx.now} for each in new]
        tx.session.execute(insert(_T), rows, execution_options=_OPTIONS)
        persons.tell(tx, events.TAGGED, lead, tags=", ".join(new))
    return bool(new)


def untag(tx: Tx, lead: Lead, tags: Sequence[str]) -> bool:
    """Take tags off a lead; one that is not there changes nothing."""
    there = set(tx.rows(select(_T.c.tag).where(*_mine(lead))).scalars())
    gone = [each for each in tidy_tags(tuple(tags)) if each in there]
    if gone:
        tx.session.execute(delete(_T).where(*_mine(lead), _T.c.tag.in_(gone)), execution_options=_OPTIONS)
        persons.tell(tx, events.UNTAGGED, lead, tags=", ".join(gone))
    return bool(gone)


def _mine(lead: Lead) -> tuple[Any, ...]:
    return (_T.c.lead_id == lead.id, _T.c.client_id == lead.client_id)
