"""Reading the connections that accounts have, and knowing the leads among them.

Every page is looked at. A connection without a public identifier, whose ids nobody has, is resolved by its profile, as
far as its name is that of a lead or is not told: that read counts against the account's day, so a large account takes
days, and the job waits. What it found is kept (`relation_seen`), so the next reading stops at what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from rapport.accounts.queries import Listening, listening
from rapport.campaigns.queries import senders
from rapport.jobs.registry import Again, Work
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading, Tx
from rapport.leads.queries.known import named_alike
from rapport.ports.unipile import ReadError, Unipile
from rapport.ports.unipile_records import Profile, Relation
from rapport.replies import names, relating, watching
from rapport.replies.models import RelationSeen
from rapport.replies.paged import Fetched, Went, account_of, attempt, may_ask, page_of, reserved, stopped
from rapport.rules import identity
from rapport.rules.limits import Budget

PAGE = 100
_SAMPLE = 10
_NOT_FOUND = 404
_S = RelationSeen.__table__
READING, RESOLVING = "reading", "resolving"


def _went(reading: Reading, job: Work) -> Went:
    if "went" in job.payload:
        return dict(job.payload["went"])
    accounts = [each.id for each in _asked_for(reading, job)]
    counts = {"pages": 0, "relations": 0, "matched": 0, "resolved": 0}
    began = {"accounts": accounts, "all": job.payload.get("all", False)}
    return {**began, "phase": READING, "cursor": None, "beginnings": 1, **counts}


def _asked_for(reading: Reading, job: Work) -> list[Listening]:
    """The accounts whose connections are wanted: those named, a campaign's senders, or all of the client."""
    accounts = listening(reading, client_id=job.client_id)
    named = {*job.payload.get("account_ids", ()), job.payload.get("account_id")} - {None}
    if "campaign_id" in job.payload:
        named = {each["account_id"] for each in senders(reading, job.payload["campaign_id"])}
    elif not named:
        return accounts
    return [each for each in accounts if each.id in named]


def fetch(reading: Reading, job: Work, unipile: Unipile) -> Fetched[Relation] | Profile | ReadError | None:
    """The page, or the profile, that was reserved."""
    went = _went(reading, job)
    account = account_of(reading, went["accounts"][0]) if went["accounts"] else None
    if account is None or not may_ask(job):
        return None
    if went["phase"] == READING:
        return page_of(lambda: unipile.relations(account.unipile_account_id, limit=PAGE, cursor=went["cursor"]))
    row = _unresolved(reading, account.id, after=went["after"])
    if row is None:
        return None
    return attempt(lambda: unipile.profile(_askable(row), account_id=account.unipile_account_id))


def step(tx: Tx, job: Work, fetched: Fetched[Relation] | Profile | ReadError | None) -> Again | Mapping[str, Any]:
    """Take in what was read and reserve the next; after the last account, say what was found."""
    went = _went(tx, job)
    account = account_of(tx, went["accounts"][0]) if went["accounts"] else None
    if account is None:
        return _next_account(tx, job, went)
    watching.begin(tx, account, may_count=True)
    if isinstance(fetched, ReadError) and not (fetched.status == _NOT_FOUND and went["phase"] == RESOLVING):
        return stopped(tx, job, {**went, "reserved": None}, fetched, shown=_shown(went))
    if isinstance(fetched, Fetched):
        if _read_page(tx, account, went, fetched):
            watching.of(tx, account).relations_at = tx.now
            went |= {"phase": RESOLVING, "after": ""}
    elif went["phase"] == RESOLVING and went.get("reserved") and job.attempts == 1:
        _resolve(tx, account, went, fetched)
    if went["phase"] == READING:
        return reserved(tx, job, went, account.id, Budget.SEARCHES, shown=_shown(went))
    if _skip_to_worthwhile(tx, account, went):
        return reserved(tx, job, went, account.id, Budget.VISITS, shown=_shown(went))
    went["accounts"] = went["accounts"][1:]
    return _next_account(tx, job, went)


def _next_account(tx: Tx, job: Work, went: Went) -> Again | Mapping[str, Any]:
    if not went["accounts"]:
        return {**_shown(went), "unmatched": _count_unmatched(tx, job), "sample": _sample(tx, job)}
    job.payload = {**job.payload, "went": {**went, "phase": READING, "cursor": None, "reserved": None}}
    return Again(_shown(went))


