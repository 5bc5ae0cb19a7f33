"""A report as it would be if it went today, in every form. Nothing is written and nothing is sent."""

from __future__ import annotations

from typing import Any

from rapport.kernel.tx import Reading
from rapport.people import queries as people
from rapport.reports.facts import compose
from rapport.reports.opting import PATH
from rapport.reports.send import Terms
from rapport.reports.wording import mail_of
from rapport.rules.zones import local_day


def preview(reading: Reading, client_id: str, terms: Terms) -> dict[str, Any]:
    """Subject, HTML, text, and what they are made of. The link by which a reader opts out leads nowhere."""
    client = people.client(reading, client_id)
    facts = compose(reading, client_id, local_day(reading.now, client["timezone"]))
    mail = mail_of(facts, opt_out=f"{terms.base or 'https://rapport.invalid'}{PATH}/preview")
    return {"subject": mail.subject, "html": mail.html, "text": mail.text, "report": facts}
