"""A message with a file that the provider holds: `a_file_of_theirs(stage)`, on a stage with the sandbox behind it."""

from __future__ import annotations

from sqlalchemy import select

from rapport.accounts.queries import listening
from rapport.conversations.models import Message
from rapport.ports.outcomes import Accepted
from rapport.ports.unipile_records import Upload
from rapport.replies.looking import take_in_read
from tests.stage import Stage

CONTENT = b"%PDF an offer"


def a_file_of_theirs(stage: Stage, name: str = "offer.pdf") -> tuple[str, str]:
    """The ids of a message and of the file in it, which was written in the provider's own app and read by us."""
    unipile = stage.service.unipile
    seen = unipile.accounts(limit=1).items[0]
    account_id = stage.account(unipile_account_id=seen.id).id
    friend = unipile.relations(seen.id, limit=1).items[0]
    sent = unipile.start_chat(
        [friend.member_id],
        account_id=seen.id,
        text="Our offer",
        attachments=[Upload(name, CONTENT, "application/pdf")],
    )
    assert isinstance(sent, Accepted)
    (message,) = unipile.chat_messages(sent.ids.chat_id or "", limit=1).items
    with stage.tx() as tx:
        (account,) = listening(tx, id=account_id)
        take_in_read(tx, account, message)
    with stage.reading() as reading:
        row = reading.session.execute(select(Message).where(Message.external_id == message.id)).scalar_one()
        return row.id, str(row.attachments[0]["id"])
