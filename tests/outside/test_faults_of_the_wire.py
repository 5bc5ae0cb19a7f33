"""What can go wrong below the meaning of HTTP: a write is unknown unless no byte left, and arrives once."""

from __future__ import annotations

import gzip
import json
import socket
import time
from contextlib import contextmanager

import pytest

from rapport.ports.outcomes import Accepted, LeadEffect, Refused, Unknown
from rapport.ports.unipile import ReadError
from rapport.ports.unipile_records import Upload
from tests.outside.raw_server import (
    answers,
    drips,
    floods,
    hangs_up,
    never_answers,
    raw_server,
    resets_after_request,
    resets_in_body,
    resets_unheard,
    sends,
    takes_nothing,
)
from tests.outside.unipile_at import unipile_at

ACCEPTANCE = {"object": "UserInvitationSent", "invitation_id": "inv-1"}
BODY = json.dumps(ACCEPTANCE).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

FAULTS = {
    "a reset after the request": resets_after_request(),
    "an end without a word": hangs_up(),
    "a reset in the body": resets_in_body(),
    "half a body": sends(HEAD % 200 + BODY),
    "a length too short": sends(HEAD % 10 + BODY),
    "half a head": sends(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "no HTTP at all": sends(b"220 mail.example.com ESMTP\r\n"),
    "a chunk that is no chunk": sends(CHUNKED + b"zz\r\n" + BODY),
    "a chunk cut short": sends(CHUNKED + b"ff\r\n" + BODY),
    "chunks without their end": sends(CHUNKED + b"%x\r\n%b\r\n" % (len(BODY), BODY)),
    "gzip that is not": sends(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
    ),
    "an empty body": answers(200),
    "an answer 204": answers(204),
    "HTML": answers(200, b"<html>Welcome</html>", Content_Type="text/html"),
    "half of JSON": answers(200, BODY[:-3]),
    "a list": answers(200, [ACCEPTANCE]),
    "a bare string": answers(200, b'"inv-1"'),
    "another envelope": answers(200, {"object": "Error", "status": 422}),
    "an id of null": answers(200, {"object": "UserInvitationSent", "invitation_id": None}),
    "an id that is no id": answers(200, {"object": "UserInvitationSent", "invitation_id": {"id": 1}}),
    "endless nesting": answers(200, b'{"a":' * 100_000),
    "bytes that are no text": answers(200, b"\xff\xfe\x00{"),
}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_write_is_unknown_and_arrives_exactly_once(fault):
    with raw_server(FAULTS[fault]) as server, unipile_at(server.url) as unipile:
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

        assert isinstance(outcome, Unknown)
        assert not outcome.nothing_sent
        assert server.requests == ["POST /api/v1/users/invite"]
        assert server.connections == 1


def test_a_reset_before_anything_was_read_is_unknown_because_bytes_had_left():
    with raw_server(resets_unheard()) as server, unipile_at(server.url) as unipile:
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

        assert isinstance(outcome, Unknown)
        assert server.connections == 1


def test_a_body_of_the_right_length_is_believed_however_it_is_cut_in_pieces():
    pieces = b"".join(b"%x\r\n%b\r\n" % (1, bytes([byte])) for byte in BODY) + b"0\r\n\r\n"

    with raw_server(sends(CHUNKED + pieces)) as server, unipile_at(server.url) as unipile:
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

    assert isinstance(outcome, Accepted)
    assert outcome.ids.invitation_id == "inv-1"


# Nothing left


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def port_that_never_accepts():
    """A listener whose queue is full: the kernel lets further connections hang."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
            waiting.append(one)
        try:
            yield listener.getsockname()[1]
        finally:
            for one in waiting:
                one.close()


def test_a_refused_connection_is_a_certain_non_send():
    with unipile_at(f"http://127.0.0.1:{closed_port()}") as unipile:
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

    assert outcome == Refused("connection_refused", LeadEffect.WAITS)
    assert outcome.nothing_sent
    assert type(outcome.code) is str, "rooms store it"


def test_a_name_nobody_knows_is_a_certain_non_send():
    with unipile_at("http://unipile.invalid") as unipile:
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

    assert outcome == Refused("name_not_resolved", LeadEffect.WAITS)


def test_a_connection_that_is_never_made_is_a_certain_non_send():
    with (
        port_that_never_accepts() as port,
        unipile_at(f"http://127.0.0.1:{port}", connect_seconds=0.1) as unipile,
    ):
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

    assert outcome == Refused("connect_timed_out", LeadEffect.WAITS)


def test_a_connection_gets_no_more_than_the_whole_call_has():
    began = time.monotonic()
    with (
        port_that_never_accepts() as port,
        unipile_at(f"http://127.0.0.1:{port}", connect_seconds=30, total_seconds=0.1) as unipile,
    ):
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

    assert outcome == Refused("connect_timed_out", LeadEffect.WAITS)
    assert time.monotonic() - began < 1


def test_text_that_no_encoding_takes_is_refused_before_anything_leaves():
    with raw_server(answers(200)) as server, unipile_at(server.url) as unipile:
        outcome = unipile.send_message("chat-1", text="half an emoji: \ud83d")

        assert outcome == Refused("unsendable_request", LeadEffect.FAILS)
        assert server.connections == 0


@pytest.mark.parametrize("identifier", ["", ".", "..", "..."])
def test_an_identifier_that_would_name_another_path_is_never_sent(identifier):
    with raw_server(answers(200)) as server, unipile_at(server.url) as unipile:
        assert unipile.delete_account(identifier) == Refused("invalid_identifier", LeadEffect.FAILS)
        assert unipile.delete_webhook(identifier) == Refused("invalid_identifier", LeadEffect.FAILS)
        with pytest.raises(ReadError, match="invalid_identifier"):
            unipile.account(identifier)

        assert server.connections == 0


@pytest.mark.parametrize("identifier", ["me", "relations", "invite"])
def test_a_lead_named_like_a_route_is_never_taken_for_it(identifier):
    with raw_server(answers(200)) as server, unipile_at(server.url) as unipile:
        assert unipile.visit(identifier, account_id="acc-1") == Refused("invalid_identifier", LeadEffect.FAILS)
        with pytest.raises(ReadError, match="invalid_identifier"):
            unipile.profile(identifier, account_id="acc-1")

        assert server.connections == 0


def test_an_identifier_stays_one_segment_whatever_is_in_it():
    with raw_server(answers(200, {"object": "AccountDeleted"})) as server, unipile_at(server.url) as unipile:
        unipile.delete_account("../webhooks/1?x=#é")

        assert server.requests == ["DELETE /api/v1/accounts/..%2Fwebhooks%2F1%3Fx%3D%23%C3%A9"]


# Time and size


@pytest.mark.parametrize(
    "slow",
    [
        never_answers(),
        drips(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 500, every=0.02),
        drips(b"x" * 500, every=0.02, first=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        drips(b"1\r\nx\r\n" * 100, every=0.02, first=CHUNKED),
        drips(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, every=0.001),
    ],
    ids=["silence", "drip of the head", "drip of the body", "drip of chunks", "endless 100 Continue"],
)
def test_the_time_of_a_call_is_total(slow):
    with raw_server(slow) as server, unipile_at(server.url, total_seconds=0.3) as unipile:
        began = time.monotonic()
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)
        took = time.monotonic() - began

        assert outcome == Unknown("timed_out")
        assert 0.25 < took < 0.8
        assert server.requests == ["POST /api/v1/users/invite"]


def test_a_read_time_out_below_the_total_still_holds():
    with raw_server(never_answers()) as server, unipile_at(server.url, read_seconds=0.1) as unipile:
        began = time.monotonic()
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

    assert outcome == Unknown("timed_out")
    assert time.monotonic() - began < 1


def test_a_provider_that_does_not_take_the_upload_is_given_up_in_time():
    big = Upload("film.mp4", b"x" * 20_000_000, "video/mp4")

    with raw_server(takes_nothing()) as server, unipile_at(server.url, total_seconds=0.3) as unipile:
        began = time.monotonic()
        outcome = unipile.send_message("chat-1", text="Look", attachments=[big])

    assert outcome == Unknown("timed_out")
    assert time.monotonic() - began < 1


def test_an_answer_larger_than_the_limit_is_unknown():
    padded = {**ACCEPTANCE, "padding": "x" * 5000}

    with raw_server(answers(200, padded)) as server, unipile_at(server.url, max_answer_bytes=4000) as unipile:
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

    assert outcome == Unknown("answer_too_large")


@pytest.mark.parametrize(
    "flood",
    [
        floods(b"x" * 4096, first=b"HTTP/1.1 200 OK\r\n\r\n"),
        floods(b"x" * 4096, first=b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
        floods(b"Trailer: x\r\n" * 400, first=CHUNKED + b"0\r\n"),
        floods(b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    ],
    ids=["body", "long body", "trailers", "100 Continue"],
)
def test_an_answer_without_an_end_is_left_when_it_is_too_large(flood):
    with raw_server(flood) as server, unipile_at(server.url, max_answer_bytes=100_000) as unipile:
        began = time.monotonic()
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

    assert outcome == Unknown("answer_too_large")
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "flood",
    [
        floods(b"x" * 4096, first=b"HTTP/1.1 200 OK\r\nX-Endless: "),
        floods(b"X-One: 1\r\n" * 400, first=b"HTTP/1.1 200 OK\r\n"),
        floods(b"f" * 4096, first=CHUNKED),
    ],
    ids=["a header", "headers", "the length of a chunk"],
)
def test_a_line_or_a_head_without_an_end_is_unknown_and_left_soon(flood):
    with raw_server(flood) as server, unipile_at(server.url) as unipile:
        began = time.monotonic()
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

    assert isinstance(outcome, Unknown)
    assert time.monotonic() - began < 1.5


def test_an_answer_is_measured_as_it_is_unpacked():
    packed = gzip.compress(json.dumps({**ACCEPTANCE, "padding": "x" * 5_000_000}).encode())
    bomb = answers(200, packed, Content_Encoding="gzip")

    with raw_server(bomb) as server, unipile_at(server.url, max_answer_bytes=100_000) as unipile:
        outcome = unipile.invite("ACoAAAda", account_id="acc-1", note=None)

    assert len(packed) < 100_000
    assert outcome == Unknown("answer_too_large")


def test_an_attachment_larger_than_the_limit_is_not_taken():
    with (
        raw_server(answers(200, b"x" * 5000)) as server,
        unipile_at(server.url, max_attachment_bytes=4000) as unipile,
        pytest.raises(ReadError) as failed,
    ):
        unipile.attachment("msg-1", "att-1")

    assert (failed.value.code, failed.value.retryable) == ("answer_too_large", False)


# Connections


def test_each_write_has_a_connection_of_its_own():
    acceptance = sends(HEAD % len(BODY) + BODY)

    with raw_server(acceptance) as server, unipile_at(server.url) as unipile:
        outcomes = [unipile.invite("ACoAAAda", account_id="acc-1", note=None) for _ in range(3)]

        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        assert server.connections == 3
        assert {arrival.header("Connection") for arrival in server.arrivals} == {"close"}
