"""Reading leads, what was said and noted of them, and the do-not-contact lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, cast, func, or_, select, true

from rapport.accounts.models import Account
from rapport.events.models import Event
from rapport.events.queries import TIMELINE as LOG
from rapport.kernel.errors import LEAD_MERGED, NOT_FOUND, RapportError
from rapport.kernel.ids import AGENCY
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads import filters
from rapport.leads.models import (
    ERASED,
    Lead,
    LeadIdentity,
    LeadMerge,
    LeadNote,
    LeadSource,
    LeadTag,
    Relation,
    RelationState,
    Suppression,
    SuppressionKind,
)
from rapport.rules import identity
from rapport.rules.said import when, who

_L, _I, _T, _N, _M, _R, _S, _A = (
    each.__table__ for each in (Lead, LeadIdentity, LeadTag, LeadNote, LeadMerge, Relation, Suppression, Account)
)
_HIDDEN = {"company_key", "name_key", "field_sources", "erased_at", "merged_into_id"}
COLUMNS = [*(column for column in _L.c if column.name not in _HIDDEN), filters.DO_NOT_CONTACT.label("do_not_contact")]
MOST_TAGS = 1_000
_IDS_AT_ONCE = 400
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
    client_id: str = reading.rows(
        select(_L.c.client_id).where(_L.c.id == lead_id, within(reading.scope, _L.c.client_id))
    ).scalar_one()
    return client_id


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


def entries_of(
    reading: Reading,
    client_id: str,
    *,
    identities: Sequence[tuple[str, str]],
    company_key: str | None,
    domain: str | None,
) -> list[dict[str, Any]]:
    """The do-not-contact entries that name a person of a client."""
    persons = [f"{kind}:{value}" for kind, value in identities]
    domains = {identity.email_domain(value) for kind, value in identities if kind == identity.EMAIL} | {domain}
    wanted = (
        (SuppressionKind.PERSON, persons),
        (SuppressionKind.COMPANY, [company_key] if company_key else []),
        (SuppressionKind.DOMAIN, sorted(each for each in domains if each)),
    )
    keys = [and_(_S.c.kind == kind.value, _S.c.key.in_(values)) for kind, values in wanted if values]
    if not keys:
        return []
    rows = reading.rows(
        select(*ENTRY_COLUMNS).where(_S.c.client_id.in_([client_id, AGENCY]), or_(*keys)).order_by(_S.c.id)
    )
    return [entry(row) for row in rows]


ENTRY_COLUMNS = list(_S.c)


def entry(row: Any) -> dict[str, Any]:
    """A do-not-contact entry as the API shows it."""
    found = row._mapping
    return {
        "id": found["id"],
        "client_id": None if found["client_id"] == AGENCY else found["client_id"],
        "kind": found["kind"],
        "value": found["shown"],
        "erased": found["key"].startswith(ERASED),
        "reason": found["reason"],
        "created_by": found["created_by"],
        "created_at": found["created_at"],
    }


ENTRIES = Listing(
    name="do_not_contact",
    columns=ENTRY_COLUMNS,
    fields={
        "client_id": Field(_S.c.client_id, "id"),
        "kind": Field(_S.c.kind, "word", tuple(kind.value for kind in SuppressionKind)),
        "value": Field(_S.c.shown, "text"),
        "reason": Field(_S.c.reason, "text"),
        "created_at": Field(_S.c.created_at, "instant"),
    },
    sorts={"created_at": _S.c.created_at},
    default_sort="created_at",
    owner=_S.c.client_id,
    key=_S.c.id,
    dump=entry,
)


def entry_seen(reading: Reading, entry_id: str) -> dict[str, Any]:
    """One do-not-contact entry as the API shows it."""
    row = reading.rows(select(*ENTRY_COLUMNS).where(_S.c.id == entry_id, within(reading.scope, _S.c.client_id))).first()
    if row is None:
        raise RapportError(NOT_FOUND)
    return entry(row)


NOTES = Listing(
    name="lead_notes",
    columns=[_N.c.id, _N.c.lead_id, _N.c.text, _N.c.author_id, _N.c.created_at],
    fields={"author_id": Field(_N.c.author_id, "id"), "created_at": Field(_N.c.created_at, "instant")},
    sorts={"created_at": _N.c.created_at},
    default_sort="created_at",
    owner=_N.c.client_id,
    key=_N.c.id,
)


TIMELINE = replace(LOG, name="lead_events", sorts={"seq": Event.__table__.c.seq}, default_sort="seq")
"""A lead's part of the log, in the order in which it was written."""


