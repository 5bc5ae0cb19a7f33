"""Actions in the states in which somebody may do something about them, made by the verbs of the protocol."""

from __future__ import annotations

from typing import Any

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus
from rapport.people.models import Client
from rapport.rules.sequences import StepKind
from rapport.sending import outside_turns, settle
from rapport.sending.states import Origin, State
from tests.stage import Stage


def ready_action(
    stage: Stage, *, of: Client | None = None, name: str = "Mira", kind: StepKind = StepKind.INMAIL, **more: Any
) -> str:
    """An InMail, or something else, that somebody wants sent and that waits for its turn."""
    account = stage.account(f"{name} {stage.number()}", of=of)
    lead_id = stage.lead(f"{name} met {stage.number()}", of=of)
    with stage.tx() as tx:
        health.set_status(tx, senders.get(tx, account.id), AccountStatus.OK, detail=None)
        return outside_turns.want(
            tx,
            client_id=(of or stage.acme).id,
            account_id=account.id,
            lead_id=lead_id,
            kind=kind,
            origin=Origin.PERSON,
            due_at=tx.now,
            **more,
        )


def uncertain_action(stage: Stage, *, mark: str = "timed_out", **more: Any) -> str:
    """One whose call ended without a clear answer."""
    action_id = ready_action(stage, recipient=mark, chat_id=mark, invitation_id=mark, **more)
    with stage.tx() as tx:
        row = settle.hold(tx, action_id, State.READY)
        assert row is not None
        settle.uncertain(tx, row, code=mark, detail=mark)
    return action_id
