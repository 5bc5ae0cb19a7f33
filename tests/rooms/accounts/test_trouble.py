"""What an answer of the provider's does to the account that asked, and how it comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.accounts import health, holding
from rapport.accounts.models import AccountStatus
from rapport.ports.outcomes import (
    Check,
    CoolDown,
    KindUnavailable,
    NeedsSignIn,
    Rest,
    Restricted,
    StopService,
    Untouched,
    WriteKind,
)
from rapport.ports.unipile_records import Account as Seen
from rapport.ports.unipile_records import AccountSource
from rapport.rules.limits import Budget
from tests.rooms.accounts.world import at, known, ready, suffers, syncs_asked, titles

MONDAY_NOON = at("2026-03-02 12:00")


@pytest.fixture
def account(stage):
    stage.clock.advance(MONDAY_NOON - stage.clock.now())
    return ready(stage)


def listed(account, word: str = "OK") -> list[Seen]:
    return [
        Seen(
            **(
                dict.fromkeys(Seen.__dataclass_fields__)
                | {"id": account.unipile_account_id, "sources": (AccountSource("main", word),)}
            )
        )
    ]


def observes(stage, account, word: str = "OK") -> None:
    with stage.tx() as tx:
        health.observe(tx, listed(account, word))


def status(stage, account) -> str:
    return stage.alice.get(f"/linkedin-accounts/{account.id}").json["status"]


@pytest.mark.parametrize(
    ("said", "rests"),
    [
        (timedelta(minutes=20), timedelta(minutes=20)),
        (timedelta(seconds=2), timedelta(minutes=1)),
        (timedelta(days=3650), timedelta(hours=24)),
        (timedelta(minutes=-5), timedelta(hours=1)),
        (None, timedelta(hours=1)),
    ],
)
def test_too_many_requests_cools_the_whole_account_down_for_what_was_said_within_a_day(stage, account, said, rests):
    until = None if said is None else MONDAY_NOON + said
    suffers(stage, account, CoolDown(None, until, Rest.A_WHILE))

    assert known(stage, account).cooling_until == {None: MONDAY_NOON + rests}


def test_a_rest_of_no_given_length_doubles_and_a_quiet_day_forgives(stage, account):
    lengths = []
    for _ in range(4):
        suffers(stage, account, CoolDown(None, None, Rest.A_LITTLE))
        until = known(stage, account).cooling_until[None]
        lengths.append((until - stage.clock.now()).total_seconds() / 60)
        stage.clock.advance(until - stage.clock.now())
    stage.wait(hours=24)
    suffers(stage, account, CoolDown(None, None, Rest.A_LITTLE))

    assert lengths == [10, 20, 40, 80]
    assert known(stage, account).cooling_until[None] - stage.clock.now() == timedelta(minutes=10)


def test_what_was_refused_while_resting_neither_doubles_nor_shortens_the_rest(stage, account):
    suffers(stage, account, CoolDown(None, None, Rest.A_WHILE))
    stage.wait(minutes=1)
    suffers(stage, account, CoolDown(None, MONDAY_NOON + timedelta(minutes=5), Rest.A_WHILE))

    assert known(stage, account).cooling_until == {None: MONDAY_NOON + timedelta(hours=1)}
    suffers(stage, account, CoolDown(None, None, Rest.A_WHILE))
    assert known(stage, account).cooling_until == {None: MONDAY_NOON + timedelta(minutes=61)}
    assert len(titles(stage.alice, "account.cooled_down")) == 2


def test_an_account_that_may_invite_no_more_rests_from_inviting_until_it_works_tomorrow(stage, account):
    suffers(stage, account, CoolDown(WriteKind.INVITE, None, Rest.NEXT_DAY))

    assert known(stage, account).cooling_until == {Budget.INVITES: at("2026-03-02 23:00")}  # midnight in Berlin
    (told,) = titles(stage.alice, "account.cooled_down")
    assert told.startswith("LinkedIn account Mira does no invitations until Tue 03 Mar 00:00 (Europe/Berlin): the prov")
    assert told.endswith(" It goes on by itself.")


def test_a_kind_that_the_subscription_lacks_is_tried_again_after_a_day(stage, account):
    suffers(stage, account, KindUnavailable(WriteKind.INMAIL), budget=Budget.INMAILS)

    assert known(stage, account).cooling_until == {Budget.INMAILS: MONDAY_NOON + timedelta(days=1)}
    assert "Change them at LinkedIn" in titles(stage.alice, "account.cooled_down")[0]


def test_who_must_sign_in_again_goes_on_by_itself_when_the_provider_says_so(stage, account):
    suffers(stage, account, NeedsSignIn())
    assert status(stage, account) == "credentials"
    (told,) = titles(stage.alice, "account.needs_a_person")
    assert told.startswith("LinkedIn account Mira sends nothing until somebody acts: its owner signs in again at Unipi")

    observes(stage, account)

    assert status(stage, account) == "ok"
    # The list may be late: the account rests a little, and longer each time it turns out not to be well.
    assert known(stage, account).cooling_until == {None: MONDAY_NOON + timedelta(minutes=10)}


def test_a_restricted_account_waits_for_a_person_whatever_the_list_says(stage, account):
    suffers(stage, account, Restricted())
    observes(stage, account)
    assert status(stage, account) == "restricted"

    stage.alice.post(f"/linkedin-accounts/{account.id}/resume")
    assert status(stage, account) == "connecting"
    assert syncs_asked(stage) == 1

    observes(stage, account)
    assert status(stage, account) == "ok"


def test_a_restricted_account_that_is_gone_is_disconnected(stage, account):
    suffers(stage, account, Restricted())

    with stage.tx() as tx:
        health.observe(tx, [])

    assert status(stage, account) == "disconnected"


def test_trouble_without_a_name_has_the_accounts_looked_at_now_and_once(stage, account):
    for _ in range(2):
        suffers(stage, account, Check())

    assert syncs_asked(stage) == 1
    assert known(stage, account).cooling_until == {None: MONDAY_NOON + timedelta(minutes=10)}


def test_a_second_refusal_of_the_same_kind_is_not_told_again(stage, account):
    for _ in range(3):
        suffers(stage, account, Restricted())

    assert len(titles(stage.alice, "account.needs_a_person")) == 1


def test_a_wrong_key_holds_every_account_until_an_admin_lifts_it(stage, account):
    theirs = ready(stage, "Omar", of=stage.globex)
    for reason in ("missing_credentials", "wrong_base_url"):
        suffers(stage, account, StopService(reason))

    assert {known(stage, each).service_held for each in (account, theirs)} == {"missing_credentials"}
    assert titles(stage.root, "service.held") == [
        "Nothing is sent for any client: missing_credentials. An admin puts that right, then lifts the service's hold."
    ]
    assert stage.root.get("/service-hold").json["reason"] == "missing_credentials"
    assert stage.alice.delete("/service-hold").status_code == 403

    assert stage.root.delete("/service-hold").status_code == 204

    assert {known(stage, each).service_held for each in (account, theirs)} == {None}
    assert stage.root.get("/service-hold").json == {"held": False, "reason": None, "held_at": None}
    assert stage.root.delete("/service-hold").json["code"] == "NOT_HELD"
    suffers(stage, account, StopService("wrong_base_url"))
    assert known(stage, account).service_held == "wrong_base_url"


def test_a_hold_reaches_a_scope_of_one_client_too(stage, account):
    from rapport.kernel.principal import SYSTEM
    from rapport.kernel.tenancy import only

    with stage.service.transaction(actor=SYSTEM, scope=only([account.client_id])) as tx:
        assert holding.hold(tx, "missing_credentials")

    assert known(stage, account).service_held == "missing_credentials"


def test_an_account_that_is_left_in_peace_stays_as_it_was(stage, account):
    before = known(stage, account)

    suffers(stage, account, Untouched())

    assert known(stage, account) == before
    assert before.status == AccountStatus.OK


def test_an_account_removed_while_its_answer_came_suffers_nothing(stage, account):
    stage.alice.delete(f"/linkedin-accounts/{account.id}", headers={"If-Match": "*"})

    suffers(stage, account, Restricted())

    assert titles(stage.alice, "account.needs_a_person") == []
