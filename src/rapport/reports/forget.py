"""Taking a person who is erased out of the reports: what they wrote, from what is kept and from what left."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from rapport.kernel.tx import Tx
from rapport.outbox.mails import rewrite
from rapport.reports import queries
from rapport.reports.models import Report
from rapport.reports.opting import address
from rapport.reports.send import Terms
from rapport.reports.wording import mail_of


def of_leads(tx: Tx, client_id: str, lead_ids: Collection[str], terms: Terms) -> None:
    """Leave out the words of these leads wherever a report quotes them; figures name nobody, and stay."""
    theirs = select(Report).where(Report.client_id == client_id, Report.facts.is_not(None)).order_by(Report.id)
    for report in tx.session.execute(theirs).scalars():
        said = (report.facts or {})["replies"]
        left = [each for each in said if each["lead_id"] not in lead_ids]
        if len(left) == len(said):
            continue
        report.facts = {**(report.facts or {}), "replies": left}
        for delivery_id, email in queries.mails_of(tx, report.id):
            opt_out = address(terms.base, terms.keys, client_id, email)
            rewrite(tx, delivery_id, mail_of(report.facts, opt_out=opt_out), sender=terms.sender)
