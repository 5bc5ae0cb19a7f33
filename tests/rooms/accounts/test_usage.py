"""What is counted is counted once, within every limit, and can be made again from the log."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, event, insert, select, update

from rapport.accounts import facts, rebuild, usage
from rapport.accounts.models import AccountUsage
from rapport.kernel.db import is_postgresql
from rapport.kernel.tenancy import ALL_CLIENTS, SCOPED
from rapport.ports.outcomes import CoolDown, Rest, StopService
from rapport.rules.limits import Budget
from rapport.rules.reasons import Reason
from tests.rooms.accounts.world import at, known, ready, suffers, titles

USAGE = AccountUsage.__table__


def reserve(stage, account, budget=Budget.MESSAGES, **more):
    with stage.tx() as tx:
        return usage.reserve(tx, account.id, budget, **more)


def reserves(stage, account, times, budget=Budget.MESSAGES, **more) -> int:
    """How many of so many tries were let through."""
    with stage.tx() as tx:
        tries = [usage.reserve(tx, account.id, budget, **more) for _ in range(times)]
    return sum(isinstance(each, usage.Reserved) for each in tries)


def rows(stage, account):
    with stage.reading() as reading:
        return reading.rows(select(USAGE).where(USAGE.c.account_id == account.id).order_by(USAGE.c.at)).all()


def test_a_limit_lets_through_as_many_as_it_says_and_says_until_when_there_is_no_more(stage):
    account = ready(stage, limits={"messages_per_day": 3})

    assert reserves(stage, account, 5) == 3

    none = reserve(stage, account)
    assert (none.reason, none.until) == (Reason.DAILY_LIMIT, at("2026-03-02 23:00"))  # midnight in Berlin
    assert none.sentence == "Mira has done 3 of 3 messages for today."
    stage.clock.advance(none.until - stage.clock.now())
    assert reserves(stage, account, 5) == 3


def test_a_limit_that_is_lowered_holds_from_the_next_claim_on(stage):
    account = ready(stage, limits={"messages_per_day": 10})
    assert reserves(stage, account, 4) == 4

    stage.alice.patch(f"/linkedin-accounts/{account.id}", {"limits": {"messages_per_day": 4}})

    assert reserve(stage, account).reason is Reason.DAILY_LIMIT
    stage.alice.patch(f"/linkedin-accounts/{account.id}", {"limits": {"messages_per_day": 0}})
    assert (reserve(stage, account).reason, reserve(stage, account).until) == (Reason.DAILY_LIMIT_ZERO, None)


def test_any_seven_days_hold_no_more_invitations_than_the_weekly_limit(stage):
    account = ready(stage, limits={"invites_per_day": 10, "invites_per_week": 25})
    sent = []
    for _ in range(14 * 4):
        sent += [stage.clock.now()] * reserves(stage, account, 3, Budget.INVITES, pending=0)
        stage.wait(hours=6)

    assert max(sum(begin <= each < begin + timedelta(days=7) for each in sent) for begin in sent) == 25
    assert len(sent) == 50, "and the second week has room again"


def test_pending_invitations_at_their_cap_wait_for_something_to_happen(stage):
    account = ready(stage, limits={"pending_invites": 2})

    none = reserve(stage, account, Budget.INVITES, pending=2)

    assert (none.reason, none.until) == (Reason.PENDING_INVITES, None)
    assert isinstance(reserve(stage, account, Budget.INVITES, pending=1), usage.Reserved)
    with pytest.raises(ValueError, match="how many are pending"):
        reserve(stage, account, Budget.INVITES)


def test_a_clock_that_jumped_back_does_not_reopen_a_day(stage):
    account = ready(stage, limits={"messages_per_day": 2})
    stage.wait(hours=20)
    assert reserves(stage, account, 3) == 2

    stage.clock.advance(timedelta(hours=-12))

    none = reserve(stage, account)
    assert (none.reason, none.until) == (Reason.DAILY_LIMIT, at("2026-03-03 23:00"))


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (CoolDown(None, None, Rest.A_WHILE), Reason.COOLING_DOWN),
        (StopService("missing_credentials"), Reason.SERVICE_HELD),
    ],
)
def test_what_leaves_outside_of_campaigns_asks_for_the_accounts_health_too(stage, trouble, reason):
    account = ready(stage)
    suffers(stage, account, trouble)

    assert reserve(stage, account, Budget.SEARCHES).reason is reason
    assert rows(stage, account) == []


def test_a_paused_account_and_one_that_is_not_well_reserve_nothing(stage):
    paused, connecting = ready(stage), stage.account("Omar", unipile_account_id="omar")
    stage.alice.post(f"/linkedin-accounts/{paused.id}/pause", {"reason": "A holiday."})

    assert reserve(stage, paused).reason is Reason.SENDER_PAUSED
    assert reserve(stage, connecting).reason is Reason.SENDER_NOT_OK


def test_an_action_is_given_back_by_its_id_and_only_what_was_counted_is(stage):
    account = ready(stage, limits={"messages_per_day": 1})
    action = "019cae6b-0000-7000-8000-000000000001"
    assert reserve(stage, account, action_id=action).told["budget"] == "messages"
    assert reserve(stage, account).reason is Reason.DAILY_LIMIT

    with stage.tx() as tx:
        assert usage.free(tx, [action, "019cae6b-0000-7000-8000-000000000002"]) == 1
        assert usage.free(tx, [action]) == 0

    assert reserves(stage, account, 2) == 1


def test_what_is_reserved_without_an_action_is_told_and_given_back_once(stage):
    account = ready(stage)
    reserved = reserve(stage, account, Budget.SEARCHES)

    for _ in range(2):
        with stage.tx() as tx:
            usage.give_back(tx, reserved.usage_id)

    assert rows(stage, account) == []
    assert titles(stage.alice, "account.counted") == ["LinkedIn account Mira used one of its searches"]
    assert titles(stage.alice, "account.freed") == [
        "LinkedIn account Mira got back one of its searches: it did not happen"
    ]


def test_a_new_account_starts_low_and_one_that_was_idle_for_a_month_starts_low_again(stage):
    account = ready(stage, warmup=True, limits={"messages_per_day": 100})
    assert reserves(stage, account, 25) == 20
    stage.wait(days=10)
    assert reserves(stage, account, 70) == 60
    stage.wait(days=15)
    assert reserves(stage, account, 110) == 100
    before = known(stage, account).warmup_started_on

    stage.wait(days=30)

    assert reserves(stage, account, 25) == 20
    assert (before, known(stage, account).warmup_started_on) == (date(2026, 3, 2), date(2026, 4, 26))
    stage.wait(days=1)
    assert reserves(stage, account, 25) == 24


def test_facts_of_fifty_senders_with_a_long_history_take_five_statements_and_scan_no_history(stage):
    accounts = [ready(stage, f"Sender {number}") for number in range(50)]
    with stage.tx() as tx:
        for days in range(40):
            when = stage.clock.now() - timedelta(days=days)
            usage.count(
                tx,
                [usage.Counted(each.id, each.client_id, Budget.MESSAGES, when, when.date(), None) for each in accounts],
            )
    asked: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    with stage.reading() as reading:
        event.listen(stage.service.engine, "before_cursor_execute", note)
        found = facts.senders(reading, [each.id for each in accounts], pending={})
        event.remove(stage.service.engine, "before_cursor_execute", note)

    assert len(asked) == 5
    assert all(each.usage.today == {Budget.MESSAGES: 1} for each in found.values())
    if is_postgresql(stage.service.engine):
        return  # with so few rows it reads the table whole, as it should
    with stage.service.engine.connect() as connection:
        plans = [
            str(row.detail)
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            if "account_usage" in row.detail
        ]
    assert len(plans) == 2
    assert all("COVERING INDEX" in plan and ("on_day>?" in plan or "at>?" in plan) for plan in plans), plans


def differs(stage, account):
    with stage.reading() as reading:
        found = rebuild.differences(reading, account.id, since=stage.clock.now() - timedelta(days=9))
    return [(each.what.value, (each.told or each.kept).budget.value) for each in found]


def test_kept_counts_are_what_the_log_says(stage):
    account = ready(stage)
    for budget in Budget:
        reserved = reserve(stage, account, budget, pending=0)
        stage.wait(hours=1)
    with stage.tx() as tx:
        usage.give_back(tx, reserved.usage_id)

    assert differs(stage, account) == []
    assert len(rows(stage, account)) == 5


def spoil(stage, statement) -> None:
    """A count goes wrong behind everybody's back."""
    with stage.tx() as tx:
        tx.session.execute(statement, execution_options={SCOPED: ALL_CLIENTS})