def about(lead_ids: Sequence[str]) -> Any:
    """The condition that picks the events about these leads."""
    return TIMELINE.fields["lead_id"].column.in_(lead_ids)


def notes_of(lead_id: str) -> Any:
    """The condition that picks the notes about a lead."""
    return _N.c.lead_id == lead_id


def note_seen(reading: Reading, note_id: str) -> dict[str, Any]:
    """One note as the API shows it."""
    row = reading.rows(select(*NOTES.columns).where(_N.c.id == note_id, within(reading.scope, _N.c.client_id))).first()
    if row is None:
        raise RapportError(NOT_FOUND)
    return dict(row._mapping)


def tags_of(reading: Reading, lead_id: str) -> list[str]:
    """The tags of a lead."""
    return list(
        reading.rows(
            select(_T.c.tag).where(_T.c.lead_id == lead_id, within(reading.scope, _T.c.client_id)).order_by(_T.c.tag)
        ).scalars()
    )


def tags(reading: Reading, client_id: str | None) -> list[dict[str, Any]]:
    """The tags of a client (None: of all in scope) with how many leads have each, the most used first."""
    count = func.count()
    rows = reading.rows(
        select(_T.c.tag, count.label("leads"))
        .where(within(reading.scope, _T.c.client_id), *([_T.c.client_id == client_id] if client_id else []))
        .group_by(_T.c.tag)
        .order_by(count.desc(), _T.c.tag)
        .limit(MOST_TAGS)
    )
    return [dict(row._mapping) for row in rows]


def custom_fields(reading: Reading, client_id: str | None) -> list[dict[str, Any]]:
    """The custom fields of a client (None: of all in scope) with how many leads have each."""
    on_postgresql = reading.session.connection().dialect.name == "postgresql"
    names = (
        func.jsonb_object_keys(_L.c.custom).table_valued("key", name="each_name").render_derived()
        if on_postgresql
        else func.json_each(_L.c.custom).table_valued("key", name="each_name")
    )
    key = cast(names.c.key, Text)
    mine = [within(reading.scope, _L.c.client_id), *([_L.c.client_id == client_id] if client_id else [])]
    rows = reading.rows(
        select(key.label("name"), func.count().label("leads"))
        .select_from(_L.join(names, true()))
        .where(*mine, *LIVE)
        .group_by(key)
        .order_by(key)
    )
    return [dict(row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class Pending:
    """An invitation that was neither accepted nor withdrawn, as far as is known."""

    lead_id: str
    invited_at: datetime | None
    invitation_id: str | None


def pending_invitations(reading: Reading, account_id: str) -> list[Pending]:
    """An account's pending invitations."""
    statement = (
        select(_R.c.lead_id, _R.c.invited_at, _R.c.invitation_id)
        .where(
            _R.c.account_id == account_id,
            _R.c.state == RelationState.INVITED.value,
            within(reading.scope, _R.c.client_id),
        )
        .order_by(_R.c.lead_id)
    )
    return [Pending(*row) for row in reading.rows(statement)]


def ids_of(reading: Reading, lead_ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Lead → everything it is known by, kind and value, what is believed most first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for start in range(0, len(lead_ids), _IDS_AT_ONCE):
        some = list(lead_ids[start : start + _IDS_AT_ONCE])
        statement = select(_I.c.lead_id, _I.c.kind, _I.c.value).where(
            _I.c.lead_id.in_(some), within(reading.scope, _I.c.client_id)
        )
        for row in reading.rows(statement):
            found.setdefault(row.lead_id, []).append((row.kind, row.value))
    return {key: sorted(values, key=lambda each: identity.ORDER.index(each[0])) for key, values in found.items()}


def named_alike(reading: Reading, client_id: str, keys: Sequence[str]) -> set[str]:
    """Those of the folded names that some lead of the client bears."""
    statement = select(_L.c.name_key).where(
        _L.c.client_id == client_id, _L.c.name_key.in_(list(keys)), within(reading.scope, _L.c.client_id), *LIVE
    )
    return set(reading.rows(statement).scalars())
