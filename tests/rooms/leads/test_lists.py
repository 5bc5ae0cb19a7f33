"""Lists of leads: filters, search, pages, tags, custom fields, notes."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from tests.stage import MONDAY


def names(answer):
    assert answer.status_code == 200, answer.json
    return [f"{each['first_name']} {each['last_name'] or ''}".strip() for each in answer.json["items"]]


@pytest.fixture
def people(stage):
    stage.lead("Ada Lovelace", company="Analytical Engines Ltd", email="ada@engines.example", tags=["vip", "fair"])
    stage.wait(hours=1)
    stage.lead("Grace Hopper", company="Navy", tags=["vip"])
    stage.wait(hours=1)
    stage.lead("Özge Çelik", company="Société Générale", email="ozge@bank.example", custom={"budget": "1"})
    stage.lead("Somebody Else", of=stage.globex, tags=["vip"])
    return stage


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("filter[tag]=vip", ["Ada Lovelace", "Grace Hopper"]),
        ("filter[tag][in]=fair,nothing", ["Ada Lovelace"]),
        ("filter[without_tag]=vip", ["Özge Çelik"]),
        ("filter[has_email]=true", ["Ada Lovelace", "Özge Çelik"]),
        ("filter[has_email]=false", ["Grace Hopper"]),
        ("filter[email_domain]=bank.example", ["Özge Çelik"]),
        ("filter[company][contains]=engines", ["Ada Lovelace"]),
        ("filter[name][contains]=hop", ["Grace Hopper"]),
        ("filter[q]=ada lovelace", ["Ada Lovelace"]),
        ("filter[q]=LOVELACE ada", ["Ada Lovelace"]),
        ("filter[q]=%C3%96ZGE", ["Özge Çelik"]),
        ("filter[q]=analytical engines", ["Ada Lovelace"]),
        ("filter[q]=societe gen", ["Özge Çelik"]),
        ("filter[q]=%25", []),
        ("filter[q]=_", []),
        ("filter[source]=import", []),
        ("filter[created_at][gte]=2026-03-02T10:00:00Z", ["Grace Hopper", "Özge Çelik"]),
        ("filter[do_not_contact]=true", []),
        ("filter[do_not_contact]=false&filter[tag]=fair", ["Ada Lovelace"]),
        ("sort=name", ["Özge Çelik", "Grace Hopper", "Ada Lovelace"]),
    ],
)
def test_a_filter_picks_those_it_names(people, query, expected):
    order = "" if "sort=" in query else "&order=asc"

    found = names(people.alice.get(f"/leads?{query}{order}"))

    assert sorted(found) == sorted(expected)
    if not query.startswith("sort=name"):
        assert found == expected


def test_a_filter_that_is_not_known_is_refused_by_name(people):
    refused = people.alice.get("/leads?filter[shoe_size]=42")

    assert refused.status_code == 422
    assert "filter[shoe_size]" in refused.json["details"]
    assert people.alice.get("/leads?filter[tag][contains]=v").status_code == 422


def test_pages_partition_the_list_whatever_comes_in_between(stage):
    made = []
    for number in range(23):
        made.append(stage.lead(f"Person {number:02}"))
        if number % 3 == 0:
            stage.wait(seconds=1)
    seen, cursor = [], None
    for turn in itertools.count():
        answer = stage.alice.get(f"/leads?limit=5&order=asc{f'&cursor={cursor}' if cursor else ''}").json
        seen += [each["id"] for each in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
        if turn == 1:
            stage.wait(hours=1)
            late = stage.lead("Late Comer")

    assert len(seen) == len(set(seen))
    assert set(seen) == {*made, late}
    mixed = stage.alice.get(
        "/leads?limit=5&filter[tag]=vip&cursor=" + stage.alice.get("/leads?limit=5").json["next_cursor"]
    )
    assert mixed.json["code"] == "CURSOR_MISMATCH"


def test_tags_are_put_on_and_taken_off_and_counted(people):
    ada = people.alice.get("/leads?filter[tag]=fair").json["items"][0]["id"]

    changed = people.alice.post(f"/leads/{ada}/tags", {"add": ["  new   one ", "vip"], "remove": ["fair", "never"]})

    assert changed.json == {"tags": ["new one", "vip"]}
    assert people.bob.get(f"/leads/tags?client_id={people.acme.id}").json["items"] == [
        {"tag": "vip", "leads": 2},
        {"tag": "new one", "leads": 1},
    ]
    titles = [each["title"] for each in people.alice.get(f"/leads/{ada}/timeline").json["items"]]
    assert titles[:2] == ["Ada Lovelace was tagged new one", "Ada Lovelace lost the tag fair"]


def test_custom_fields_are_listed_with_counts(people):
    people.lead("One More", custom={"budget": "2", "fair": "yes"})

    found = people.bob.get(f"/leads/custom-fields?client_id={people.acme.id}").json["items"]

    assert found == [{"name": "budget", "leads": 2}, {"name": "fair", "leads": 1}]


def test_notes_are_kept_by_author_and_the_log_does_not_repeat_them(stage):
    ada = stage.lead()
    note = stage.alice.post(f"/leads/{ada}/notes", {"text": "Likes engines."}).json
    assert note["author_id"] == stage.alice.id
    assert [each["text"] for each in stage.bob.get(f"/leads/{ada}/notes").json["items"]] == ["Likes engines."]
    assert "Likes engines" not in stage.alice.get(f"/leads/{ada}/timeline").text

    assert stage.alice.delete(f"/leads/notes/{note['id']}").status_code == 204

    assert stage.alice.get(f"/leads/{ada}/notes").json["items"] == []
    assert stage.alice.delete(f"/leads/notes/{note['id']}").status_code == 404


def test_a_written_lead_is_seen_by_the_next_read(stage):
    stage.lead("Ada Lovelace")
    assert len(stage.alice.get("/leads").json["items"]) == 1

    ada = stage.alice.get("/leads").json["items"][0]["id"]
    stage.alice.post(f"/leads/{ada}/tags", {"add": ["new"]})

    assert stage.alice.get("/leads").json["items"][0]["tags"] == ["new"]
    assert MONDAY + timedelta(0) == stage.clock.now()
