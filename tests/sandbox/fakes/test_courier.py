"""Letters are retried on the service's schedule, and may come twice, late or out of order."""

from random import Random

import pytest

from rapport_sandbox.fakes.courier import Courier
from tests.sandbox.fakes.calling import NOON

URL = "http://127.0.0.1:1/hook"


@pytest.fixture
def courier():
    return Courier(
        waits=(5.0, 300.0),
        stamp=lambda letter, now: {"x-at": str(now)},
        accepts=lambda status: status == 200,
        gives_up=lambda status: status == 403,
        random=Random(7),
    )


def walk(courier, answers):
    """The instants of all attempts, counted from the first, when each is made as soon as it is due."""
    answers = iter(answers)
    instants = []
    while (due := courier.next_due_at()) is not None:
        courier.pump(due, lambda post: next(answers))
        instants.append(due - NOON)
    return instants


def test_a_letter_that_is_accepted_is_posted_once(courier):
    letter = courier.submit("a", url=URL, body=b"{}", at=NOON)

    assert walk(courier, [200]) == [0]
    assert letter.state == "accepted"


def test_a_letter_nobody_accepts_is_retried_on_schedule_and_then_given_up(courier):
    letter = courier.submit("a", url=URL, body=b"{}", at=NOON)

    assert walk(courier, [500, None, 500]) == [0, 5, 305]
    assert (letter.state, letter.statuses) == ("given_up", [500, None, 500])


def test_a_status_that_means_stop_ends_the_retries_at_once(courier):
    courier.submit("a", url=URL, body=b"{}", at=NOON)

    assert walk(courier, [403]) == [0]


def test_nothing_is_posted_before_it_is_due(courier):
    courier.delay = 60.0
    courier.submit("a", url=URL, body=b"{}", at=NOON)

    assert courier.pump(NOON + 59, lambda post: 200) == 0
    assert courier.pump(NOON + 60, lambda post: 200) == 1


def test_a_duplicate_has_the_same_bytes(courier):
    courier.duplicating = 1
    courier.submit("a", url=URL, body=b"one", at=NOON)
    courier.submit("b", url=URL, body=b"two", at=NOON)
    posted: list[bytes] = []

    courier.pump(NOON, lambda post: posted.append(post.body) or 200)

    assert posted == [b"one", b"one", b"two"]


def test_shuffled_letters_all_arrive_but_not_in_order(courier):
    courier.shuffling = True
    for number in range(20):
        courier.submit(str(number), url=URL, body=b"%d" % number, at=NOON + number)
    posted: list[int] = []

    courier.pump(NOON + 60, lambda post: posted.append(int(post.body)) or 200)

    assert sorted(posted) == list(range(20)) != posted


def test_the_headers_are_made_at_each_attempt(courier):
    courier.submit("a", url=URL, body=b"{}", at=NOON)
    stamps: list[str] = []

    courier.pump(NOON, lambda post: stamps.append(post.headers["x-at"]) or 500)
    courier.pump(NOON + 5, lambda post: stamps.append(post.headers["x-at"]) or 200)

    assert stamps == [str(NOON), str(NOON + 5)]


def test_two_who_pump_at_once_do_not_post_one_letter_twice(courier):
    courier.submit("a", url=URL, body=b"{}", at=NOON)
    made_meanwhile = []

    def transport(post):
        made_meanwhile.append(courier.pump(NOON, lambda post: 200))
        return 200

    assert courier.pump(NOON, transport) == 1
    assert made_meanwhile == [0]