def test_a_lost_a_made_up_and_a_changed_count_are_found_told_and_corrected_only_when_asked(stage):
    account = ready(stage)
    for budget in (Budget.MESSAGES, Budget.VISITS, Budget.SEARCHES):
        reserve(stage, account, budget)
    lost, changed, right = rows(stage, account)
    spoil(stage, delete(USAGE).where(USAGE.c.id == lost.id))
    spoil(stage, update(USAGE).where(USAGE.c.id == changed.id).values(on_day=date(2026, 3, 1)))
    made_up = {**right._mapping, "id": "019cae6b-0000-7000-8000-00000000000f", "budget": "inmails"}
    spoil(stage, insert(USAGE).values(made_up))
    path = f"/linkedin-accounts/{account.id}/usage/rebuild"

    asked = stage.alice.post(path, {}).json

    assert (asked["count"], asked["corrected"]) == (3, False)
    assert sorted(each["what"] for each in asked["differences"]) == ["changed", "missing", "surplus"]
    assert len(differs(stage, account)) == 3
    assert titles(stage.alice, "account.usage_differs") == [
        "3 counts of LinkedIn account Mira differ from what the log says"
    ]
    assert stage.alice.post(path, {"dry_run": False}).json["corrected"] is True
    assert differs(stage, account) == []
    assert sorted(each.id for each in rows(stage, account)) == sorted([lost.id, changed.id, right.id])
    assert stage.alice.post(path, {"dry_run": False}).json == asked | {
        "count": 0,
        "differences": [],
        "corrected": False,
    }


