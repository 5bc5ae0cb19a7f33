"""Reading leads: a page of them, one with all that hangs on it, and who became whom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from rapport.accounts.models import Account
from rapport.kernel.errors import LEAD_MERGED, NOT_FOUND, RapportError
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads import filters
from rapport.leads.models import (
    Lead,
    LeadIdentity,
    LeadMerge,
    LeadSource,
    LeadTag,
    Relation,
)
from rapport.leads.queries.entries import entries_of
from rapport.rules import identity
from rapport.rules.said import when, who

_L, _I, _T, _M = (each.__table__ for each in (Lead, LeadIdentity, LeadTag, LeadMerge))
_R, _A = Relation.__table__, Account.__table__
_HIDDEN = {"company_key", "name_key", "field_sources", "erased_at", "merged_into_id"}
COLUMNS = [*(column for column in _L.c if column.name not in _HIDDEN), filters.DO_NOT_CONTACT.label("do_not_contact")]
LIVE = (_L.c.merged_into_id.is_(None), _L.c.erased_at.is_(None))
"""The conditions that leave out who was erased, and who turned out to be somebody else."""


def dump(row: Any) -> dict[str, Any]:
    """One lead as the API shows it, still without tags."""
    found = row._mapping
    shown = {column.name: found[column.name] for column in COLUMNS}
    shown["do_not_contact"] = bool(shown["do_not_contact"])
    shown["profile_url"] = identity.profile_url(shown["public_identifier"], shown["provider_id"])
    return shown


LEADS = Listing(
    name="leads",
    columns=COLUMNS,
    fields={
        "id": Field(_L.c.id, "id"),
        "client_id": Field(_L.c.client_id, "id"),
        "account_id": Field(_L.c.account_id, "id"),
        "q": Field(filters.SEARCH, "search"),
        "tag": Field(filters.TAG, "member", through=filters.tagged),
        "without_tag": Field(filters.TAG, "member", through=filters.untagged),
        "name": Field(_L.c.name_key, "text"),
        "company": Field(_L.c.company, "text"),
        "email_domain": Field(_L.c.email_domain, "text"),
        "has_email": Field(filters.HAS_EMAIL, "flag"),
        "do_not_contact": Field(filters.DO_NOT_CONTACT, "flag"),
        "source": Field(_L.c.source, "word", tuple(source.value for source in LeadSource)),
        "created_at": Field(_L.c.created_at, "instant"),
        "updated_at": Field(_L.c.updated_at, "instant"),
        "replied_at": Field(_L.c.replied_at, "instant"),
    },
    sorts={"created_at": _L.c.created_at, "updated_at": _L.c.updated_at, "name": _L.c.name_key},
    default_sort="created_at",
    owner=_L.c.client_id,
    key=_L.c.id,
    dump=dump,
)


def tagged(reading: Reading, leads: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The leads of a page with their tags: one statement for all of them."""
    tags: dict[str, list[str]] = {lead["id"]: [] for lead in leads}
    if tags:
        rows = reading.rows(
            select(_T.c.lead_id, _T.c.tag)
            .where(_T.c.lead_id.in_(list(tags)), within(reading.scope, _T.c.client_id))
            .order_by(_T.c.tag)
        )
        for row in rows:
            tags[row.lead_id].append(row.tag)
    for lead in leads:
        lead["tags"] = tags[lead["id"]]
    return leads


def require(reading: Reading, lead_id: str) -> None:
    """Refuse an id that is nobody's (any more). Whoever asks for a merged lead is told whom it became."""
    row = reading.rows(
        select(_L.c.merged_into_id, _L.c.erased_at).where(_L.c.id == lead_id, within(reading.scope, _L.c.client_id))
    ).first()
    if row is None or row.erased_at is not None:
        raise RapportError(NOT_FOUND)
    if row.merged_into_id is not None:
        raise merged(kept_of(reading, row.merged_into_id))


def kept_of(reading: Reading, lead_id: str) -> str:
    """Who a lead became in the end: merges may follow one another."""
    while True:
        further = reading.rows(
            select(_L.c.merged_into_id).where(_L.c.id == lead_id, within(reading.scope, _L.c.client_id))
        ).scalar()
        if further is None:
            return lead_id
        lead_id = further


def merged(kept_id: str) -> RapportError:
    """The refusal of a lead that was merged away."""
    return RapportError(LEAD_MERGED, details={"kept_id": kept_id})


def client_of(reading: Reading, lead_id: str) -> str:
    """Whose lead this is."""
    mine = (_L.c.id == lead_id, within(reading.scope, _L.c.client_id))
    return str(reading.one(select(_L.c.client_id).where(*mine)).client_id)


def merged_into(reading: Reading, lead_id: str) -> list[str]:
    """Every lead that became this one."""
    found: list[str] = []
    ids = [lead_id]
    while ids:
        ids = list(
            reading.rows(
                select(_L.c.id).where(_L.c.merged_into_id.in_(ids), within(reading.scope, _L.c.client_id))
            ).scalars()
        )
        found += ids
    return found


def seen(reading: Reading, lead_id: str) -> dict[str, Any]:
    """One lead as the API shows it, with all that hangs on it."""
    row = reading.rows(
        select(*COLUMNS, _L.c.field_sources, _L.c.company_key, _L.c.merged_into_id, _L.c.erased_at).where(
            _L.c.id == lead_id, within(reading.scope, _L.c.client_id)
        )
    ).first()
    if row is None or row.erased_at is not None:
        raise RapportError(NOT_FOUND)
    if row.merged_into_id is not None:
        raise merged(kept_of(reading, row.merged_into_id))
    shown = tagged(reading, [dump(row)])[0]
    shown["said"] = {name: {"by": who(note), "at": when(note)} for name, note in sorted(row.field_sources.items())}
    identities = reading.rows(
        select(_I.c.kind, _I.c.value).where(_I.c.lead_id == lead_id, within(reading.scope, _I.c.client_id))
    ).all()
    shown["identities"] = sorted(
        ({"kind": each.kind, "value": each.value} for each in identities),
        key=lambda each: (identity.ORDER.index(each["kind"]), each["value"]),
    )
    shown["relations"] = [
        dict(each._mapping)
        for each in reading.rows(
            select(
                _R.c.account_id,
                _A.c.name.label("account_name"),
                _R.c.state,
                _R.c.invited_at,
                _R.c.connected_at,
                _R.c.withdrawn_at,
            )
            .join_from(_R, _A, _A.c.id == _R.c.account_id)
            .where(
                _R.c.lead_id == lead_id, within(reading.scope, _R.c.client_id), within(reading.scope, _A.c.client_id)
            )
            .order_by(_R.c.account_id)
        )
    ]
    shown["do_not_contact_entries"] = entries_of(
        reading,
        shown["client_id"],
        identities=[(each.kind, each.value) for each in identities],
        company_key=row.company_key,
        domain=shown["email_domain"],
    )
    shown["merges"] = [
        dict(each._mapping)
        for each in reading.rows(
            select(_M.c.merged_id, _M.c.merged_at)
            .where(_M.c.kept_id == lead_id, _M.c.undone_at.is_(None), within(reading.scope, _M.c.client_id))
            .order_by(_M.c.merged_at.desc(), _M.c.id.desc())
        )
    ]
    return shown
