"""Who may do what with a conversation: agents work on their own and on nobody's; whose it is, they take over first."""

from __future__ import annotations

from rapport.conversations import standing
from rapport.inbox.queries import queues
from rapport.kernel.errors import CONVERSATION_TAKEN, RapportError
from rapport.kernel.principal import Principal
from rapport.kernel.tx import Tx
from rapport.rules.permissions import Role


def may_work_on(tx: Tx, principal: Principal, conversation_id: str) -> None:
    """Refuse an agent whom a colleague is ahead of. Admins and programs with a key stand in for everybody."""
    conversation = standing.hold(tx, conversation_id)
    assignee = conversation.assignee_id
    if principal.role != Role.AGENT.value or assignee is None or assignee == principal.actor.id:
        return
    name = queues.member_name(tx, conversation.client_id, assignee) or "somebody"
    raise RapportError(CONVERSATION_TAKEN, f"The conversation is {name}'s; take it over first.")
