"""Folding events to figures: in whatever order they are told, the same figures."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from rapport.rules.figures import Figures, Metric, hour_of_week

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CAMPAIGN, ACCOUNT = "campaign", "account"


def event(event_type: str, hours: float, data: dict[str, Any] | None = None, **more: Any) -> SimpleNamespace:
    where = {"campaign_id": CAMPAIGN, "enrollment_id": "ann", "account_id": ACCOUNT, "conversation_id": None}
    at = MONDAY + timedelta(hours=hours)
    return SimpleNamespace(type=event_type, occurred_at=at, data=data or {}, **(where | more))


def sent(hours: float, kind: str = "message", step: str = "hello", **more: Any) -> SimpleNamespace:
    return event("action.sent", hours, {"kind": kind, "step": step, "variant": "a", "origin": "campaign"}, **more)


def replied(hours: float, sent_at: float, **more: Any) -> SimpleNamespace:
    answers = {"step": "hello", "variant": "a", "sent_at": (MONDAY + timedelta(hours=sent_at)).isoformat()}
    return event("reply.received", hours, {"answers": answers}, **more)


def folded(*events: Any, zone: str = "Europe/Berlin") -> Figures:
    figures = Figures(zone=zone, zones={CAMPAIGN: "Asia/Kathmandu"}, marks={}, last={})
    for each in events:
        figures.read(each)
    return figures


def total(figures: Figures, metric: Metric, dim: str = "client") -> int:
    return sum(v for key, v in figures.counts.items() if key[0] == dim and key[1] == "total" and key[6] == metric.value)


def kept(figures: Figures) -> dict[Any, int]:
    return {key: value for key, value in figures.counts.items() if value}


def test_whatever_the_order_the_figures_are_the_same(seed):
    draw = random.Random(seed)
    events = [event("enrollment.created", -5, enrollment_id=name) for name in "abcd"] + [
        made(draw.randrange(400), enrollment_id=name)
        for name in "abcd"
        for made in (
            sent,
            sent,
            lambda at, **more: sent(at, "invite", "ask", **more),
            lambda at, **more: replied(at, 1, **more),
        )
    ]
    first = folded(*events)
    for _ in range(20):
        draw.shuffle(events)
        other = folded(*events)
        assert kept(other) == kept(first)
        assert (other.marks, other.last) == (first.marks, first.last)


def test_people_count_once_and_sends_each_time():
    figures = folded(sent(0), sent(1), sent(2, enrollment_id="bob"), replied(3, 1), replied(4, 1))

    counted = {metric: total(figures, metric) for metric in (Metric.MESSAGED, Metric.MESSAGES, Metric.REPLIED)}
    assert counted == {Metric.MESSAGED: 2, Metric.MESSAGES: 3, Metric.REPLIED: 1}
    assert total(figures, Metric.REPLIES) == 2


def test_an_earlier_reply_that_is_heard_later_moves_the_day_and_leaves_nothing_behind():
    late_first = folded(replied(100, 90), replied(10, 5))
    in_order = folded(replied(10, 5), replied(100, 90))

    assert kept(late_first) == kept(in_order)
    days = {key[7]: v for key, v in kept(in_order).items() if key[:2] == ("client", "day") and key[6] == "replied"}
    assert days == {(MONDAY + timedelta(hours=10)).toordinal(): 1}


def test_days_and_hours_are_those_of_the_wall_of_whom_they_are_counted():
    figures = folded(sent(14))  # 23:00 UTC: past midnight in Berlin, and 4:45 in Kathmandu

    def slots(dim: str, span: str, metric: str) -> list[int]:
        return [
            key[7] for key, v in figures.counts.items() if key[0] == dim and key[1] == span and key[6] == metric and v
        ]

    assert slots("client", "day", "sent") == [MONDAY.toordinal()]
    assert slots("client", "local_day", "sent") == [MONDAY.toordinal() + 1]
    assert slots("campaign", "hour", "contacts") == [24 + 4]
    assert slots("client", "hour", "contacts") == [24]
    assert hour_of_week(MONDAY, "UTC") == 9


def test_a_reply_counts_in_the_hour_in_which_its_question_went_out():
    figures = folded(sent(0), replied(30, 0))

    hours = {key[6]: key[7] for key in figures.counts if key[:2] == ("client", "hour")}
    assert hours == {"contacts": 10, "answered": 10, "replies": 24 + 16}


@pytest.mark.parametrize(
    ("outcomes", "interested"),
    [(["interested"], 1), (["interested", "meeting"], 1), (["interested", "not_now"], 0), (["not_now"], 0)],
)
def test_interest_that_is_taken_back_does_not_count(outcomes, interested):
    said = [event("conversation.outcome_set", at, {"outcome": each}) for at, each in enumerate(outcomes)]

    figures = folded(*(SimpleNamespace(**vars(each) | {"conversation_id": "thread"}) for each in said))

    assert total(figures, Metric.INTERESTED) == interested


def test_a_word_that_answers_nothing_is_a_reply_and_no_milestone():
    figures = folded(event("reply.received", 1, {"answers": None}), event("relation.accepted", 1, {"answers": None}))

    assert (total(figures, Metric.REPLIES), total(figures, Metric.REPLIED), total(figures, Metric.ACCEPTED)) == (
        1,
        0,
        0,
    )