def _read_page(tx: Tx, account: Listening, went: Went, page: Fetched[Relation]) -> bool:
    """Take a page in; answers whether it was the last that is wanted."""
    keys = [relating.key_of(names.of_relation(each)) for each in page.items]
    known = relating.known_among(tx, account, [key for key in keys if key])
    was_known = bool(page.items) and len(known) == len(page.items)
    for relation, key in zip(page.items, keys, strict=True):
        ids = names.of_relation(relation)
        if key in known and known[key] == ids:
            went["matched"] += 1
            continue
        name = " ".join(part for part in (relation.first_name, relation.last_name) if part) or None
        at = relation.connected_at or tx.now
        went["matched"] += relating.seen(tx, account, ids, name=name, at=at, learned="sync") is not None
    went |= {"pages": went["pages"] + 1, "relations": went["relations"] + len(page.items), "cursor": page.cursor}
    return page.cursor is None or (was_known and not went["all"])


def _unresolved(reading: Reading, account_id: str, *, after: str) -> Any:
    """The next connection that nobody is known to be, and whose profile was not read."""
    statement = (
        select(_S)
        .where(
            _S.c.account_id == account_id,
            _S.c.lead_id.is_(None),
            _S.c.public_identifier.is_(None),
            _S.c.resolved_at.is_(None),
            _S.c.key > after,
            within(reading.scope, _S.c.client_id),
        )
        .order_by(_S.c.key)
        .limit(1)
    )
    return reading.rows(statement).first()


def _askable(row: Any) -> str:
    return str(row.provider_id or row.member_id or row.key)


def _skip_to_worthwhile(tx: Tx, account: Listening, went: Went) -> bool:
    """Go to the next connection that may be a lead; answers whether there is one."""
    while (row := _unresolved(tx, account.id, after=went["after"])) is not None:
        if row.name is None or named_alike(tx, account.client_id, _name_keys(row.name)):
            return True
        went["after"] = row.key
    return False


def _name_keys(name: str) -> list[str]:
    """A name as leads may bear it: nobody knows where the first name ends, and some bear it alone."""
    words = name.split()
    splits = [(" ".join(words[:end]), " ".join(words[end:])) for end in range(1, len(words) + 1)]
    return [identity.name_key(first, last) for first, last in (*splits, (words[0] if words else None, None))]


def _resolve(tx: Tx, account: Listening, went: Went, found: Profile | ReadError | None) -> None:
    """Know a connection by its profile; one that has none is noted as asked for."""
    row = _unresolved(tx, account.id, after=went["after"])
    if row is None:
        return
    profile = names.of_profile(found) if isinstance(found, Profile) else {}
    kinds = (identity.PROVIDER_ID, identity.MEMBER_ID, identity.PUBLIC_IDENTIFIER)
    ids = {kind: row._mapping[kind] for kind in kinds if row._mapping[kind]}
    at = row.connected_at or tx.now
    lead_id = relating.seen(tx, account, ids, name=row.name, at=at, learned="sync", profile=profile)
    went |= {
        "after": row.key,
        "resolved": went["resolved"] + 1,
        "matched": went["matched"] + (lead_id is not None),
        "reserved": None,
    }


def _of(tx: Tx, job: Work) -> tuple[Any, ...]:
    ids = [each.id for each in _asked_for(tx, job)]
    return (_S.c.account_id.in_(ids), within(tx.scope, _S.c.client_id))


def _count_unmatched(tx: Tx, job: Work) -> int:
    statement = select(func.count()).select_from(_S).where(_S.c.lead_id.is_(None), *_of(tx, job))
    return int(tx.rows(statement).scalar_one())


def _sample(tx: Tx, job: Work) -> list[dict[str, Any]]:
    """Some connections that are no lead we know, with what was tried."""
    statement = select(_S).where(_S.c.lead_id.is_(None), *_of(tx, job)).order_by(_S.c.connected_at.desc(), _S.c.key)
    return [
        {
            "account_id": row.account_id,
            "name": row.name,
            "provider_id": row.provider_id,
            "member_id": row.member_id,
            "public_identifier": row.public_identifier,
            "tried": sorted(row.tried),
            "profile_read": row.resolved_at is not None,
        }
        for row in tx.rows(statement.limit(_SAMPLE))
    ]


def _shown(went: Mapping[str, Any]) -> dict[str, Any]:
    return {name: went[name] for name in ("pages", "relations", "matched", "resolved")}
