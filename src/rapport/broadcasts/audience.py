"""Who is in an audience, who of them gets the mail, and why the others do not.

An audience is a filter of the list of leads: fields and operators that the list allows, never a statement. The same
judgement is made for the preview, when the audience is frozen, and once more when a mail is put into its batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapport.broadcasts import queries
from rapport.broadcasts.words import Exclusion
from rapport.kernel.tx import Reading
from rapport.leads.facts import Known
from rapport.leads.facts import leads as known_leads
from rapport.outbox import stops
from rapport.outbox.words import MailTopic, StopReason

AT_ONCE = 500
MOST_LOOKED_AT = 20_000
SAMPLE = 10
_OF_STOPS = {
    StopReason.BOUNCED: Exclusion.BOUNCED,
    StopReason.COMPLAINED: Exclusion.COMPLAINED,
    StopReason.SUPPRESSED: Exclusion.SUPPRESSED,
    StopReason.OPTED_OUT: Exclusion.OPTED_OUT,
}


@dataclass(slots=True)
class Seen:
    """What an audience comes to."""

    matching: int = 0
    recipients: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    sample: list[dict[str, Any]] = field(default_factory=list)
    is_whole: bool = True
    """False where only the first of very many were looked at one by one."""


def judged(reading: Reading, client_id: str, known: Mapping[str, Known]) -> dict[str, Exclusion | None]:
    """Lead → why they get no mail; None for who does. Whether an address comes twice is the caller's to see."""
    addresses = [each.row["email"] for each in known.values() if each.row["email"]]
    stopped = stops.reasons(reading, client_id, addresses, topic=MailTopic.BROADCASTS) if addresses else {}
    return {key: _why_not(each, stopped) for key, each in known.items()}


def _why_not(lead: Known, stopped: Mapping[str, StopReason]) -> Exclusion | None:
    if lead.row["erased_at"] is not None or lead.row["merged_into_id"] is not None:
        return Exclusion.GONE
    if not lead.row["email"]:
        return Exclusion.NO_EMAIL
    if lead.do_not_contact is not None:
        return Exclusion.DO_NOT_CONTACT
    stop = stopped.get(lead.row["email"].lower())
    return _OF_STOPS[stop] if stop is not None else None


def look(reading: Reading, client_id: str, filters: Mapping[str, str]) -> Seen:
    """Count an audience, say why some of it is left out, and show some of the others."""
    seen = Seen(matching=queries.count(reading, client_id, filters))
    addresses: set[str] = set()
    after = ""
    while ids := queries.next_leads(reading, client_id, filters, after=after, limit=AT_ONCE, until=reading.now):
        known = known_leads(reading, ids)
        _count(seen, known, judged(reading, client_id, known), addresses)
        after = ids[-1]
        if seen.recipients + sum(seen.excluded.values()) >= MOST_LOOKED_AT:
            seen.is_whole = False
            break
    return seen


def _count(seen: Seen, known: Mapping[str, Known], found: Mapping[str, Exclusion | None], addresses: set[str]) -> None:
    for key in sorted(known):
        why = found[key] or (Exclusion.DUPLICATE if known[key].row["email"].lower() in addresses else None)
        if why is not None:
            seen.excluded[why.value] += 1
            continue
        row = known[key].row
        addresses.add(row["email"].lower())
        seen.recipients += 1
        if len(seen.sample) < SAMPLE:
            seen.sample.append({"lead_id": key, "email": row["email"], "row": row})


def frozen(
    reading: Reading, client_id: str, ids: Sequence[str], *, taken: set[str]
) -> list[tuple[str, str | None, Exclusion | None]]:
    """Lead, address and why they get none, in their order; `taken` are addresses that have their mail already."""
    known = known_leads(reading, ids)
    found = judged(reading, client_id, known)
    rows: list[tuple[str, str | None, Exclusion | None]] = []
    for key in ids:
        email = (known[key].row["email"] or "").lower() or None
        why = found[key]
        if why is None and email in taken:
            why = Exclusion.DUPLICATE
        if why is None and email is not None:
            taken.add(email)
        rows.append((key, email, why))
    return rows
