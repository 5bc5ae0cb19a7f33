"""Accounts: listed, signed out, restricted, reconnected, connected through the hosted page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport_sandbox.wire import Request
from tests.sandbox.stage import Stage, refusal, said

HOUR = 3_600.0
DAY = 24 * HOUR


def test_accounts_are_listed_with_their_status(stage: Stage) -> None:
    items = said(stage.get("/accounts"))["items"]

    assert [one["id"] for one in items] == [stage.account.id, stage.world.account(1).id]
    assert items[0]["sources"][0]["status"] == "OK"
    assert items[0]["connection_params"]["im"]["id"] == stage.account.owner.provider_id
    assert said(stage.get(f"/accounts/{stage.account.id}")) == items[0]
    me = said(stage.get("/users/me", account_id=stage.account.id))
    assert me["provider_id"] == stage.account.owner.provider_id


def test_a_signed_out_account_refuses_live_calls_but_its_chats_still_answer(stage: Stage) -> None:
    stage.write(stage.friend(), "before")
    stage.world.disconnects(0)

    assert refusal(stage.invite(stage.stranger())) == (401, "disconnected_account")
    assert refusal(stage.write(stage.friend(), "after")) == (401, "disconnected_account")
    assert [one["text"] for one in stage.items("/messages")] == ["before"]
    assert said(stage.get(f"/accounts/{stage.account.id}"))["sources"][0]["status"] == "CREDENTIALS"


def test_messages_that_come_meanwhile_are_known_and_told_after_reconnection(stage: Stage) -> None:
    ada = stage.friend()
    stage.listen()
    stage.listen("account_status")
    stage.world.replies(ada, timedelta(hours=2), "anybody there?")
    stage.world.disconnects(0, timedelta(hours=1)).reconnects(0, timedelta(hours=5))

    stage.advance(4 * HOUR)
    assert stage.listener.events() == ["AccountStatus"]
    assert stage.items("/messages") == []
    stage.advance(2 * HOUR)

    told = stage.listener.bodies
    assert told[0]["AccountStatus"]["message"] == "CREDENTIALS"
    assert told[1]["AccountStatus"]["message"] == "RECONNECTED"
    assert (told[2]["message"], told[2]["timestamp"]) == ("anybody there?", "2026-01-05T10:00:00.000Z")
    assert [one["text"] for one in stage.items("/messages")] == ["anybody there?"]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("disconnected_account", 401),
        ("expired_credentials", 401),
        ("invalid_credentials", 401),
        ("multiple_sessions", 401),
        ("checkpoint_error", 401),
        ("account_mismatch", 403),
        ("action_required", 403),
    ],
)
def test_each_trouble_of_an_account_has_its_own_word(stage: Stage, word: str, status: int) -> None:
    stage.world.disconnects(0, word=word)

    assert refusal(stage.invite(stage.stranger())) == (status, word)
    stage.world.reconnects(0)
    assert stage.invite(stage.stranger()).status == 201


def test_the_101st_invitation_in_seven_days_restricts_the_account(stage: Stage) -> None:
    stage.listen("account_status")
    for number in range(100):
        assert stage.invite(stage.stranger(number)).status == 201
        stage.advance(HOUR)

    assert refusal(stage.invite(stage.stranger(100))) == (403, "account_restricted")
    assert refusal(stage.write(stage.friend())) == (403, "account_restricted")
    assert said(stage.get(f"/accounts/{stage.account.id}"))["sources"][0]["status"] == "ERROR"
    stage.advance(7 * DAY)
    assert stage.invite(stage.stranger(100)).status == 201
    assert [body["AccountStatus"]["message"] for body in stage.listener.bodies] == ["ERROR", "OK"]


def test_a_hundred_invitations_spread_over_more_than_a_week_restrict_nobody(stage: Stage) -> None:
    for number in range(150):
        assert stage.invite(stage.stranger(number)).status == 201
        stage.advance(2 * HOUR)


def test_a_burst_is_slowed_down_and_says_for_how_long(stage: Stage) -> None:
    answers = [stage.invite(stage.stranger(number)) for number in range(13)]

    assert [answer.status for answer in answers[:12]] == [201] * 12
    assert refusal(answers[12]) == (429, "too_many_requests")
    assert answers[12].headers["retry-after"] == "60"
    stage.advance(60)
    assert stage.invite(stage.stranger(13)).status == 201


def test_too_many_pending_invitations_are_refused(stage: Stage) -> None:
    stage.sandbox.patience.change(pending_invites=2)
    for number in range(2):
        stage.invite(stage.stranger(number))

    assert refusal(stage.invite(stage.stranger(2))) == (422, "cannot_resend_yet")


def test_a_limit_may_show_as_a_bare_500_and_nothing_was_sent(stage: Stage) -> None:
    stage.sandbox.patience.change(pending_invites=0, limits_as_500=1.0)
    ada = stage.stranger()

    assert refusal(stage.invite(ada)) == (500, "provider_error")
    assert stage.world.received(ada) == []


def test_a_day_takes_only_so_many_messages(stage: Stage) -> None:
    stage.sandbox.patience.change(daily_messages=2, burst=None)
    for _ in range(2):
        stage.write(stage.friend())

    assert refusal(stage.write(stage.friend())) == (422, "limit_exceeded")
    stage.advance(DAY)
    assert stage.write(stage.friend()).status == 201


def test_a_free_account_writes_few_and_short_notes_and_no_inmail(stage: Stage) -> None:
    stage.account.features = ()

    assert refusal(stage.invite(stage.stranger(0), "x" * 201)) == (400, "invalid_parameters")
    for number in range(5):
        assert stage.invite(stage.stranger(number), "x" * 200).status == 201
    assert refusal(stage.invite(stage.stranger(5), "Hi")) == (422, "limit_exceeded")
    assert stage.invite(stage.stranger(5)).status == 201, "without a note it goes"
    inmail = stage.write(stage.stranger(6), "Hi", ("linkedin[inmail]", "true"))
    assert refusal(inmail) == (403, "feature_not_subscribed")


def test_a_deleted_account_is_gone_and_said_so(stage: Stage) -> None:
    stage.listen("account_status")

    said(stage.delete(f"/accounts/{stage.account.id}"))
    stage.advance(1)

    assert refusal(stage.get(f"/accounts/{stage.account.id}")) == (404, "resource_not_found")
    assert stage.listener.bodies[0]["AccountStatus"]["message"] == "DELETED"


def test_a_synchronisation_is_told_when_it_is_done(stage: Stage) -> None:
    stage.listen("account_status")

    answer = said(stage.get(f"/accounts/{stage.account.id}/sync"))
    stage.advance(10)

    assert answer == {"object": "AccountResync", "status": "SYNC_STARTED"}
    assert stage.listener.bodies[0]["AccountStatus"]["message"] == "SYNC_SUCCESS"


LINK = {
    "type": "create",
    "providers": ["LINKEDIN"],
    "api_url": "http://127.0.0.1:1",
    "expiresOn": "2026-01-06T00:00:00.000Z",
    "name": "client 7",
    "notify_url": "http://127.0.0.1:9/connected",
    "success_redirect_url": "http://127.0.0.1:9/fine",
    "failure_redirect_url": "http://127.0.0.1:9/pity",
}


def test_the_hosted_page_connects_an_account_and_notifies(stage: Stage) -> None:
    page = open_page(stage, LINK)

    shown = stage.sandbox.call(Request("GET", page))
    pressed = stage.sandbox.call(Request("POST", page, body=b"answer=yes"))
    stage.advance(2)

    assert b"client 7" in shown.body
    assert (pressed.status, pressed.headers["location"]) == (303, "http://127.0.0.1:9/fine")
    [note] = stage.listener.bodies
    assert (note["status"], note["name"]) == ("CREATION_SUCCESS", "client 7")
    assert said(stage.get(f"/accounts/{note['account_id']}"))["sources"][0]["status"] == "OK"
    assert stage.sandbox.call(Request("GET", page)).status == 404, "a link works once"


def test_the_hosted_page_brings_an_account_back(stage: Stage) -> None:
    stage.world.disconnects(0)
    body = {key: value for key, value in LINK.items() if key != "providers"}
    page = open_page(stage, {**body, "type": "reconnect", "reconnect_account": stage.account.id})

    stage.sandbox.call(Request("POST", page, body=b"answer=yes"))
    stage.advance(2)

    assert stage.listener.bodies[0]["status"] == "RECONNECTED"
    assert stage.account.is_ok


def test_somebody_who_refuses_is_sent_elsewhere_and_no_account_is_made(stage: Stage) -> None:
    pressed = stage.sandbox.call(Request("POST", open_page(stage, LINK), body=b"answer=no"))

    assert pressed.headers["location"] == "http://127.0.0.1:9/pity"
    assert len(said(stage.get("/accounts"))["items"]) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"type": None},
        {"providers": []},
        {"providers": ["MYSPACE"]},
        {"expiresOn": "2025-01-01T00:00:00.000Z"},
        {"expiresOn": "soon"},
        {"api_url": None},
        {"notify_url": "javascript:alert(1)"},
    ],
)
def test_a_wrong_hosted_link_is_refused(stage: Stage, change: dict[str, object]) -> None:
    assert refusal(stage.post("/hosted/accounts/link", {**LINK, **change})) == (400, "invalid_parameters")


def open_page(stage: Stage, body: dict[str, object]) -> str:
    url: str = said(stage.post("/hosted/accounts/link", body))["url"]
    return "/hosted/" + url.rsplit("/", 1)[-1]
