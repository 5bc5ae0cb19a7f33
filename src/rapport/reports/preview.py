"""A report as it would be if it went today, in every form. Nothing is written and nothing is sent."""

from __future__ import annotations

from typing import Any

from rapport.kernel.tx import Reading
from rapport.reports.opting import PATH
from rapport.reports.send import Terms, composed_now
from rapport.reports.wording import mail_of


def preview(reading: Reading, client_id: str, terms: Terms) -> dict[str, Any]:
    """Subject, HTML, text, and what they are made of. The link by which a reader opts out leads nowhere."""
    facts = composed_now(reading, client_id)
    mail = mail_of(facts, opt_out=f"{terms.base or 'https://rapport.invalid'}{PATH}/preview")
    return {"subject": mail.subject, "html": mail.html, "text": mail.text, "report": facts}
