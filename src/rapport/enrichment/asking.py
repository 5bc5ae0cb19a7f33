"""Reading a lead's profile: counted among an account's visits in one commit, read, and taken in by the next.

Whoever may have died in between has perhaps read it, so the next attempt counts anew: a visit too many is counted
rather than one too few. Without room the job waits until there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rapport.accounts import health, usage
from rapport.accounts.queries import listening
from rapport.enrichment import telling
from rapport.enrichment.queries import identifier
from rapport.jobs.registry import Again, CannotHealError, Work
from rapport.kernel.tx import Reading, Tx
from rapport.ports.unipile import ReadError, Unipile
from rapport.ports.unipile_records import Profile
from rapport.rules.limits import Budget

SOURCE = "unipile"
_LOOK_AGAIN = timedelta(hours=1)


def ask(reading: Reading, job: Work, unipile: Unipile) -> Profile | ReadError | None:
    """Read the profile for which a visit was counted; None where none was."""
    reserved = job.payload.get("account_id")
    found = listening(reading, id=reserved) if reserved and job.attempts <= 1 else []
    who, _ = identifier(reading, job.entity_id or "")
    if not found or who is None:
        return None
    try:
        return unipile.profile(who, account_id=found[0].unipile_account_id)
    except ReadError as failure:
        return failure


def take(tx: Tx, job: Work, found: Profile | ReadError | None) -> Again | Mapping[str, Any]:
    """Take in what was read, or count a visit so that it can be."""
    lead_id = job.entity_id or ""
    who, account_id = identifier(tx, lead_id)
    if who is None:
        raise CannotHealError("The lead has no LinkedIn profile that could be read.")
    if isinstance(found, Profile):
        done = telling.take(
            tx,
            lead_id,
            source=SOURCE,
            fields=fields_of(found),
            brief=found.summary,
            said_at=tx.now,
            job_id=job.id,
        )
        return {"applied": done.applied, "fields": list(done.fields)}
    if isinstance(found, ReadError):
        return _later(tx, job, found)
    return _reserve(tx, job, account_id)


def _reserve(tx: Tx, job: Work, preferred: str | None) -> Again:
    """Count a visit with the sender that knows the lead, or else with any that has room."""
    accounts = [each.id for each in listening(tx, client_id=job.client_id) if each.is_ok]
    accounts.sort(key=lambda each: each != preferred)
    waits = []
    for account_id in accounts[:1] if preferred in accounts else accounts:
        match usage.reserve(tx, account_id, Budget.VISITS):
            case usage.Reserved():
                job.payload = {**job.payload, "account_id": account_id}
                return Again({"reads": "the profile"})
            case usage.Exhausted() as none:
                waits.append(none)
    soonest = min((each.until for each in waits if each.until is not None), default=None)
    sentence = waits[0].sentence if waits else "No LinkedIn account of the client is signed in."
    return Again({"waiting_for": sentence}, at=soonest or tx.now + _LOOK_AGAIN)


def _later(tx: Tx, job: Work, failure: ReadError) -> Again:
    account_id = job.payload["account_id"]
    health.suffer(tx, account_id, failure.account_effect, budget_kind=Budget.VISITS)
    if not failure.retryable:
        raise CannotHealError(f"LinkedIn does not show the profile: {failure.code}.")
    job.payload = {name: value for name, value in job.payload.items() if name != "account_id"}
    return Again({"waiting_for": failure.code}, at=failure.retry_at or tx.now + _LOOK_AGAIN)


def fields_of(profile: Profile) -> dict[str, Any]:
    """A profile as what is told of a lead; what no lead has a field for is kept beside it."""
    current = next((each for each in profile.experience if each.is_current), None)
    told: dict[str, Any] = {
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "headline": profile.headline,
        "location": profile.location,
        "title": current.position if current is not None else None,
        "company": current.company if current is not None else None,
        "email": next(iter(profile.emails), None),
        "phone": next(iter(profile.phones), None),
        "website": next(iter(profile.websites), None),
        "provider_id": profile.provider_id,
        "public_identifier": profile.public_identifier,
        "network_distance": profile.network_distance,
        "is_open_profile": profile.is_open_profile,
        "connections_count": profile.connections_count,
        "language": profile.language,
        "country": profile.country,
    }
    return {name: value for name, value in told.items() if value is not None}
