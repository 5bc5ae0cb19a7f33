"""A person decides what a CRM and we disagree about; and what follows from two leads becoming one, or none."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from rapport.crm import asking, events, queries
from rapport.crm.models import CrmLink
from rapport.crm.settling import hold, linked_to, tell
from rapport.crm.words import Choice, LinkStatus
from rapport.kernel.errors import CONFLICT, NOT_FOUND, RapportError, field_error
from rapport.kernel.tx import Tx


def decide(tx: Tx, link_id: str, choice: Choice, external_id: str | None) -> None:
    """Do as a person says of a link that is in conflict, or failed, or was skipped."""
    link = hold(tx, link_id)
    if link is None:
        raise RapportError(NOT_FOUND)
    if link.status in (LinkStatus.SYNCED.value, LinkStatus.PENDING.value):
        raise RapportError(CONFLICT, "Nothing is to be decided of this link.")
    target, lead_id = queries.target_of(tx, link_id)
    tell(tx, link, events.RESOLVED, choice=choice.value)
    link.updated_at = tx.now
    match choice:
        case Choice.LEAVE:
            link.status, link.error = LinkStatus.SKIPPED.value, "left_by_hand"
            return
        case Choice.ADOPT:
            if external_id is None:
                raise field_error("external_id", "Is needed to say which contact it is.")
            other = linked_to(tx, link, external_id)
            if other is not None:
                raise RapportError(CONFLICT, details={"lead_id": other.lead_id})
            link.external_id = external_id
        case Choice.RECREATE:
            link.external_id = link.last_hash = None
    tx.session.flush()
    asking.ask(tx, target, [lead_id], force=True, recreate=choice is Choice.RECREATE)


def merged(tx: Tx, client_id: str, *, kept_id: str, merged_id: str) -> None:
    """Two leads are one: the contact of the merged one is the kept one's where that has none; where both have one, a
    person must see to it there.
    """
    theirs = select(CrmLink).where(CrmLink.client_id == client_id, CrmLink.lead_id.in_([kept_id, merged_id]))
    links = list(tx.session.execute(theirs.order_by(CrmLink.lead_id).with_for_update(key_share=True)).scalars())
    kept = {link.connection_id: link for link in links if link.lead_id == kept_id}
    for link in links:
        if link.lead_id != merged_id:
            continue
        own = kept.get(link.connection_id)
        if own is None:
            link.lead_id, link.last_hash = kept_id, None
        elif own.external_id is not None and link.external_id is not None:
            link.status, link.error = LinkStatus.CONFLICT.value, f"lead_merged {kept_id}"
            tell(tx, link, events.CONFLICT, error=link.error)
        else:
            own.external_id = own.external_id or link.external_id
            tx.session.delete(link)
        link.updated_at = tx.now
    tx.session.flush()
    wanted = [each for each in queries.targets(tx, client_id) if queries.has_link(tx, each.connection_id, kept_id)]
    for target in wanted:
        asking.ask(tx, target, [kept_id])


def forget(tx: Tx, client_id: str, lead_ids: Sequence[str]) -> None:
    """Keep nothing that leads to a person who asked to be forgotten; what stands in the CRM is the client's."""
    theirs = (CrmLink.client_id == client_id, CrmLink.lead_id.in_(list(lead_ids)))
    tx.session.execute(delete(CrmLink).where(*theirs))
    tx.touch(client_id)
