"""Every line of the outcome table, met over a socket, and what holds where the table has no line."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rapport.outside.unipile.outcomes import ANY, FAULTS, TABLE
from rapport.outside.web import Fault
from rapport.ports.outcomes import (
    CoolDown,
    Refused,
    Rest,
    StopService,
    Unknown,
    Untouched,
    WriteKind,
)
from tests.outside.outcome_rows import REST_OF_INVITES, ROWS, WAITS
from tests.outside.raw_server import answers, raw_server, refuses
from tests.outside.unipile_at import NOW, unipile_at

if TYPE_CHECKING:
    from rapport.ports.outcomes import Outcome
    from rapport.ports.unipile import Unipile

UNKNOWN_BY_HUNDRED = [400, 402, 404, 405, 408, 409, 410, 418, 422, 425, 451, 499, 502, 503, 504, 520, 599]
TYPES_OF_503 = ["no_client_session", "no_channel", "no_handler", "network_down", "service_unavailable"]


def invite(unipile: Unipile) -> Outcome:
    return unipile.invite("ACoAAAda", account_id="acc-1", note="Hello Ada")


def outcome_of(*script) -> Outcome:
    with raw_server(*script) as server, unipile_at(server.url) as unipile:
        outcome = invite(unipile)
        assert server.requests == ["POST /api/v1/users/invite"], "a write arrives exactly once"
        return outcome


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_an_answer_means_what_its_line_says(row):
    row.holds_for(outcome_of(refuses(row.status, row.said)))


def test_no_line_of_the_table_is_without_its_expectation():
    by_hundred = {(3, ANY), (4, ANY), (5, ANY)}

    assert {(line.status, line.type) for line in TABLE} - by_hundred == {(r.status, r.type) for r in ROWS}


def test_no_line_of_the_table_stands_twice():
    assert len({(line.status, line.type) for line in TABLE}) == len(TABLE)


@pytest.mark.parametrize("status", UNKNOWN_BY_HUNDRED)
def test_what_the_provider_does_not_document_is_unknown_and_its_name_is_kept(status):
    outcome = outcome_of(refuses(status, "brand_new_word"))

    assert isinstance(outcome, Unknown)
    assert (outcome.reason, outcome.status, outcome.nothing_sent) == ("brand_new_word", status, False)
    assert outcome.account_effect == Untouched()


@pytest.mark.parametrize("type_", TYPES_OF_503)
def test_a_503_is_unknown_whatever_its_body_says(type_):
    assert isinstance(outcome_of(refuses(503, type_)), Unknown)


@pytest.mark.parametrize("type_", ["unexpected_error", "provider_error", "authentication_intent_error"])
def test_a_500_is_unknown_and_lets_the_account_rest_because_limits_show_there_too(type_):
    outcome = outcome_of(refuses(500, type_))

    assert isinstance(outcome, Unknown)
    assert outcome.account_effect == CoolDown(None, None, Rest.A_LITTLE)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_refused_not_followed_and_stops_the_service(status):
    with raw_server(answers(200, {"object": "UserInvitationSent", "invitation_id": "i"})) as elsewhere:
        outcome = outcome_of(answers(status, Location=elsewhere.url))

        assert elsewhere.connections == 0, "the key does not travel"
    assert isinstance(outcome, Refused)
    assert outcome.account_effect == StopService("wrong_base_url")
    assert (outcome.code, outcome.lead_effect, outcome.nothing_sent) == ("wrong_base_url", WAITS, True)


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b'{"type": 7}', b'{"type": "a b"}'])
@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "http_401"), (403, "http_403"), (413, "content_too_large"), (429, "too_many_requests")],
)
def test_a_status_with_one_meaning_needs_no_body(status, code, body):
    outcome = outcome_of(answers(status, body))

    assert isinstance(outcome, Refused)
    assert outcome.code == code


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_status_with_many_meanings_is_unknown_without_its_type(status):
    outcome = outcome_of(answers(status, b"<html>Not here</html>"))

    assert isinstance(outcome, Unknown)
    assert outcome.reason == f"http_{status}"


def test_a_limit_of_a_kind_rests_the_kind_that_met_it():
    with raw_server(refuses(422, "limit_exceeded")) as server, unipile_at(server.url) as unipile:
        message = unipile.send_message("chat-1", text="Hello")
        inmail = unipile.start_chat(["ACoAAAda"], account_id="acc-1", text="Hello", inmail=True)

    assert message.account_effect == CoolDown(WriteKind.MESSAGE, None, Rest.NEXT_DAY)
    assert inmail.account_effect == CoolDown(WriteKind.INMAIL, None, Rest.NEXT_DAY)


def test_a_limit_of_resending_that_a_withdrawal_meets_rests_invitations():
    with raw_server(refuses(422, "cannot_resend_yet")) as server, unipile_at(server.url) as unipile:
        outcome = unipile.withdraw_invitation("inv-1", account_id="acc-1")

    assert outcome.account_effect == REST_OF_INVITES


@pytest.mark.parametrize(
    ("header", "until"),
    [
        ("120", NOW + timedelta(seconds=120)),
        ("0", NOW),
        ("1.5", NOW + timedelta(seconds=1.5)),
        ("Fri, 20 Nov 2026 10:00:00 GMT", NOW + timedelta(hours=1)),
        ("Fri, 20 Nov 2026 09:30:00 -0000", NOW + timedelta(minutes=30)),
        ("315360000", NOW + timedelta(hours=24)),
        ("9" * 400, NOW + timedelta(hours=24)),
        ("Mon, 20 Nov 2036 10:00:00 GMT", NOW + timedelta(hours=24)),
        ("-5", None),
        ("nan", None),
        ("Fri, 20 Nov 2020 10:00:00 GMT", None),
        ("Fri, 99 Nov 2026 10:00:00 GMT", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_429_says_until_when_within_a_day_and_only_in_the_future(header, until):
    outcome = outcome_of(refuses(429, "too_many_requests", Retry_After=header))

    assert isinstance(outcome, Refused)
    assert outcome.retry_at == until
    assert outcome.account_effect == CoolDown(None, until, Rest.A_WHILE)


def test_every_fault_of_the_wire_has_a_line_and_only_the_unsent_ones_are_refused():
    refused = {fault for fault, line in FAULTS.items() if line.verdict == "refused"}

    assert set(FAULTS) == set(Fault)
    assert refused == {
        Fault.UNSENDABLE,
        Fault.CONNECTION_REFUSED,
        Fault.NAME_NOT_RESOLVED,
        Fault.CONNECT_TIMED_OUT,
        Fault.FORBIDDEN_ADDRESS,
    }
