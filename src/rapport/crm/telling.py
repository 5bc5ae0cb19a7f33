"""What the client's n8n tells of a lead that it pushed: believed for links of its connections only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from rapport.crm import asking, events, queries
from rapport.crm.models import CrmLink, CrmNote
from rapport.crm.settling import end, linked_to, tell
from rapport.crm.words import LinkStatus, NoteStatus
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.tx import Tx
from rapport.outbox.words import CrmKind


def told(tx: Tx, said: Mapping[str, Any]) -> str:
    """The id of the link. The same told again changes nothing; what changed here meanwhile is pushed anew."""
    link = _link(tx, said)
    status = LinkStatus(said["status"])
    external_id, synced_at = said.get("external_id"), said.get("synced_at") or tx.now
    if link.synced_at is not None and synced_at < link.synced_at:
        return link.id
    if status is not LinkStatus.SYNCED:
        if (link.status, link.error) != (status.value, said.get("error")):
            end(tx, link, status, said.get("error") or "no_reason_given")
        return link.id
    if external_id is not None and (other := linked_to(tx, link, external_id)) is not None:
        end(tx, link, LinkStatus.CONFLICT, f"other_lead {other.lead_id}")
        return link.id
    is_news = link.status != LinkStatus.SYNCED.value or link.external_id != (external_id or link.external_id)
    link.external_id = external_id or link.external_id
    link.last_hash = said.get("hash") or link.last_hash
    link.status, link.error, link.synced_at, link.updated_at = status.value, None, synced_at, tx.now
    link.force = link.recreate = False
    _note(tx, link, said.get("notes") or ())
    if is_news:
        tell(tx, link, events.SYNCED, how="n8n", external_id=link.external_id)
    _look_again(tx, link)
    return link.id


def _link(tx: Tx, said: Mapping[str, Any]) -> CrmLink:
    """The link that is told of; n8n may have pushed a lead of which nobody asked it."""
    connection, lead_id = queries.connection(tx, said["connection_id"]), said["lead_id"]
    client_id = connection["client_id"]
    if connection["kind"] != CrmKind.N8N.value or queries.live_leads(tx, client_id, [lead_id]) != [lead_id]:
        raise RapportError(NOT_FOUND)
    (target,) = queries.targets(tx, client_id, [connection["id"]])
    (link,) = asking.links(tx, target, [lead_id])
    return link


def _note(tx: Tx, link: CrmLink, event_ids: Any) -> None:
    tx.session.execute(
        update(CrmNote)
        .where(
            CrmNote.link_id == link.id,
            CrmNote.event_id.in_(list(event_ids)),
            CrmNote.status == NoteStatus.PENDING.value,
        )
        .values(status=NoteStatus.SYNCED.value, synced_at=tx.now)
        .execution_options(synchronize_session=False)
    )


def _look_again(tx: Tx, link: CrmLink) -> None:
    """What is known of the lead by now may be more than was told."""
    tx.session.flush()
    target, lead_id = queries.target_of(tx, link.id)
    payload, now = queries.for_n8n(tx, target, link.id)
    if link.last_hash is not None and (now != link.last_hash or payload["notes"]):
        asking.ask(tx, target, [lead_id])
