"""What is posted is believed or refused, and what is believed is kept word for word."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

import pytest

from rapport.kernel.settings import SettingsError, read_settings
from tests.rooms.webhooks.posting import UNIPILE_ACCOUNT, body, deliveries, post
from tests.stage import PRODUCTION, Stage

SECRET, OLD = "k" * 20 + "-new", "k" * 20 + "-old"
KEY, OLD_KEY = "s" * 40, "t" * 40
MESSAGE = body("message_received")


def signed(key: str, sent: bytes) -> str:
    return hmac.digest(key.encode(), sent, hashlib.sha256).hex()


@pytest.fixture
def guarded(make_stage: Callable[..., Stage]) -> Stage:
    return make_stage(
        settings={
            "UNIPILE_WEBHOOK_SECRET": SECRET,
            "UNIPILE_WEBHOOK_SECRET_OLD": OLD,
            "UNIPILE_WEBHOOK_SIGNING_KEY": KEY,
            "UNIPILE_WEBHOOK_SIGNING_KEY_OLD": OLD_KEY,
        }
    )


@pytest.mark.parametrize("source", ["messaging", "users", "accounts"])
def test_what_is_posted_is_kept_word_for_word_before_it_is_answered(stage, source):
    answer = post(stage, source, MESSAGE, User_Agent="axios/1.7", Cookie="a=b", Authorization="Bearer x")

    assert answer.status_code == 200
    kept = stage.root.get(f"/webhooks/deliveries/{answer.json['id']}").json
    assert kept["body"].encode() == MESSAGE
    assert (kept["source"], kept["status"], kept["size"]) == (f"unipile/{source}", "received", len(MESSAGE))
    assert kept["sha256"] == hashlib.sha256(MESSAGE).hexdigest()
    assert kept["headers"] == {"User-Agent": "axios/1.7"}
    assert kept["client_id"] is None


@pytest.mark.parametrize(
    "sent",
    [b"", b"\x00\xff\xfe", b"{", b"<html>", b"a=1&b=2", b"x" * 100_000],
    ids=["nothing", "bytes", "half", "html", "form", "long"],
)
def test_whatever_it_is_it_is_kept_and_answered_with_200(stage, sent):
    answer = post(stage, "messaging", sent)

    assert answer.status_code == 200
    assert deliveries(stage)[0]["size"] == len(sent)


@pytest.mark.parametrize("source", ["messaging", "users"])
def test_the_historic_path_is_the_same_path(stage, source):
    answer = stage.http.post(f"/api/webhooks/unipile/{source}", data=MESSAGE, content_type="application/json")

    assert answer.status_code == 200
    assert deliveries(stage)[0]["source"] == f"unipile/{source}"


def test_accounts_have_no_historic_path(stage):
    assert stage.http.post("/api/webhooks/unipile/accounts", data=MESSAGE).status_code == 404


def test_a_body_beyond_the_limit_is_refused_and_not_kept(make_stage):
    stage = make_stage(settings={"MAX_BODY_BYTES": "2048"})

    answer = post(stage, "messaging", b"x" * 2049)

    assert (answer.status_code, answer.json["code"]) == (413, "BODY_TOO_LARGE")
    assert deliveries(stage) == []


@pytest.mark.parametrize(
    ("headers", "by"),
    [
        ({"Unipile_Auth": SECRET}, "secret"),
        ({"Unipile_Auth": OLD}, "secret"),
        ({"X_Unipile_Signature": signed(KEY, MESSAGE)}, "signature"),
        ({"X_Unipile_Signature": "sha256=" + signed(KEY, MESSAGE)}, "signature"),
        ({"X_Unipile_Signature": signed(OLD_KEY, MESSAGE)}, "signature"),
        ({"Unipile_Auth": "wrong", "X_Unipile_Signature": signed(KEY, MESSAGE)}, "signature"),
    ],
)
def test_secret_and_signature_are_each_enough_also_the_old_ones(guarded, headers, by):
    assert post(guarded, "messaging", MESSAGE, **headers).status_code == 200
    assert deliveries(guarded)[0]["verified"] == by


REFUSED = {
    "nothing": {},
    "empty secret": {"Unipile_Auth": ""},
    "another secret": {"Unipile_Auth": "k" * 24},
    "secret in another case": {"Unipile_Auth": SECRET.upper()},
    "secret cut short": {"Unipile_Auth": SECRET[:-1]},
    "secret with more": {"Unipile_Auth": SECRET + "x"},
    "secret twice": {"Unipile_Auth": f"{SECRET},{SECRET}"},
    "secret that is no ASCII": {"Unipile_Auth": "k" * 20 + "é"},
    "secret in the wrong header": {"X_Unipile_Signature": SECRET},
    "signature of another body": {"X_Unipile_Signature": signed(KEY, MESSAGE + b" ")},
    "signature by another key": {"X_Unipile_Signature": signed("u" * 40, MESSAGE)},
    "signature cut short": {"X_Unipile_Signature": signed(KEY, MESSAGE)[:-1]},
    "signature in another case": {"X_Unipile_Signature": signed(KEY, MESSAGE).upper()},
    "signature twice": {"X_Unipile_Signature": f"{signed(KEY, MESSAGE)}, {signed(KEY, MESSAGE)}"},
    "prefix alone": {"X_Unipile_Signature": "sha256="},
    "another method": {"X_Unipile_Signature": "sha1=" + signed(KEY, MESSAGE)},
}


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
def test_who_shows_neither_is_refused_and_nothing_is_kept(guarded, headers):
    answer = post(guarded, "messaging", MESSAGE, **headers)

    assert (answer.status_code, answer.json["code"]) == (401, "UNAUTHENTICATED")
    assert deliveries(guarded) == []


def test_the_secret_stands_in_no_row(guarded):
    post(guarded, "messaging", MESSAGE, Unipile_Auth=SECRET)

    (kept,) = deliveries(guarded)
    assert SECRET not in str(kept)
    assert SECRET not in str(guarded.root.get(f"/webhooks/deliveries/{kept['id']}").json)


def test_the_header_of_the_secret_can_be_another(make_stage):
    stage = make_stage(settings={"UNIPILE_WEBHOOK_SECRET": SECRET, "UNIPILE_WEBHOOK_HEADER": "X-Our-Word"})

    assert post(stage, "messaging", MESSAGE, Unipile_Auth=SECRET).status_code == 401
    assert post(stage, "messaging", MESSAGE, X_Our_Word=SECRET).status_code == 200


def test_production_does_not_start_without_a_secret():
    told = {**PRODUCTION, "SECRET_KEY": "x" * 32}
    read_settings(told, None)

    with pytest.raises(SettingsError, match="UNIPILE_WEBHOOK_SECRET must be set"):
        read_settings({name: value for name, value in told.items() if "WEBHOOK" not in name}, None)

    read_settings({**told, "UNIPILE_WEBHOOK_SECRET": "", "UNIPILE_WEBHOOK_SIGNING_KEY": "y" * 32}, None)


def test_a_storm_is_not_counted_against_a_limit(make_stage):
    stage = make_stage(settings={"RATE_LIMIT_PER_MINUTE": "5"})

    assert {post(stage, "messaging", MESSAGE).status_code for _ in range(12)} == {200}


def test_only_admins_see_what_was_posted(stage):
    delivery_id = post(stage, "messaging", MESSAGE).json["id"]
    stage.account(unipile_account_id=UNIPILE_ACCOUNT)
    stage.run_due_jobs()

    for path in ("/webhooks/deliveries", f"/webhooks/deliveries/{delivery_id}"):
        assert stage.alice.get(path).status_code == 403
        assert stage.nobody.get(path).status_code == 401
    assert stage.alice.post(f"/webhooks/deliveries/{delivery_id}/reprocess").status_code == 403
