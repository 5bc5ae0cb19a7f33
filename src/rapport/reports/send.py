"""Making a report and mailing it, in one transaction: the weekly one when it is due, or one that is sent by hand.

The row is written first, and the index over client and ISO week decides: whoever comes second writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.flags.names import Feature
from rapport.flags.queries import is_on
from rapport.kernel.crypto import Keys
from rapport.kernel.errors import REPORT_NOT_SENDABLE, RapportError
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Reading, Tx
from rapport.outbox.mails import write_mail
from rapport.outbox.words import Channel
from rapport.outbox.write import Draft
from rapport.people import queries as people
from rapport.reports import events, plan
from rapport.reports.facts import compose
from rapport.reports.models import Report, ReportMail
from rapport.reports.opting import address
from rapport.reports.queries import named_week
from rapport.reports.wording import mail_of
from rapport.reports.words import EVENT_TYPE, ReportKind, ReportStatus
from rapport.rules.weekly import Week, days_told_of, is_missed, week_of
from rapport.rules.zones import DAY, local_day

MISSED = "missed"
NOBODY = "no_recipients"
NO_ADDRESS = "no_public_url"
"""Nobody could say that they want no more: nothing says where that is."""
_R = Report.__table__


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings say of reports."""

    sender: str
    base: str
    """Where the service is reached from outside; empty where nobody said."""
    keys: Keys
    off: frozenset[str]
    """The features that the environment turns off."""


def composed(reading: Reading, client_id: str) -> dict[str, Any] | None:
    """What the report says that is due now, made ready before the transaction; None where none is to be sent."""
    client = people.client(reading, client_id)
    terms, planned = plan.terms_of(client), plan.kept(reading, client_id)
    if terms is None or planned is None or not plan.is_due(planned, terms, reading.now):
        return None
    if is_missed(planned.at, reading.now):
        return None
    return compose(reading, client_id, plan.day_of(planned, terms))


def due(tx: Tx, client_id: str, facts: Mapping[str, Any] | None, terms: Terms) -> str | None:
    """Send the report that is due, if it still is: the id of what was written; None where there was nothing to do."""
    held = plan.reckon(tx, client_id)
    client = people.client(tx, client_id)
    clock = plan.terms_of(client)
    planned = plan.of(held)
    if clock is None or planned is None or not plan.is_due(planned, clock, tx.now):
        return None
    day = plan.day_of(planned, clock)
    reason = _reason_against(tx, client, terms)
    if is_missed(planned.at, tx.now):
        reason, facts = MISSED, None
    elif reason is None and (facts is None or facts["week"] != named_week(planned.week)):
        return None  # something changed since it was composed: the next look composes it anew
    written = _write(
        tx,
        client_id,
        ReportKind.WEEKLY,
        week=planned.week,
        day=day,
        facts=facts if reason is None else None,
        reason=reason,
        due_at=planned.at,
    )
    plan.go_on(tx, held, clock)
    if written is not None and reason is None and facts is not None:
        _mail(tx, client_id, written, facts, _emails(client), terms)
    return written


def composed_now(reading: Reading, client_id: str) -> dict[str, Any]:
    """What a report says that is sent now, made ready before the transaction."""
    return compose(reading, client_id, local_day(reading.now, people.client(reading, client_id)["timezone"]))


def by_hand(tx: Tx, client_id: str, emails: Sequence[str] | None, facts: Mapping[str, Any], terms: Terms) -> str:
    """Send a report of the last seven days now, to the client's addresses or to others; answers its id."""
    client = people.client(tx, client_id)
    to = _emails(client) if emails is None else _each_once(emails)
    reason = _reason_against(tx, client, terms, to=to)
    if reason is not None:
        raise RapportError(REPORT_NOT_SENDABLE, _WHY.get(reason), details={"reason": reason})
    day = date.fromisoformat(facts["to"]) + DAY
    written = _write(tx, client_id, ReportKind.BY_HAND, week=week_of(day), day=day, facts=facts, reason=None)
    if written is None:
        raise AssertionError("no index forbids a report by hand")
    _mail(tx, client_id, written, facts, to, terms)
    return written


_WHY = {
    NOBODY: "Nobody is named whom the report could go to.",
    NO_ADDRESS: "PUBLIC_URL is not set, so whoever gets the report could not say that they want no more.",
}


def _reason_against(tx: Tx, client: Mapping[str, Any], terms: Terms, *, to: Sequence[str] | None = None) -> str | None:
    if not is_on(tx, Feature.REPORTS, client["id"], off=terms.off):
        return f"flag {Feature.REPORTS.value}"
    if not (_emails(client) if to is None else to):
        return NOBODY
    return None if terms.base else NO_ADDRESS


def _emails(client: Mapping[str, Any]) -> tuple[str, ...]:
    return _each_once(client["report_preferences"]["emails"])


def _each_once(emails: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.lower() for each in emails))


def _write(
    tx: Tx,
    client_id: str,
    kind: ReportKind,
    *,
    week: Week,
    day: date,
    facts: Mapping[str, Any] | None,
    reason: str | None,
    due_at: Any = None,
) -> str | None:
    first, last = days_told_of(day)
    row = {
        "id": tx.new_id(),
        "client_id": client_id,
        "kind": kind.value,
        "iso_year": week[0],
        "iso_week": week[1],
        "first_on": first,
        "last_on": last,
        "status": (ReportStatus.SENT if reason is None else ReportStatus.SKIPPED).value,
        "reason": reason,
        "facts": facts,
        "due_at": due_at,
        "made_at": tx.now,
        "made_by": tx.actor.id if kind is ReportKind.BY_HAND else None,
    }
    make = postgresql_insert if tx.dialect == "postgresql" else sqlite_insert
    # promise: once in each ISO week. The partial unique index refuses the second, whoever brings it
    statement = make(_R).on_conflict_do_nothing().returning(_R.c.id)
    written = tx.session.execute(statement, [row], execution_options={SCOPED: True}).scalar()
    if written is None:
        return None
    tx.touch(client_id)
    if reason is not None:
        data = {"week": named_week(week), "reason": reason, "report_id": written}
        tx.emit(events.SKIPPED, client_id=client_id, data=data)
    return str(written)


def _mail(
    tx: Tx, client_id: str, report_id: str, facts: Mapping[str, Any], emails: Sequence[str], terms: Terms
) -> None:
    for email in emails:
        mail = mail_of(facts, opt_out=address(terms.base, terms.keys, client_id, email))
        draft = Draft(
            client_id=client_id,
            channel=Channel.EMAIL,
            recipient=email,
            event_type=EVENT_TYPE,
            title=mail.subject,
            dedupe_key=f"report:{report_id}:{email}"[:200],
            body=b"",
        )
        delivery_id = write_mail(tx, draft, mail, sender=terms.sender)
        if delivery_id is not None:
            tx.session.add(ReportMail(delivery_id=delivery_id, report_id=report_id, client_id=client_id))
    data = {"week": facts["week"], "count": len(emails), "report_id": report_id}
    tx.emit(events.SENT, client_id=client_id, data=data)
