"""Ways to look at leads, kept under a name: each belongs to who made it, and colleagues see those that are shared.

Only its owner changes a view. An admin may, too, when it is shared: whoever made it may be gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from rapport.kernel.errors import FORBIDDEN, LEAD_VIEW_ALREADY_EXISTS, NOT_FOUND, RapportError, field_error
from rapport.kernel.principal import Principal
from rapport.kernel.tx import Tx
from rapport.leads.bulk import conditions_of
from rapport.leads.models import LeadView
from rapport.leads.queries.register import LEADS
from rapport.rules.permissions import Permission


def create(tx: Tx, client_id: str, principal: Principal, given: Mapping[str, Any]) -> str:
    """Keep a view."""
    made = LeadView(
        id=tx.new_id(),
        client_id=client_id,
        owner_id=principal.actor.id,
        created_at=tx.now,
    )
    _set(made, principal, given)
    _write(tx, made)
    return made.id


def get(tx: Tx, view_id: str, principal: Principal) -> LeadView:
    """A view to be changed, locked. One that somebody keeps for themselves is there for nobody else."""
    sought = select(LeadView).where(LeadView.id == view_id).with_for_update(key_share=True)
    found = tx.session.execute(sought).scalar()
    if found is None or not (found.is_shared or found.owner_id == principal.actor.id):
        raise RapportError(NOT_FOUND)
    if found.owner_id != principal.actor.id and not principal.is_admin:
        raise RapportError(FORBIDDEN, "Only who made a view changes it.")
    return found


def change(tx: Tx, view: LeadView, principal: Principal, given: Mapping[str, Any]) -> None:
    """Change its name, what it picks, how it is drawn, or who sees it."""
    _set(view, principal, given)
    if tx.session.is_modified(view):
        _write(tx, view)


def remove(tx: Tx, view: LeadView) -> None:
    """Take it away; the leads are as they were."""
    tx.session.delete(view)


def _set(view: LeadView, principal: Principal, given: Mapping[str, Any]) -> None:
    if given.get("is_shared") and not view.is_shared and not principal.may(Permission.WRITE):
        raise RapportError(FORBIDDEN, "Who may only read keeps views for themselves.")
    if "filter" in given:
        conditions_of(given["filter"])
    if given.get("sort", LEADS.default_sort) not in LEADS.sorts:
        raise field_error("sort", f"Must be one of: {', '.join(LEADS.sorts)}.")
    if "name" in given:
        view.name, view.name_key = given["name"].strip(), given["name"].strip().casefold()[:80]
    if "order" in given:
        view.descending = given["order"] == "desc"
    for name in ("filter", "sort", "columns", "is_shared"):
        if name in given:
            setattr(view, name, given[name])


def _write(tx: Tx, view: LeadView) -> None:
    try:
        with tx.session.begin_nested():
            tx.session.add(view)
    except IntegrityError:
        raise RapportError(LEAD_VIEW_ALREADY_EXISTS) from None
