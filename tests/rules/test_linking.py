"""What a message is about: found by the first sign that tells, as surely as that sign is."""

from __future__ import annotations

import pytest

from rapport.rules.linking.offered import Link, LinkStatus, Method, Written
from rapport.rules.linking.rungs import links
from tests.rules.offering_messages import HOMES, SETS, TOOLS

LEAST_PRECISION = 0.95
LEAST_RECALL = 0.60


def found(text: str, offerings=HOMES, **more) -> list[tuple[str, Method, float]]:
    return [(each.offering_id, each.method, each.confidence) for each in links(Written(text, **more), offerings)]


def judged(sets=SETS, link=links) -> tuple[float, float, float, list[str]]:
    """Precision and recall of what is linked by itself, recall with what is suggested, and each link that is wrong."""
    auto = right = wanted = seen = 0
    wrong = []
    for offerings, messages in sets:
        for each in messages:
            made: tuple[Link, ...] = link(Written(each.text, before=each.before), offerings)
            by_itself = {one.offering_id for one in made if one.status is LinkStatus.AUTO}
            auto += len(by_itself)
            right += len(by_itself & each.about)
            wanted += len(each.about)
            seen += len({one.offering_id for one in made} & each.about)
            wrong += [f"{each.text[:60]!r} is not about {one}" for one in sorted(by_itself - each.about)]
    return right / auto, right / wanted, seen / wanted, wrong


def test_what_is_linked_by_itself_is_right_on_the_labelled_messages(record_property):
    messages = sum(len(labelled) for _, labelled in SETS)
    precision, recall, with_suggested, wrong = judged()
    record_property(
        "says",
        f"linking: {messages} labelled messages, precision at auto {precision:.3f}, recall at auto {recall:.3f}, "
        f"with what is suggested {with_suggested:.3f}; wrong: {wrong}",
    )
    assert messages >= 60
    assert precision >= LEAST_PRECISION, wrong
    assert recall >= LEAST_RECALL


def test_the_judge_sees_links_that_are_wrong():
    def everything(_written, offerings):
        return tuple(Link(each.id, Method.NAME, 0.90) for each in offerings)

    precision, recall, _, wrong = judged(link=everything)
    assert recall == 1
    assert precision < 0.3
    assert len(wrong) > 100


@pytest.mark.parametrize(
    ("text", "more", "expected"),
    [
        ("RH-12 and https://homes.example/objects/park-view", {}, ("river", Method.CODE, 1.00)),
        ("Hello", {"named": ("mill",)}, ("mill", Method.CODE, 1.00)),
        (
            "homes.example/x and www.homes.example/objects/park-view?utm_medium=a#b 4471",
            {},
            ("park", Method.ADDRESS, 0.98),
        ),
        ("old-mill-loft?", {}, ("mill", Method.ADDRESS, 0.98)),
        ("object A-900, is it the River House?", {"before": ("mill",)}, ("park", Method.CATALOGUE, 0.95)),
        ("Is the River House free?", {"before": ("mill",)}, ("mill", Method.CONTEXT, 0.70)),
        ("Is the River House free?", {}, ("river", Method.NAME, 0.90)),
        ("Is the Rver House free?", {}, ("river", Method.NAME, 0.77)),
    ],
)
def test_the_first_rung_that_tells_is_believed(text, more, expected):
    assert found(text, **more) == [expected]


def test_the_rungs_below_say_less_and_never_link_by_themselves():
    ((offering, method, sure),) = found("an open loft with brick walls and a gallery")
    assert (offering, method) == ("mill", Method.DESCRIPTION)
    assert 0.50 <= sure <= 0.60
    assert found("My pulse is high", TOOLS) == [("pulse", Method.NAME, 0.80)]
    assert found("Good morning!") == []
    assert links(Written("River House"), ()) == ()


def test_evidence_says_the_rule_and_the_place_and_no_word_of_the_message():
    text = "Dear all, is the River House free? My phone is 12345."
    (link,) = links(Written(text), HOMES)
    begins, ends = link.evidence["span"]
    assert text[begins:ends] == "River House"
    assert (link.evidence["rule"], link.evidence["matched"]) == ("name", "River House")
    assert "12345" not in str(link.evidence)
    assert links(Written(text), HOMES) == (link,), "the same facts, the same answer"
