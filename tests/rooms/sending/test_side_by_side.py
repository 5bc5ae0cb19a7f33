"""Sends of one client need not wait for each other, and all of them wait for a message that is being written."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from rapport.conversations import record
from rapport.rules.sequences import StepKind
from rapport.sending import settle
from rapport.sending.states import State
from tests.actions import ready_action

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # on SQLite one writes at a time


@contextmanager
def impatient(stage):
    """A transaction that waits for nobody."""
    with stage.tx() as tx:
        tx.session.execute(text("SET LOCAL lock_timeout = '50ms'").execution_options(rapport_scoped=True))
        yield tx


def must_wait(stage, act):
    with pytest.raises(OperationalError, match="lock timeout"), impatient(stage) as tx:
        act(tx)


def test_what_says_nothing_is_settled_side_by_side_and_no_reply_comes_in_between(stage):
    one, other = ready_action(stage, kind=StepKind.VISIT), ready_action(stage, kind=StepKind.INVITE)
    with stage.tx() as tx:
        assert settle.hold(tx, one, State.READY) is not None
        with impatient(stage) as beside:
            assert settle.hold(beside, other, State.READY) is not None
        must_wait(stage, lambda late: settle.hold(late, one, State.READY))
        must_wait(stage, lambda reply: record.turn(reply, stage.acme.id))
    with stage.tx() as tx:
        record.turn(tx, stage.acme.id)
        must_wait(stage, lambda send: settle.hold(send, one, State.READY))


def test_whoever_writes_a_message_has_the_turn_alone(stage):
    speaks, also_speaks = ready_action(stage), ready_action(stage)
    with stage.tx() as tx:
        assert settle.hold(tx, speaks, State.READY) is not None
        must_wait(stage, lambda beside: settle.hold(beside, also_speaks, State.READY))
