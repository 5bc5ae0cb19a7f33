"""Leads from a search, or from an account's first-level connections: a page at a time, within the account's day.

Every page is reserved against the account's searches in the commit before it is asked for. A worker that died may
have asked already, so whoever goes on reserves anew: a page too many is counted rather than one too few.
A cursor that the provider has forgotten means reading from the beginning; who was taken is recognised and not counted
again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rapport.accounts import health, senders, usage
from rapport.accounts.queries import Sender, sender
from rapport.jobs.registry import Again
from rapport.kernel.tx import Reading, Tx
from rapport.leads import relating
from rapport.leads.importing import lifecycle
from rapport.leads.importing.steps import progress, take_rows
from rapport.leads.importing.taking import Problem, Taken
from rapport.leads.models import ImportState, LeadImport, LeadSource
from rapport.ports.unipile import CursorExpiredError, ReadError, Unipile
from rapport.ports.unipile_records import FoundPerson, Relation, SearchByParameters, SearchByUrl
from rapport.rules import identity, lead_fields
from rapport.rules.lead_fields import LONGEST, Person
from rapport.rules.limits import Budget

PAGE = {LeadSource.SEARCH: 50, LeadSource.CONNECTIONS: 100}
_MOST_BEGINNINGS = 5
"""So often a list is begun again because its cursor expired."""
_LOOK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person on a page; `connected_at` for a connection."""

    person: Person | None
    shown: str | None
    connected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page of people."""

    people: list[Somebody]
    cursor: str | None


def fetch(reading: Reading, import_id: str, unipile: Unipile) -> Fetched | ReadError | None:
    """Ask for the page that is reserved; None when there is nothing to ask for."""
    lead_import = reading.session.get(LeadImport, import_id)
    if lead_import is None or lead_import.state != ImportState.RUNNING.value:
        return None
    resume = lead_import.resume or {}
    account = sender(reading, lead_import.options["account_id"])
    if not resume.get("reserved") or account is None or not account.unipile_account_id or account.is_paused:
        return None
    try:
        return _page(unipile, lead_import, account.unipile_account_id, resume.get("cursor"))
    except ReadError as failure:
        return failure


def _page(unipile: Unipile, lead_import: LeadImport, account_id: str, cursor: str | None) -> Fetched:
    source = LeadSource(lead_import.source)
    if source is LeadSource.CONNECTIONS:
        relations = unipile.relations(account_id, limit=PAGE[source], cursor=cursor)
        return Fetched([_of_relation(each) for each in relations.items], relations.cursor)
    query = query_of(lead_import.options)
    found = unipile.search(query, account_id=account_id, limit=PAGE[source], cursor=cursor)
    return Fetched([of_result(each) for each in found.items], found.cursor)


def query_of(options: Mapping[str, Any]) -> SearchByUrl | SearchByParameters:
    """The search an import was asked for."""
    if options.get("url"):
        return SearchByUrl(options["url"])
    parameters = options["parameters"]
    return SearchByParameters(parameters["api"], "people", parameters["filters"])


def of_result(found: FoundPerson) -> Somebody:
    given = {
        "first_name": found.first_name,
        "last_name": found.last_name,
        "full_name": found.name,
        "headline": found.headline,
        "title": found.role,
        "company": found.company,
        "location": found.location,
        "provider_id": found.id,
        "member_id": found.member_urn,
        "public_identifier": found.public_identifier,
        "profile_url": found.profile_url,
    }
    return Somebody(_person(given), found.name or found.id)


def _of_relation(found: Relation) -> Somebody:
    """The id a relation bears is a provider id or a number; the connection's own name holds the provider id."""
    given = {
        "first_name": found.first_name,
        "last_name": found.last_name,
        "headline": found.headline,
        "member_id": found.member_urn,
        "public_identifier": found.public_identifier,
        "profile_url": found.public_profile_url,
    }
    if found.member_id:
        given["member_id" if found.member_id.isdigit() else "provider_id"] = found.member_id
    if not given.get("provider_id") and found.connection_urn:
        given["provider_id"] = found.connection_urn.rpartition(":")[2]
    name = " ".join(part for part in (found.first_name, found.last_name) if part)
    return Somebody(_person(given), name or found.public_identifier, found.connected_at)


def _person(given: Mapping[str, str | None]) -> Person | None:
    """What the provider says, without what we cannot read: a list of ours would be refused, the provider is not."""
    readable = {
        name: value[: LONGEST[name]] if name in LONGEST else value
        for name, value in given.items()
        if value and (name not in identity.READERS or identity.READERS[name](value) is not None)
    }
    read = lead_fields.read(readable)
    return read if isinstance(read, Person) else None