def test_every_night_all_accounts_are_compared_and_differences_told(stage):
    mira, omar = ready(stage), ready(stage, "Omar", of=stage.globex)
    for account in (mira, omar):
        reserve(stage, account)
    spoil(stage, delete(USAGE).where(USAGE.c.account_id == omar.id))

    job = stage.root.post("/jobs", {"type": "accounts.rebuild_usage"}).json
    stage.run_due_jobs()

    assert stage.job(job["id"]).result == {"accounts": 2, "differing": 1}
    assert titles(stage.carol, "account.usage_differs") == [
        "1 counts of LinkedIn account Omar differ from what the log says"
    ]
    assert titles(stage.alice, "account.usage_differs") == []
    assert len(differs(stage, omar)) == 1, "nothing was corrected"


@pytest.mark.parametrize("seed", range(4))
def test_over_any_interleaving_no_limit_is_passed_and_the_log_knows_every_count(stage, seed):
    """Two accounts, random acts: sends, frees, days that pass, a clock set back, limits raised and lowered."""
    chance = random.Random(seed)
    account = ready(stage, limits={"invites_per_day": 4, "invites_per_week": 9, "messages_per_day": 3})
    limits = {Budget.INVITES: 4, Budget.MESSAGES: 3}
    stage.wait(days=2)
    begun = stage.clock.now()
    open_counts: list[str] = []
    most: dict[tuple[Budget, date], int] = {}
    for _ in range(80):
        match chance.randrange(8):
            case 0:
                stage.wait(hours=chance.randrange(1, 20))
            case 1 if stage.clock.now() > begun:
                stage.clock.advance(-timedelta(hours=chance.randrange(1, 20)))
            case 2 if open_counts:
                with stage.tx() as tx:
                    usage.give_back(tx, open_counts.pop(chance.randrange(len(open_counts))))
            case 3:
                limits[Budget.MESSAGES] = chance.randrange(5)
                body = {"limits": {"messages_per_day": limits[Budget.MESSAGES]}}
                assert stage.alice.patch(f"/linkedin-accounts/{account.id}", body).status_code == 200
            case _:
                budget = chance.choice(list(limits))
                reserved = reserve(stage, account, budget, pending=0)
                if isinstance(reserved, usage.Reserved):
                    open_counts.append(reserved.usage_id)
                    day = date.fromisoformat(reserved.told["on_day"])
                    most[budget, day] = max(limits[budget], most.get((budget, day), 0))
    kept = rows(stage, account)
    for (budget, day), limit in most.items():
        assert sum(row.budget == budget.value and row.on_day == day for row in kept) <= limit
    invites = [row.at for row in kept if row.budget == "invites"]
    assert all(sum(begin <= each < begin + timedelta(days=7) for each in invites) <= 9 for begin in invites)
    with stage.reading() as reading:
        assert rebuild.differences(reading, account.id, since=stage.clock.now() - timedelta(days=400)) == []
    assert len(kept) == len(open_counts) > 0
