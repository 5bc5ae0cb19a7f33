"""Reading conversations."""

from __future__ import annotations

from sqlalchemy import select

from rapport.conversations.models import Channel, Conversation
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading

_C = Conversation.__table__


def chat_with(reading: Reading, *, account_id: str, lead_id: str) -> str | None:
    """The provider's id of the newest chat an account has with a person; None when none is known."""
    statement = (
        select(_C.c.external_id)
        .where(
            _C.c.account_id == account_id,
            _C.c.lead_id == lead_id,
            _C.c.channel == Channel.LINKEDIN.value,
            _C.c.external_id.is_not(None),
            _C.c.is_group.is_(False),
            within(reading.scope, _C.c.client_id),
        )
        .order_by(_C.c.last_message_at.desc(), _C.c.id.desc())
        .limit(1)
    )
    found: str | None = reading.rows(statement).scalar()
    return found


def thread_with(reading: Reading, client_id: str, chat_id: str) -> str | None:
    """The lead with whom the channel's thread of this id is; None for a group, for nobody known, and for the erased."""
    statement = select(_C.c.lead_id).where(
        _C.c.client_id == client_id,
        _C.c.channel == Channel.LINKEDIN.value,
        _C.c.external_id == chat_id,
        _C.c.is_group.is_(False),
        _C.c.erased_at.is_(None),
        within(reading.scope, _C.c.client_id),
    )
    found: str | None = reading.rows(statement).scalar()
    return found