def step(tx: Tx, import_id: str, fetched: Fetched | ReadError | None) -> Mapping[str, Any] | Again:
    """Take a page in and reserve the next, or say for what the import waits."""
    account = _locked_account_of(tx, import_id)
    lead_import = lifecycle.get(tx, import_id)
    if lead_import.state != ImportState.RUNNING.value:
        return {"state": lead_import.state}
    resume = dict(lead_import.resume or {"cursor": None, "position": 0, "beginnings": 1})
    resume["reserved"] = None
    lead_import.resume = resume
    if account is None or not account.unipile_account_id:
        return _failed(tx, lead_import, "The LinkedIn account is not connected any more.")
    if account.is_paused:
        return _waits(lead_import, "The LinkedIn account is paused.", tx.now + _LOOK_AGAIN)
    return _go_on(tx, lead_import, account, fetched)


def _go_on(
    tx: Tx, lead_import: LeadImport, account: Sender, fetched: Fetched | ReadError | None
) -> Mapping[str, Any] | Again:
    if isinstance(fetched, CursorExpiredError):
        return _begin_again(tx, lead_import, account)
    if isinstance(fetched, ReadError):
        health.suffer(tx, account.id, fetched.account_effect, budget_kind=Budget.SEARCHES)
        return _missed(tx, lead_import, fetched)
    if isinstance(fetched, Fetched):
        _take_in(tx, lead_import, account, fetched)
        if fetched.cursor is None:
            lead_import.rows_total = lead_import.rows_done
            return lifecycle.finish(tx, lead_import)
    return _reserve(tx, lead_import, account)


def _locked_account_of(tx: Tx, import_id: str) -> Sender | None:
    """The account of an import, locked before the import is, for accounts are locked before all else."""
    lead_import = tx.session.get(LeadImport, import_id)
    found = sender(tx, lead_import.options["account_id"]) if lead_import is not None else None
    if found is None:
        return None
    senders.get(tx, found.id)
    return sender(tx, found.id)


def _take_in(tx: Tx, lead_import: LeadImport, account: Sender, fetched: Fetched) -> None:
    resume = dict(lead_import.resume or {})
    first = resume["position"] + 1
    rows: list[Taken | Problem] = [
        Taken(number, each.person)
        if each.person is not None
        else Problem(number, None, "The provider names nobody here.", each.shown)
        for number, each in enumerate(fetched.people, first)
    ]
    arrived = take_rows(
        tx, lead_import, rows, counted_from=resume.get("counted", 0) + 1, source_detail=lead_import.name
    )
    if lead_import.source == LeadSource.CONNECTIONS.value:
        since = [each.connected_at for each in fetched.people if each.person is not None]
        relating.connected(
            tx,
            lead_import.client_id,
            account.id,
            [(each.lead_id, at) for each, at in zip(arrived, since, strict=True) if each.lead_id is not None],
        )
    resume["position"] += len(rows)
    resume["counted"] = max(resume.get("counted", 0), resume["position"])
    resume["cursor"] = fetched.cursor
    lead_import.resume = resume


def _reserve(tx: Tx, lead_import: LeadImport, account: Sender) -> Again:
    match usage.reserve(tx, account.id, Budget.SEARCHES):
        case usage.Exhausted() as none:
            return _waits(lead_import, none.sentence, none.until or tx.now + _LOOK_AGAIN)
        case usage.Reserved() as reserved:
            lead_import.resume = {**(lead_import.resume or {}), "reserved": reserved.usage_id}
            return Again(progress(lead_import))


def _begin_again(tx: Tx, lead_import: LeadImport, account: Sender) -> Mapping[str, Any] | Again:
    resume = dict(lead_import.resume or {})
    if resume["beginnings"] == _MOST_BEGINNINGS:
        return _failed(tx, lead_import, "The provider keeps forgetting where the list was read to.")
    lead_import.resume = {**resume, "cursor": None, "position": 0, "beginnings": resume["beginnings"] + 1}
    return _reserve(tx, lead_import, account)


def _missed(tx: Tx, lead_import: LeadImport, failure: ReadError) -> Mapping[str, Any] | Again:
    """The provider did not give the page."""
    if not failure.retryable:
        return _failed(tx, lead_import, f"The provider refused: {failure.code}.")
    return _waits(
        lead_import, f"The provider did not answer: {failure.code}.", failure.retry_at or tx.now + _LOOK_AGAIN
    )


def _waits(lead_import: LeadImport, why: str, until: datetime) -> Again:
    return Again({**progress(lead_import), "waiting_for": why, "until": until.isoformat()}, at=until)


def _failed(tx: Tx, lead_import: LeadImport, why: str) -> dict[str, Any]:
    lifecycle.fail(tx, lead_import, why)
    return {"state": lead_import.state, "error": why}
