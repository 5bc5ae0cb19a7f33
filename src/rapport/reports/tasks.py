"""What runs by itself: operators are told of addresses that get no more mail, and who is erased is left out."""

from __future__ import annotations

from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Tx
from rapport.leads import events as lead_events
from rapport.leads.queries.register import merged_into
from rapport.notices.layout import Block, html_of, text_of
from rapport.outbox.events import MAIL_STOPPED
from rapport.outbox.mails import Mail, write_mail
from rapport.outbox.words import Channel, MailTopic, StopReason
from rapport.outbox.write import Draft
from rapport.people import queries as people
from rapport.reports import forget
from rapport.reports.send import Terms

NAME = "reports.follow"
_WHY = {
    StopReason.BOUNCED.value: "what was sent there came back for good",
    StopReason.COMPLAINED.value: "whoever reads there marked it as unwanted",
    StopReason.SUPPRESSED.value: "the mail provider sends nothing there",
}
_NEXT = (
    "Nothing more is sent there: neither reports nor notices. Name another address, or allow this one again "
    "among the stopped addresses of the reports once it takes mail."
)
_FOOTER = "You get this because you work for this client in Rapport."


def consumer(terms: Terms) -> Consumer:
    """The reader of the log for reports."""

    def follow(tx: Tx, event: Event) -> None:
        if event.type == lead_events.ERASED and event.lead_id is not None:
            forget.of_leads(tx, event.client_id, {*merged_into(tx, event.lead_id), event.lead_id}, terms)
        elif event.type == MAIL_STOPPED and event.client_id != AGENCY:
            _tell(tx, event, terms)

    return Consumer(NAME, frozenset({MAIL_STOPPED, lead_events.ERASED}), follow)


def _tell(tx: Tx, event: Event, terms: Terms) -> None:
    """Tell whoever works for a client that one of its addresses bounces or complained."""
    why = _WHY.get(event.data["reason"])
    if why is None or event.data["topic"] == MailTopic.BROADCASTS.value:
        return  # of an audience of thousands some always bounce: the broadcast itself counts them
    title = f"No more mail goes to {event.data['email']}"
    client = people.client(tx, event.client_id)["name"]
    blocks = [Block(None, None, _NEXT, None)]
    parts = {"title": title, "lead": f"{client}: {why}.", "blocks": blocks, "footer": _FOOTER}
    mail = Mail(title, html_of(**parts), text_of(**parts))
    for operator in people.operators(tx, event.client_id):
        draft = Draft(
            client_id=event.client_id,
            channel=Channel.EMAIL,
            recipient=operator,
            event_type=event.type,
            title=title,
            dedupe_key=f"stopped:{event.id}:{operator}"[:200],
            body=b"",
            event_id=event.id,
        )
        write_mail(tx, draft, mail, sender=terms.sender)
