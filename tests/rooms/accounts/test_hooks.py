"""What Unipile's webhook says of an account counts at once."""

from __future__ import annotations

import pytest

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus
from tests.rooms.webhooks.posting import UNIPILE_ACCOUNT, body, deliveries, post


def said(stage, word):
    post(stage, "accounts", body("account_status__ok").replace(b'"OK"', f'"{word}"'.encode()))
    stage.run_due_jobs()
    return deliveries(stage)[-1]["word"]


def status(stage, account_id):
    return stage.alice.get(f"/linkedin-accounts/{account_id}").json["status"]


@pytest.mark.parametrize(
    ("word", "after"),
    [
        ("OK", "ok"),
        ("CREDENTIALS", "credentials"),
        ("ERROR", "error"),
        ("STOPPED", "disconnected"),
        ("CONNECTING", "connecting"),
        ("DELETED", "disconnected"),
        ("CREATION_SUCCESS", "ok"),
        ("RECONNECTED", "ok"),
        ("SYNC_SUCCESS", "ok"),
    ],
)
def test_each_word_means_a_status(stage, word, after):
    account = stage.account(unipile_account_id=UNIPILE_ACCOUNT)

    said(stage, word)

    assert status(stage, account.id) == after


def test_a_change_is_told_once_however_often_it_is_said(stage):
    account = stage.account(unipile_account_id=UNIPILE_ACCOUNT)

    words = [said(stage, "CREDENTIALS") for _ in range(3)]

    assert words == ["status_changed", "known_already", "known_already"]
    told = stage.alice.get(f"/events/timeline?filter[type]=account.status_changed&filter[account_id]={account.id}")
    assert len(told.json["items"]) == 1


def test_a_word_nobody_knows_changes_nothing(stage):
    account = stage.account(unipile_account_id=UNIPILE_ACCOUNT)

    assert said(stage, "ENCHANTED") == "word_unknown"
    assert status(stage, account.id) == "connecting"


def test_what_came_before_the_last_word_was_said_is_too_late(stage):
    account = stage.account(unipile_account_id=UNIPILE_ACCOUNT)
    post(stage, "accounts", body("account_status__credentials"))
    stage.wait(minutes=1)
    with stage.tx() as tx:
        health.set_status(tx, senders.get(tx, account.id), AccountStatus.OK, detail=None)

    stage.run_due_jobs()

    assert deliveries(stage)[-1]["word"] == "too_late"
    assert status(stage, account.id) == "ok"


def test_a_restricted_account_waits_for_a_person(stage):
    account = stage.account(unipile_account_id=UNIPILE_ACCOUNT)
    with stage.tx() as tx:
        health.set_status(tx, senders.get(tx, account.id), AccountStatus.RESTRICTED, detail=None)

    assert said(stage, "OK") == "a_person_looks_first"
    assert status(stage, account.id) == "restricted"


def test_a_checkpoint_is_more_than_an_error(stage):
    account = stage.account(unipile_account_id=UNIPILE_ACCOUNT)
    with stage.tx() as tx:
        health.set_status(tx, senders.get(tx, account.id), AccountStatus.CHECKPOINT, detail=None)

    assert said(stage, "ERROR") == "more_is_known"
    assert said(stage, "OK") == "status_changed"
