"""Every fault with every kind of write and both truths: one arrival, and no outcome that says too much."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.ports.outcomes import Accepted, CoolDown, Refused, Rest, Unknown
from rapport_sandbox.faults import Fault
from tests.outside.outcome_rows import ROWS
from tests.outside.unipile_at import unipile_at
from tests.waiting import until


def invite(sandbox, unipile):
    return lambda: unipile.invite(sandbox.stranger().provider_id, account_id=sandbox.account_id, note=None)


def message(sandbox, unipile):
    friend = sandbox.friend().provider_id
    return lambda: unipile.start_chat([friend], account_id=sandbox.account_id, text="Hello")


def inmail(sandbox, unipile):
    stranger = sandbox.stranger().provider_id
    return lambda: unipile.start_chat([stranger], account_id=sandbox.account_id, text="Hi", inmail=True)


def visit(sandbox, unipile):
    stranger = sandbox.stranger().provider_id
    return lambda: unipile.visit(stranger, account_id=sandbox.account_id)


def follow(sandbox, unipile):
    stranger = sandbox.stranger().provider_id
    return lambda: unipile.follow(stranger, account_id=sandbox.account_id)


def react(sandbox, unipile):
    social_id = next(sandbox.posts)
    return lambda: unipile.react(social_id, account_id=sandbox.account_id, reaction="like")


HOURS = 20.0
"""Seconds, which are hours to somebody who waits for one."""
KINDS = {one.__name__: one for one in (invite, message, inmail, visit, follow, react)}
FAULTS = {
    "500": {"what": "status", "status": 500},
    "502": {"what": "status", "status": 502, "body": "<html>Bad gateway</html>"},
    "503": {"what": "status", "status": 503},
    "504": {"what": "status", "status": 504},
    "418": {"what": "status", "status": 418, "type": "teapot"},
    "timeout": {"what": "timeout", "seconds": HOURS},
    "reset": {"what": "reset"},
    "drip": {"what": "drip", "seconds": HOURS},
    "malformed_json": {"what": "malformed_json"},
    "html": {"what": "html"},
    "empty": {"what": "empty"},
    "truncated": {"what": "truncated"},
    "wrong_length": {"what": "wrong_length"},
    "missing_field": {"what": "missing_field", "field": "object"},
}


def test_a_time_out_after_the_effect_leaves_one_invitation_and_is_unknown(sandbox):
    ada = sandbox.stranger()
    with unipile_at(sandbox.server.api_url, api_key="sandbox", total_seconds=0.25) as unipile:
        sandbox.arm(Fault("timeout", on="invite", effect=True, seconds=HOURS))

        outcome = unipile.invite(ada.provider_id, account_id=sandbox.account_id, note="Hello")

    assert outcome == Unknown("timed_out")
    assert until(lambda: sandbox.arrivals("invite"))
    assert (len(sandbox.arrivals("invite")), sandbox.effects("invite")) == (1, 1)
    assert sandbox.received(ada) == ["invite"]
    pending = sandbox.unipile.sent_invitations(sandbox.account_id, limit=100).items
    assert [one.invited_user_id for one in pending] == [ada.provider_id], "reading back tells the truth"


def test_a_time_out_before_the_effect_leaves_none_and_is_as_unknown(sandbox):
    ada = sandbox.stranger()
    with unipile_at(sandbox.server.api_url, api_key="sandbox", total_seconds=0.25) as unipile:
        sandbox.arm(Fault("timeout", on="invite", effect=False, seconds=HOURS))

        outcome = unipile.invite(ada.provider_id, account_id=sandbox.account_id, note="Hello")

    assert outcome == Unknown("timed_out")
    assert until(lambda: sandbox.arrivals("invite"))
    assert (len(sandbox.arrivals("invite")), sandbox.effects("invite")) == (1, 0)
    assert sandbox.unipile.sent_invitations(sandbox.account_id, limit=100).items == ()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_line_of_the_outcome_table_holds_and_its_write_arrived_once(shared, row):
    shared.arm(Fault("status", on="invite", status=row.status, type=row.said, detail="Why not."))

    row.holds_for(shared.invite(shared.stranger()))

    assert (len(shared.arrivals("invite")), shared.effects("invite")) == (1, 0)


@pytest.mark.parametrize("header", ["120", "Mon, 05 Jan 2099 08:00:00 GMT", None])
def test_a_429_rests_the_account_until_an_instant_within_a_day(shared, header):
    shared.arm(Fault("status", on="invite", status=429, type="too_many_requests", retry_after=header))

    outcome = shared.invite(shared.stranger())

    now = shared.clock.now()
    until = {"120": now + timedelta(seconds=120), None: None}.get(header, now + timedelta(hours=24))
    assert isinstance(outcome, Refused)
    assert outcome.account_effect == CoolDown(None, until, Rest.A_WHILE)


@pytest.mark.parametrize("happened", [True, False], ids=["happened", "did not happen"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_answer_never_says_refused_and_never_brings_a_second_arrival(shared, fault, kind, happened):
    patience = 0.25 if FAULTS[fault].get("seconds") else HOURS
    with unipile_at(shared.server.api_url, api_key="sandbox", can_follow=True, total_seconds=patience) as unipile:
        write = KINDS[kind](shared, unipile)
        shared.arm(Fault(on=kind, effect=happened, count=None, **FAULTS[fault]))

        outcome = write()

    assert not isinstance(outcome, Refused)
    assert not outcome.nothing_sent
    assert until(lambda: shared.arrivals(kind)), "who gave up may be ahead of their own words"
    assert len(shared.arrivals(kind)) == 1
    assert shared.effects(kind) == int(happened)
    if not happened:
        assert isinstance(outcome, Unknown)


@pytest.mark.parametrize("kind", KINDS)
def test_a_redirect_is_refused_and_did_not_happen(shared, kind):
    write = KINDS[kind](shared, shared.unipile)
    shared.arm(Fault("redirect", on=kind, count=None))

    outcome = write()

    assert isinstance(outcome, Refused)
    assert (len(shared.arrivals(kind)), shared.effects(kind)) == (1, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_fault_it_is_accepted_and_happened(shared, kind):
    """The control: what the faults above spoil would have worked."""
    outcome = KINDS[kind](shared, shared.unipile)()

    assert isinstance(outcome, Accepted)
    assert (len(shared.arrivals(kind)), shared.effects(kind)) == (1, 1)
