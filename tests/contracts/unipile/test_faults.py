"""Every fault with every kind of write and both truths: one arrival, and no outcome that says too much."""

from __future__ import annotations

import pytest

from rapport.ports.outcomes import Accepted, Refused, Unknown
from rapport_sandbox.faults import Fault
from tests.outside.unipile_at import unipile_at


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


KINDS = {one.__name__: one for one in (invite, message, inmail, visit, follow, react)}
FAULTS = {
    "500": {"what": "status", "status": 500},
    "502": {"what": "status", "status": 502, "body": "<html>Bad gateway</html>"},
    "503": {"what": "status", "status": 503},
    "504": {"what": "status", "status": 504},
    "418": {"what": "status", "status": 418, "type": "teapot"},
    "timeout": {"what": "timeout", "seconds": 2.0},
    "reset": {"what": "reset"},
    "drip": {"what": "drip", "seconds": 2.0},
    "malformed_json": {"what": "malformed_json"},
    "html": {"what": "html"},
    "empty": {"what": "empty"},
    "truncated": {"what": "truncated"},
    "wrong_length": {"what": "wrong_length"},
    "missing_field": {"what": "missing_field", "field": "object"},
}


@pytest.mark.parametrize("happened", [True, False], ids=["happened", "did not happen"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_answer_never_says_refused_and_never_brings_a_second_arrival(shared, fault, kind, happened):
    with unipile_at(shared.server.api_url, api_key="sandbox", can_follow=True, total_seconds=0.25) as unipile:
        write = KINDS[kind](shared, unipile)
        shared.arm(Fault(on=kind, effect=happened, count=None, **FAULTS[fault]))

        outcome = write()

    assert not isinstance(outcome, Refused)
    assert not outcome.nothing_sent
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
