"""What the simulation says is what the sending does, send by send: the long form is `python -m tests.faults.twin`."""

from __future__ import annotations

from rapport.accounts import senders
from tests.faults.twin import Twin, compare


def test_plan_and_ledger_agree_send_by_send_to_the_second(make_stage, record_property):
    found = compare(make_stage, leads=60, days=5)

    assert found.differences == []
    assert len(found.done) > 60
    record_property("says", f"{len(found.done)} sends as planned, {found.seconds}")


def test_a_limit_changed_after_the_plan_is_found_out(make_stage):
    def lower(twin: Twin) -> None:
        with twin.it.stage.tx() as tx:
            for account in twin.accounts:
                senders.get(tx, account.id).invites_per_day = 5

    assert compare(make_stage, leads=18, days=1, between=lower).differences
