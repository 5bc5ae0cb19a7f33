"""Whatever happens, and whoever looks: one warning and one breach of each wait, and counts as a recount has them."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import update

from rapport.conversations.models import ConversationCount
from tests.rooms.inbox.histories import History
from tests.rooms.inbox.world import differences, told, total, wrote

STEPS = int(os.environ.get("HISTORY_STEPS", "120"))


@pytest.fixture
def history(stage, seed):
    made = History(stage, seed)
    yield made
    made.close()


def test_each_wait_has_one_warning_and_one_breach_and_counts_equal_a_recount(history, stage):
    history.live(STEPS)

    warned, breached = history.told("sla.warning"), history.told("sla.breach")
    assert set(warned.values()) | set(breached.values()) <= {1}
    assert set(breached) <= set(warned), "nobody is told of a breach without a warning"
    for wait, thread in history.waits():
        key = f"{wait.conversation_id}:{wait.number}"
        assert (warned[key], breached[key]) == (int(wait.warned_at is not None), int(wait.breached_at is not None))
        if thread.waiting_since is not None and thread.wait_number == wait.number:
            assert (warned[key], breached[key]) == (1, 1), "it has waited for three days"
    assert differences(stage) == []
    counts = total(stage)
    assert counts["open"] + counts["snoozed"] + counts["closed"] == len(history.ids)


def test_a_count_that_is_wrong_is_found_told_and_mended(stage):
    wrote(stage)
    with stage.tx() as tx:
        tx.session.execute(update(ConversationCount).values(open=7))
    check = stage.service.job_types.get("conversations.check_counts").handler
    with stage.tx() as tx:
        assert check(tx, None)["differences"] == 1
    (event,) = told(stage, "conversation.counts_differed")
    assert event.data["which"] == [{"queue_id": None, "assignee_id": None, "number": "open", "kept": 7, "counted": 1}]
    with stage.tx() as tx:
        assert check(tx, None)["differences"] == 0
    assert total(stage)["open"] == 1
