"""Asking that leads be pushed: one link for each lead and CRM, and one open job for each link.

Who asks while the job of a link is at work is not forgotten: the job sees that it was asked anew, and looks again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.crm import queries
from rapport.crm.models import CrmLink, CrmNote
from rapport.crm.words import LinkStatus, NoteStatus
from rapport.jobs.enqueue import enqueue
from rapport.jobs.registry import Executor, JobType
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.outbox.words import CrmKind

UPSERT = JobType("crm.upsert", "Sees that a lead is one contact of a CRM and says there what we know.")
BY_WORKFLOW = JobType(
    "crm.push", "Has n8n push a lead to a CRM; n8n tells by `/callbacks/lead-sync`.", executor=Executor.N8N
)
_L, _N = CrmLink.__table__, CrmNote.__table__
_OPTIONS = {SCOPED: True}


def ask(
    tx: Tx, target: queries.Target, lead_ids: Sequence[str], *, force: bool = False, recreate: bool = False
) -> list[str]:
    """The links of these leads to the CRM of a connection, each with its job.

    A conflict waits for a person: only who forces it lets the CRM be asked again.
    """
    found = links(tx, target, lead_ids)
    names = queries.names_of(tx, lead_ids)
    for link in found:
        if link.status == LinkStatus.CONFLICT.value and not force:
            continue
        link.asked_at = link.updated_at = tx.now
        link.force, link.recreate = link.force or force, link.recreate or recreate
        link.status, link.error = LinkStatus.PENDING.value, None
        if target.kind == CrmKind.N8N.value:
            _to_n8n(tx, target, link, names[link.lead_id])
        else:
            job, _ = enqueue(
                tx,
                UPSERT,
                client_id=link.client_id,
                payload={"link_id": link.id},
                entity=("lead", link.lead_id),
                entity_label=names[link.lead_id],
                dedupe_key=f"crm.upsert:{link.id}",
            )
            link.job_id = job.id
    return [link.id for link in found]


def note(tx: Tx, target: queries.Target, lead_id: str, *, event_id: str, message_id: str) -> None:
    """Have what was written told to the CRM as a note, once."""
    (link,) = links(tx, target, [lead_id])
    row = {
        "link_id": link.id,
        "event_id": event_id,
        "client_id": link.client_id,
        "message_id": message_id,
        "at": tx.now,
        "status": NoteStatus.PENDING.value,
    }
    tx.session.flush()
    make = postgresql_insert if tx.dialect == "postgresql" else sqlite_insert
    tx.session.execute(make(_N).on_conflict_do_nothing(), [row], execution_options=_OPTIONS)


def links(tx: Tx, target: queries.Target, lead_ids: Sequence[str]) -> list[CrmLink]:
    """The links, made where there is none, locked in one order."""
    wanted = sorted(set(lead_ids))
    blank: Mapping[str, Any] = {
        "client_id": target.client_id,
        "connection_id": target.connection_id,
        "status": LinkStatus.PENDING.value,
        "differs": [],
        "force": False,
        "recreate": False,
        **dict.fromkeys(("asked_at", "created_at", "updated_at"), tx.now),
    }
    make = postgresql_insert if tx.dialect == "postgresql" else sqlite_insert
    rows = [{**blank, "id": tx.new_id(), "lead_id": lead_id} for lead_id in wanted]
    if rows:
        tx.session.execute(make(_L).on_conflict_do_nothing(), rows, execution_options=_OPTIONS)
        tx.touch(target.client_id)
    statement = (
        select(CrmLink)
        .where(CrmLink.connection_id == target.connection_id, CrmLink.lead_id.in_(wanted))
        .order_by(CrmLink.lead_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(tx.session.execute(statement).scalars())


def _to_n8n(tx: Tx, target: queries.Target, link: CrmLink, name: str) -> None:
    """A job for the client's n8n, with what it needs. What changed since is another job: its key holds what is told."""
    tx.session.flush()
    payload, told = queries.for_n8n(tx, target, link.id)
    if not link.force and link.last_hash == told and not payload["notes"]:
        link.status, link.synced_at = LinkStatus.SYNCED.value, link.synced_at or tx.now
        return
    job, _ = enqueue(
        tx,
        BY_WORKFLOW,
        client_id=link.client_id,
        payload={**payload, "hash": told},
        entity=("lead", link.lead_id),
        entity_label=name,
        dedupe_key=f"crm.push:{link.id}:{told[:16]}:{len(payload['notes'])}",
    )
    link.job_id = job.id
