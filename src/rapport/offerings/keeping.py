"""What a client offers: added, changed, put away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from rapport.campaigns.queries import kept as campaign_of
from rapport.kernel.errors import NOT_FOUND, OFFERING_ALREADY_EXISTS, RapportError
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.offerings import events
from rapport.offerings.models import CampaignOffering, Offering
from rapport.people.clients import slug_of

_C = CampaignOffering.__table__
_OPTIONS = {SCOPED: True}


def create(tx: Tx, client_id: str, given: Mapping[str, Any]) -> str:
    """Add an offering; messages that come from now on are looked at for it. Answers its id."""
    values = dict(given)
    campaign_ids = values.pop("campaign_ids")
    values["slug"] = values["slug"] or slug_of(values["name"], tx.new_id())
    made = Offering(id=tx.new_id(), client_id=client_id, created_at=tx.now, updated_at=tx.now, **values)
    _write(tx, made)
    _be_for(tx, made, campaign_ids)
    tx.emit(events.CREATED, client_id=client_id, data={"name": made.name, "offering_id": made.id})
    return made.id


def get(tx: Tx, offering_id: str) -> Offering:
    """An offering to be changed, locked."""
    found = tx.session.execute(
        select(Offering).where(Offering.id == offering_id).with_for_update(key_share=True)
    ).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def change(tx: Tx, offering: Offering, changes: Mapping[str, Any]) -> None:
    """Change what is named. An offering that is archived is not linked to any more."""
    values = dict(changes)
    campaign_ids = values.pop("campaign_ids", None)
    if "archived" in values:
        archived = values.pop("archived")
        values["archived_at"] = (offering.archived_at or tx.now) if archived else None
    told = sorted(name for name, value in values.items() if getattr(offering, name) != value)
    for name in told:
        setattr(offering, name, values[name])
    if campaign_ids is not None and _be_for(tx, offering, campaign_ids):
        told.append("campaign_ids")
    if told:
        offering.updated_at = tx.now
        _write(tx, offering)
        data = {"name": offering.name, "offering_id": offering.id, "fields": ", ".join(told)}
        tx.emit(events.CHANGED, client_id=offering.client_id, data=data)


def _be_for(tx: Tx, offering: Offering, campaign_ids: Sequence[str]) -> bool:
    """Say which campaigns are for it; answers whether that is news."""
    wanted = set(campaign_ids)
    for each in wanted:
        if campaign_of(tx, each)["client_id"] != offering.client_id:
            raise RapportError(NOT_FOUND)
    mine = (_C.c.offering_id == offering.id, _C.c.client_id == offering.client_id)
    there = set(tx.rows(select(_C.c.campaign_id).where(*mine)).scalars())
    if there == wanted:
        return False
    gone = delete(_C).where(*mine, _C.c.campaign_id.in_(there - wanted))
    tx.session.execute(gone, execution_options=_OPTIONS)
    rows = [
        {"campaign_id": each, "offering_id": offering.id, "client_id": offering.client_id}
        for each in sorted(wanted - there)
    ]
    if rows:
        tx.session.execute(insert(_C), rows, execution_options=_OPTIONS)
    tx.touch(offering.client_id)
    return True


def _write(tx: Tx, offering: Offering) -> None:
    try:
        with tx.session.begin_nested():
            tx.session.add(offering)
    except IntegrityError:
        raise RapportError(OFFERING_ALREADY_EXISTS) from None
