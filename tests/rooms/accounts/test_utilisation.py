"""What an account has used, may use and when; and the hours in which it works."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.accounts import usage
from rapport.ports.outcomes import CoolDown, Rest, WriteKind
from rapport.rules.limits import Budget
from tests.rooms.accounts.world import at, known, ready, suffers
from tests.rooms.campaigns.world import a_campaign

NINE_TO_FIVE = [{"opens": "09:00", "closes": "17:00"}]
MORNINGS = {"monday": [{"opens": "09:00", "closes": "11:00"}]}


def reserve(stage, account, budget, times=1):
    for _ in range(times):
        with stage.tx() as tx:
            assert isinstance(usage.reserve(tx, account.id, budget, pending=0), usage.Reserved)


def used(stage, account):
    answer = stage.bob.get(f"/linkedin-accounts/{account.id}/usage")
    assert answer.status_code == 200, answer.json
    return answer.json


def test_an_account_shows_what_it_used_of_its_day_week_and_pending_invitations(stage):
    account = ready(stage, limits={"invites_per_day": 5, "invites_per_week": 8})
    reserve(stage, account, Budget.INVITES, 5)
    reserve(stage, account, Budget.VISITS)

    shown = used(stage, account)

    assert (shown["day"], shown["last_used_on"], shown["status"]) == ("2026-03-02", "2026-03-02", "ok")
    assert shown["today"]["invites"] == {
        "used": 5,
        "limit": 5,
        "remaining": 0,
        "full_limit": 5,
        "free_at": "2026-03-02T23:00:00Z",
        "reason": "daily_limit",
        "sentence": "Mira has done 5 of 5 invitations for today.",
    }
    assert (shown["today"]["visits"]["used"], shown["today"]["visits"]["reason"]) == (1, "spacing")
    assert shown["invites_in_seven_days"] == {"used": 5, "limit": 8, "remaining": 3}
    assert shown["pending_invites"] == {"used": 0, "limit": 400, "remaining": 400}
    soon = at(shown["next_slot_at"].removesuffix("Z")) - stage.clock.now()
    assert timedelta(seconds=30) <= soon < timedelta(seconds=90), "the pause after the last action"
    assert (shown["warmup"], shown["cooldowns"]) == (None, [])


def test_a_warm_up_shows_its_day_and_what_the_limit_is_without_it(stage):
    account = ready(stage, warmup=True, limits={"invites_per_day": 25})
    stage.wait(days=10)

    shown = used(stage, account)

    assert shown["warmup"] == {"started_on": "2026-03-02", "day": 11, "ends_on": "2026-03-22"}
    assert (shown["today"]["invites"]["limit"], shown["today"]["invites"]["full_limit"]) == (15, 25)
    stage.wait(days=10)
    assert used(stage, account)["warmup"] is None
    stage.wait(days=10)
    assert used(stage, account)["warmup"]["day"] == 1, "it was never used, and begins again"


def test_what_an_account_waits_for_is_told_beyond_the_first_reason(stage):
    account = ready(stage, hours={"tuesday": NINE_TO_FIVE}, limits={"messages_per_day": 0})
    suffers(stage, account, CoolDown(WriteKind.INVITE, None, Rest.A_WHILE))

    shown = used(stage, account)

    assert [(each["kind"], each["until"]) for each in shown["cooldowns"]] == [("invites", "2026-03-02T10:00:00Z")]
    assert shown["today"]["invites"]["reason"] == "cooling_down"
    assert shown["today"]["invites"]["free_at"] == "2026-03-03T08:00:00Z", "tuesday at nine in Berlin"
    assert (shown["today"]["messages"]["reason"], shown["today"]["messages"]["free_at"]) == ("daily_limit_zero", None)
    assert (shown["today"]["visits"]["reason"], shown["next_slot_at"]) == (
        "outside_sender_hours",
        "2026-03-03T08:00:00Z",
    )


def test_a_paused_account_has_no_slot_until_it_is_resumed(stage):
    account = ready(stage)
    stage.alice.post(f"/linkedin-accounts/{account.id}/pause", {"reason": "A holiday."})

    shown = used(stage, account)

    assert (shown["next_slot_at"], shown["today"]["visits"]["reason"]) == (None, "sender_paused")


def test_the_accounts_of_a_client_are_listed_in_pages_and_nobody_elses(stage):
    mine = [ready(stage, f"Sender {number}") for number in range(3)]
    ready(stage, "Theirs", of=stage.globex)
    reserve(stage, mine[1], Budget.SEARCHES, 2)

    first = stage.bob.get("/linkedin-accounts/usage?limit=2&sort=name&order=asc").json
    rest = stage.bob.get(f"/linkedin-accounts/usage?limit=2&sort=name&order=asc&cursor={first['next_cursor']}").json

    listed = [*first["items"], *rest["items"]]
    assert [each["name"] for each in listed] == ["Sender 0", "Sender 1", "Sender 2"]
    assert [each["today"]["searches"]["used"] for each in listed] == [0, 2, 0]
    assert stage.carol.get(f"/linkedin-accounts/{mine[0].id}/usage").status_code == 404


def test_history_is_told_day_by_day_with_its_zeros(stage):
    account = ready(stage)
    reserve(stage, account, Budget.MESSAGES, 2)
    stage.wait(days=2)
    reserve(stage, account, Budget.INVITES)
    path = f"/linkedin-accounts/{account.id}/usage/days"

    days = stage.bob.get(f"{path}?from=2026-03-01&to=2026-03-04").json["days"]

    assert [(each["day"], each["messages"], each["invites"]) for each in days] == [
        ("2026-03-01", 0, 0),
        ("2026-03-02", 2, 0),
        ("2026-03-03", 0, 0),
        ("2026-03-04", 0, 1),
    ]
    assert len(stage.bob.get(path).json["days"]) == 30
    for wrong in ("from=2026-03-04&to=2026-03-01", "from=2025-01-01&to=2026-03-01", "from=2026-03-01", "to=x"):
        assert stage.bob.get(f"{path}?{wrong}").status_code == 422, wrong


def test_hours_are_set_shown_and_taken_away(stage):
    account = ready(stage)
    path = f"/linkedin-accounts/{account.id}"
    assert stage.alice.get(path).json["hours"] is None

    shown = stage.alice.patch(path, {"hours": MORNINGS}).json["hours"]

    assert {day: windows for day, windows in shown.items() if windows} == MORNINGS
    assert len(shown) == 7
    assert known(stage, account).hours.openings(at("2026-03-02").date()) == (
        (at("2026-03-02 08:00"), at("2026-03-02 10:00")),
    )
    assert stage.alice.patch(path, {"hours": shown}).json["hours"] == shown, "what is shown can be given back"
    assert stage.alice.patch(path, {"hours": None}).json["hours"] is None
    assert known(stage, account).hours is None


@pytest.mark.parametrize(
    "hours",
    [
        {},
        {"monday": []},
        {"monday": [{"opens": "17:00", "closes": "09:00"}]},
        {"monday": [{"opens": "9", "closes": "17:00"}]},
        {"someday": NINE_TO_FIVE},
        [],
    ],
)
def test_hours_that_cannot_be_are_refused(stage, hours):
    account = ready(stage)

    assert stage.alice.patch(f"/linkedin-accounts/{account.id}", {"hours": hours}).status_code == 422
    assert stage.alice.get(f"/linkedin-accounts/{account.id}").json["hours"] is None


def test_a_campaign_whose_sender_never_works_with_it_says_so_before_it_starts(stage):
    account = ready(stage, hours={"sunday": NINE_TO_FIVE})
    campaign = a_campaign(stage, account_ids=[account.id])

    found = stage.alice.get(f"/campaigns/{campaign['id']}/checks").json

    told = [each for each in found["problems"] if each["code"] == "hours_never_meet"]
    assert [(each["weight"], each["details"]["name"]) for each in told] == [("acceptable", "Mira")]
