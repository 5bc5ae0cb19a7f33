"""The key is in one header and nowhere else; nobody's words are in logs, exceptions, reprs or metrics."""

from __future__ import annotations

import io
import logging
import traceback

import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest

from rapport.outside.unipile.options import UnipileOptions
from rapport.ports.outcomes import Accepted, LeadEffect, Refused, Unknown
from rapport.ports.unipile import ReadError
from tests.outside.raw_server import (
    answers,
    drips,
    raw_server,
    refuses,
    resets_after_request,
    sends,
)
from tests.outside.unipile_at import KEY, unipile_at

WORDS = "words-canary-77ab"
ECHO = {
    "object": "MessageSent",
    "message_id": "m",
    "type": f"errors/{WORDS} said {KEY}",
    "title": WORDS,
    "detail": f"{WORDS} {KEY}",
}

ANSWERS = {
    "accepted": answers(200, ECHO),
    "accepted without sense": answers(200, {"object": WORDS}),
    "refused with an echo": answers(422, ECHO),
    "refused": refuses(422, "invalid_message"),
    "broken": answers(500, ECHO),
    "redirected": answers(302, Location=f"http://127.0.0.1:1/?key={KEY}&text={WORDS}"),
    "html": answers(403, f"<html>{WORDS} {KEY}</html>".encode()),
    "reset": resets_after_request(),
    "garbled": sends(f"HTTP/1.1 {KEY} {WORDS}\r\n\r\n".encode()),
    "garbled head": sends(f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode()),
    "slow": drips(b"x" * 500, every=0.02, first=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
}


@pytest.fixture
def everything_logged():
    """All that any logger writes at DEBUG, and all that structlog is given."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        yield lambda: written.getvalue() + repr(lines)
    root.setLevel(before)
    root.removeHandler(handler)


@pytest.mark.parametrize("answer", ANSWERS)
def test_neither_key_nor_words_appear_anywhere(answer, everything_logged):
    registry = CollectorRegistry()
    told = []

    with (
        raw_server(ANSWERS[answer]) as server,
        unipile_at(server.url, registry=registry, total_seconds=0.2, read_attempts=2) as unipile,
    ):
        told.append(repr(unipile.send_message("chat-1", text=WORDS)))
        try:
            told.append(repr(unipile.chat_messages("chat-1", limit=5)))
        except ReadError as failure:
            told.extend([repr(failure), "".join(traceback.format_exception(failure))])
        told.append(repr(unipile))

    for place in [*told, everything_logged(), generate_latest(registry).decode()]:
        assert KEY not in place
        assert WORDS not in place


def test_options_do_not_show_the_key():
    options = UnipileOptions(
        base_url="https://api3.example.com:13359", api_key=KEY, connect_seconds=1, total_seconds=1, can_follow=False
    )

    assert KEY not in repr(options)


def test_a_key_that_no_header_takes_is_not_quoted():
    key = f"{KEY}\n"

    with raw_server(answers(200)) as server, unipile_at(server.url, api_key=key) as unipile:
        outcome = unipile.send_message("chat-1", text="Hello")
        with pytest.raises(ReadError) as failed:
            unipile.account("acc-1")

        assert server.connections == 0
    assert outcome == Refused("unsendable_request", LeadEffect.FAILS)
    assert KEY not in "".join(traceback.format_exception(failed.value))


@pytest.fixture(autouse=True)
def _everything_is_logged():
    """Whatever another test in this process made of the log."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


def test_a_call_leaves_one_line_and_one_count():
    registry = CollectorRegistry()

    with (
        raw_server(refuses(422, "already_connected")) as server,
        unipile_at(server.url, registry=registry) as unipile,
        structlog.testing.capture_logs() as lines,
    ):
        unipile.invite("ACoAAAda", account_id="acc-1", note=None)

    assert len(lines) == 1
    assert lines[0].pop("duration_ms") >= 0
    assert lines[0] == {
        "event": "unipile_call",
        "source": "unipile",
        "log_level": "info",
        "endpoint": "POST /users/invite",
        "outcome": "refused",
        "status": 422,
        "code": "already_connected",
        "attempt": 1,
    }
    labels = {"endpoint": "POST /users/invite", "outcome": "refused"}
    assert registry.get_sample_value("rapport_unipile_calls_total", labels) == 1
    assert registry.get_sample_value("rapport_unipile_call_seconds_count", labels) == 1


def test_each_attempt_of_a_read_leaves_its_line():
    busy = refuses(503, "service_unavailable")

    with (
        raw_server(busy, answers(200, {"items": []})) as server,
        unipile_at(server.url) as unipile,
        structlog.testing.capture_logs() as lines,
    ):
        unipile.webhooks(limit=10)

    told = [(line["outcome"], line["attempt"], line["code"]) for line in lines]
    assert told == [("asked_again", 1, "service_unavailable"), ("answered", 2, None)]


def test_the_raw_body_is_kept_though_it_is_not_shown():
    with raw_server(ANSWERS["accepted"]) as server, unipile_at(server.url) as unipile:
        outcome = unipile.send_message("chat-1", text="Hello")

    assert isinstance(outcome, Accepted)
    assert outcome.raw == ECHO


def test_the_providers_sentence_is_kept_for_the_operator_though_it_is_not_shown():
    with raw_server(answers(422, ECHO)) as server, unipile_at(server.url) as unipile:
        outcome = unipile.send_message("chat-1", text="Hello")

    assert isinstance(outcome, Unknown)
    assert outcome.detail == f"{WORDS} {KEY}"
