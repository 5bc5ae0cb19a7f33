"""Several workers on one account: together they never pass a limit, and each waits for no longer than it must."""

from __future__ import annotations

import threading

from sqlalchemy import func, select

from rapport.accounts import facts, usage
from rapport.accounts.models import AccountUsage
from rapport.kernel.db import is_postgresql
from rapport.rules.limits import Budget
from tests.rooms.accounts.world import ready
from tests.together import together

LIMIT, WORKERS, TRIES = 40, 4, 100


def counted(stage, account) -> int:
    with stage.reading() as reading:
        statement = select(func.count()).where(AccountUsage.account_id == account.id)
        return int(reading.session.execute(statement).scalar_one())


def test_four_workers_with_four_hundred_tries_do_exactly_forty(stage):
    account = ready(stage, limits={"messages_per_day": LIMIT})

    def work() -> int:
        done = 0
        for _ in range(TRIES):
            with stage.tx() as tx:
                done += isinstance(usage.reserve(tx, account.id, Budget.MESSAGES), usage.Reserved)
        return done

    shares = together(*[work] * WORKERS)

    assert (sum(shares), counted(stage, account)) == (LIMIT, LIMIT)


def test_without_the_lock_two_workers_would_pass_the_limit(stage):
    """The control: the same reads and writes, where nothing but the row's lock is left out."""
    account = ready(stage, limits={"messages_per_day": 1})
    if not is_postgresql(stage.service.engine):
        return  # whoever writes holds the whole database: there is no lock to leave out
    both_have_read = threading.Barrier(2)

    def careless() -> int:
        with stage.tx() as tx:
            sender = facts.senders(tx, [account.id], pending={})[account.id]
            has_room = sender.usage.used(Budget.MESSAGES, on=sender.usage.on) < sender.limits["messages_per_day"]
            both_have_read.wait(30)
            if has_room:
                day = usage.day_of(sender, tx.now)
                usage.count(
                    tx, [usage.Counted(account.id, account.client_id, Budget.MESSAGES, tx.now, day, action_id=None)]
                )
        return int(has_room)

    assert sum(together(careless, careless)) == counted(stage, account) == 2


def test_an_account_that_somebody_holds_is_passed_over_and_taken_when_it_is_free(stage):
    mira, omar = ready(stage), ready(stage, "Omar")
    with stage.tx() as tx:
        assert list(usage.lock(tx, [omar.id, mira.id])) == sorted([mira.id, omar.id])
    if not is_postgresql(stage.service.engine):
        return  # nobody else writes meanwhile
    with stage.tx() as first:
        usage.lock(first, [mira.id])
        with stage.tx() as second:
            assert list(usage.lock_free(second, [mira.id, omar.id])) == [omar.id]
    with stage.tx() as tx:
        assert list(usage.lock_free(tx, [mira.id, omar.id])) == sorted([mira.id, omar.id])
