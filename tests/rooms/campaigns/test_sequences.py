"""Sequences: what may be written, versions, edits of a live campaign, and the form that crosses the API."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.campaigns import steps
from rapport.campaigns.schemas.sequences import SequenceIn
from rapport.rules.delays import Delay, Unit
from rapport.rules.sequences import Asked, Condition, Step, StepKind, Variant
from tests.rooms.campaigns.world import (
    STEPS,
    a_campaign,
    a_lead,
    a_ready_campaign,
    a_running_campaign,
    accepted,
    act,
    codes,
    enroll,
    invite,
    message,
    told,
    visit,
)
from tests.together import together

_KEYS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
_LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\n"), max_size=12)
_DELAYS = st.builds(Delay, st.integers(0, 1_000_000), st.sampled_from(Unit))
_VARIANTS = st.builds(Variant, _KEYS, st.integers(0, 1000), _TEXTS, _LINES)
_CONDITIONS = st.builds(
    Condition, st.sampled_from(Asked), st.none() | st.text(st.characters(categories=["L"]), min_size=1, max_size=60)
)
_STEPS = st.builds(
    Step,
    key=_KEYS,
    kind=st.sampled_from(StepKind),
    then=st.none() | _KEYS,
    delay=_DELAYS,
    condition=st.none() | _CONDITIONS,
    within=st.none() | _DELAYS,
    otherwise=st.none() | _KEYS,
    variants=st.lists(_VARIANTS, max_size=2).map(tuple),
)


@settings(max_examples=settings().max_examples // 2)
@given(st.lists(_STEPS, max_size=2))
def test_what_is_shown_can_be_given_back_and_means_the_same(sequence):
    over_the_wire = json.loads(json.dumps({"steps": steps.shown(sequence)}))

    assert steps.given(SequenceIn().load(over_the_wire)["steps"]) == tuple(sequence)


def test_what_is_left_out_is_given_and_stays(stage):
    given = [
        {"kind": "visit"},
        {"kind": "visit", "delay": {"amount": 2, "unit": "hours"}},
        {"kind": "invite", "variants": [{"body": "Hello"}, {"body": "Good day", "weight": 3}]},
    ]
    campaign = a_campaign(stage, steps=given)

    shown = stage.alice.get(f"/campaigns/{campaign['id']}/sequence").json

    assert [(step["key"], step["then"]) for step in shown["steps"]] == [
        ("visit", "visit_2"),
        ("visit_2", "invite"),
        ("invite", None),
    ]
    assert [(variant["key"], variant["weight"]) for variant in shown["steps"][2]["variants"]] == [("a", 1), ("b", 3)]
    again = stage.alice.put(f"/campaigns/{campaign['id']}/sequence", {"steps": shown["steps"]}).json
    assert again == shown
    assert told(stage, campaign) == ["campaign.created"]


def test_every_problem_is_returned_at_once_with_its_place(stage):
    campaign = a_campaign(stage)
    bad = [
        message("early", body="Hi {{ first_name"),
        {"key": "wait", "kind": "wait_for"},
        visit("loop", then="wait"),
        visit("lost", then="nowhere"),
        visit("lost"),
        {"key": "mail", "kind": "inmail", "variants": [{"body": "x" * 2000, "weight": 0}]},
    ]

    answer = stage.alice.put(f"/campaigns/{campaign['id']}/sequence", {"steps": bad})
    without_twin = stage.alice.put(f"/campaigns/{campaign['id']}/sequence", {"steps": [*bad[:4], bad[5]]})

    assert answer.status_code == 422
    assert answer.json["code"] == "SEQUENCE_INVALID"
    assert codes(answer) == [
        "duplicate_key",
        "no_condition",
        "no_subject",
        "text_broken",
        "text_broken",
        "unknown_step",
        "weight",
    ]
    assert {"loop", "unreachable", "message_without_connection"} <= set(codes(without_twin))
    broken = next(each for each in answer.json["details"] if each["step"] == "early")
    assert broken["details"]["places"] == [
        {"field": "body", "line": 1, "column": 4, "sentence": "A variable that begins with {{ must end with }}."}
    ]
    assert stage.alice.get(f"/campaigns/{campaign['id']}/sequence").json["number"] == 1


def test_a_sequence_of_another_shape_is_refused_by_field(stage):
    campaign = a_campaign(stage)
    path = f"/campaigns/{campaign['id']}/sequence"

    def fault(*given: dict[str, Any]) -> Any:
        answer = stage.alice.put(path, {"steps": list(given)})
        assert answer.status_code == 422
        assert answer.json["code"] == "VALIDATION_FAILED"
        return answer.json["details"]["steps"]

    assert fault(visit(), {"kind": "dance"}) == {"1": {"kind": [f"Must be one of: {', '.join(StepKind)}."]}}
    assert "amount" in fault(visit(delay={"amount": -1, "unit": "days"}))["0"]["delay"]
    assert "unit" in fault(visit(delay={"amount": 1, "unit": "moons"}))["0"]["delay"]
    assert "key" in fault(visit("Visit Him"))["0"]
    assert "key" in fault(visit("visit\n"))["0"]
    assert "variants" in fault(message(variants=[{"body": "Hi"}] * 21))["0"]
    assert "subject" in fault(message(variants=[{"body": "Hi", "subject": "a\r\nBcc: x"}]))["0"]["variants"]["0"]
    assert "sends" in fault(visit(sends="now"))["0"]


def test_the_tricks_of_template_languages_are_plain_mistakes_here(stage):
    campaign = a_campaign(stage)
    tricks = [
        "{{ ''.__class__ }}",
        "{{ first_name.__class__ }}",
        "{% for i in range(10**9) %}x{% endfor %}",
        "{{ first_name | attr('__class__') }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ 'a' * 10**9 }}",
        "{# {{ #}",
    ]

    for trick in tricks:
        answer = stage.alice.put(f"/campaigns/{campaign['id']}/sequence", {"steps": [invite(note=trick)]})
        assert codes(answer) == ["text_broken"], trick


def test_an_unused_version_is_written_in_place_and_a_used_one_never(stage):
    campaign = a_ready_campaign(stage)
    path = f"/campaigns/{campaign['id']}/sequence"
    edited = [*STEPS[:2], message(body="Hello {{ first_name }}")]

    in_place = stage.alice.put(path, {"steps": edited}).json
    act(stage, campaign, "start")
    new = stage.alice.put(path, {"steps": [visit(), *edited]}).json

    assert (in_place["number"], in_place["used_at"]) == (1, None)
    assert new["number"] == 2
    assert new["used_at"] is not None
    versions = stage.bob.get(f"{path}/versions").json["items"]
    assert [version["number"] for version in versions] == [2, 1]
    assert versions[1]["steps"] == in_place["steps"]
    assert versions[1]["used_at"] is not None
    assert stage.bob.get(f"{path}/versions/1").json == versions[1]
    assert {stage.bob.get(f"{path}/versions/{number}").status_code for number in (0, 3, 2**31)} == {404}
    assert told(stage, campaign).count("campaign.sequence_changed") == 2


def test_an_edit_while_paused_is_used_once_resumed(stage):
    campaign = a_running_campaign(stage)
    path = f"/campaigns/{campaign['id']}/sequence"
    act(stage, campaign, "pause", {"reason": "An edit."})

    written = [stage.alice.put(path, {"steps": [visit(key), *STEPS]}).json for key in ("look", "look_again")]
    act(stage, campaign, "resume")

    assert [version["number"] for version in written] == [2, 2]
    assert written[1]["used_at"] is None
    assert stage.alice.get(path).json["used_at"] is not None


def test_an_edit_tells_where_those_before_a_removed_step_go_on(stage):
    campaign = a_running_campaign(stage, steps=[visit(), *STEPS])
    path = f"/campaigns/{campaign['id']}/sequence"
    edited = [invite(), accepted("patience"), message(body="Hello {{ first_name }}")]

    diff = stage.bob.post(f"{path}/diff", {"steps": edited}).json
    before = stage.bob.get(path).json
    stage.alice.put(path, {"steps": edited})

    assert (diff["from_number"], diff["to_number"]) == (1, 2)
    assert diff["added"] == ["patience"]
    assert diff["removed"] == ["visit", "accepted"]
    assert diff["changed"] == ["invite", "hello"]
    assert diff["carried"] == [{"step": "visit", "to": "invite"}, {"step": "accepted", "to": "hello"}]
    assert diff["problems"] == []
    assert before["number"] == 1
    timeline = stage.root.get(f"/events/timeline?filter[campaign_id]={campaign['id']}&limit=1").json["items"][0]
    assert timeline["type"] == "campaign.sequence_changed"
    assert timeline["data"]["carried"] == {"visit": "invite", "accepted": "hello"}


def test_a_used_sequence_is_edited_by_keys_only(stage):
    """Without its key a step would look new, and be sent again to those who had it."""
    campaign = a_running_campaign(stage)
    keyless = [{name: value for name, value in step.items() if name != "key"} for step in STEPS]

    answer = stage.alice.put(f"/campaigns/{campaign['id']}/sequence", {"steps": keyless})

    assert codes(answer) == ["key_missing"] * 3
    assert stage.alice.get(f"/campaigns/{campaign['id']}/sequence").json["number"] == 1


def test_what_leads_lack_keeps_an_edit_out_of_an_active_campaign_unless_accepted(stage):
    campaign = a_ready_campaign(stage)
    enroll(stage, campaign, a_lead(stage))
    path = f"/campaigns/{campaign['id']}/sequence"
    edited = {"steps": [*STEPS[:2], message(body="About {{ company }}")]}

    in_draft = stage.alice.put(path, edited)
    stage.alice.put(path, {"steps": STEPS})
    act(stage, campaign, "start")
    refused = stage.alice.put(path, edited)
    taken = stage.alice.put(path, edited | {"accept": ["variable_missing"]})

    assert in_draft.status_code == 200
    assert codes(refused) == ["variable_missing"]
    assert taken.json["number"] == 2


def test_a_note_too_long_for_everybody_is_refused_without_any_lead(stage):
    campaign = a_campaign(stage)
    path = f"/campaigns/{campaign['id']}/sequence"

    def written(note: str) -> int:
        return stage.alice.put(path, {"steps": [invite(note=note)]}).status_code

    assert written("x" * 300) == 200
    assert written("x" * 301) == 422
    assert written("\N{WAVING HAND SIGN}" * 150) == 200
    assert written("\N{WAVING HAND SIGN}" * 151) == 422
    assert written("x" * 300 + "{{ first_name }}") == 200


def test_an_edit_meant_for_another_version_is_refused(stage):
    campaign = a_running_campaign(stage)
    path = f"/campaigns/{campaign['id']}/sequence"
    etag = {"If-Match": stage.alice.get(path).headers["ETag"]}

    first = stage.alice.put(path, {"steps": [visit(), *STEPS]}, headers=etag)
    late = stage.alice.put(path, {"steps": STEPS}, headers=etag)
    on = stage.alice.put(path, {"steps": STEPS}, headers={"If-Match": first.headers["ETag"]})

    assert (first.status_code, late.status_code, on.status_code) == (200, 412, 200)


def test_edits_at_once_make_versions_one_after_the_other(stage):
    campaign = a_running_campaign(stage)
    path = f"/campaigns/{campaign['id']}/sequence"
    alice, root = stage.alice, stage.root

    answers = together(
        lambda: alice.put(path, {"steps": [visit("one"), *STEPS]}),
        lambda: root.put(path, {"steps": [visit("two"), *STEPS]}),
    )

    assert sorted(answer.json["number"] for answer in answers) == [2, 3]


def test_a_completed_campaign_keeps_its_sequence(stage):
    campaign = a_running_campaign(stage)
    act(stage, campaign, "complete", {"reason": "Enough."})

    answer = stage.alice.put(f"/campaigns/{campaign['id']}/sequence", {"steps": [visit(), *STEPS]})

    assert answer.json["code"] == "CAMPAIGN_STATE"
