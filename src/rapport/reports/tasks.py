"""What runs by itself: whoever works for a client is told when one of its addresses gets no more mail."""

from __future__ import annotations

from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Tx
from rapport.notices.layout import Block, html_of, text_of
from rapport.outbox.events import MAIL_STOPPED
from rapport.outbox.mails import Mail, write_mail
from rapport.outbox.words import Channel, MailTopic, StopReason
from rapport.outbox.write import Draft
from rapport.people import queries as people

NAME = "reports.tell"
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


def consumer(sender: str) -> Consumer:
    """The reader of the log that tells operators of stopped addresses."""

    def tell(tx: Tx, event: Event) -> None:
        why = _WHY.get(event.data["reason"])
        if why is None or event.client_id == AGENCY or event.data["topic"] == MailTopic.BROADCASTS.value:
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
            write_mail(tx, draft, mail, sender=sender)

    return Consumer(NAME, frozenset({MAIL_STOPPED}), tell)
