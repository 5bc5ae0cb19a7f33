"""The population: the same for one seed, in many scripts, found by each of their ids."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport_sandbox.chance import Chance
from rapport_sandbox.world.people import People
from rapport_sandbox.world.temperament import later, temperament_of
from tests.sandbox.stage import Stage, refusal, said


@given(seed=st.integers(0, 2**32), number=st.integers(0, 99_999))
def test_every_id_leads_back_to_the_person(seed: int, number: int) -> None:
    people = People(Chance(seed), 100_000)
    person = people[number]

    ids = [
        person.provider_id,
        person.member_id,
        person.member_urn,
        f"urn:li:fsd_profile:{person.provider_id}",
    ]
    if person.public_identifier is not None:
        ids += [person.public_identifier, person.public_identifier.upper()]
    assert [people.find(one) for one in ids] == [person] * len(ids)


@given(st.text(max_size=60))
def test_an_invented_id_is_nobodys(text: str) -> None:
    assert People(Chance(1), 1_000).find(text) is None


def test_one_seed_is_one_world_whatever_is_asked_first() -> None:
    forwards, backwards = People(Chance(5), 500), People(Chance(5), 500)

    there = [forwards[number] for number in range(500)]
    back = [backwards[number] for number in reversed(range(500))]

    assert there == back[::-1]
    assert there != [People(Chance(6), 500)[number] for number in range(500)]


def test_names_come_in_many_scripts_and_some_profiles_are_odd() -> None:
    people = list(People(Chance(1), 3_000))

    scripts = {unicodedata.name(one.first_name[0]).split()[0] for one in people if one.first_name}
    assert scripts >= {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HANGUL", "DEVANAGARI"}
    assert 20 < sum(one.public_identifier is None for one in people) < 150
    assert any(one.last_name is None for one in people)
    assert any(one.location is None for one in people)
    assert any(one.headline == "" for one in people)
    assert len({one.provider_id for one in people} | {one.member_id for one in people}) == 6_000


def test_delays_end_in_the_persons_own_day() -> None:
    chance = Chance(3)
    for person in People(chance, 400):
        temper = temperament_of(person, chance)
        instant = later(1_767_600_000.0, temper.answer_after, person, chance, "answer")
        local = datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(person.timezone))
        assert 7 <= local.hour < 23
        assert instant > 1_767_600_000.0


@pytest.mark.parametrize("which", ["provider_id", "public_identifier", "member_id", "member_urn"])
def test_a_profile_is_read_by_any_id(stage: Stage, which: str) -> None:
    ada = stage.world.invents(first_name="Ada", last_name="Lovelace", location="London")

    profile = said(stage.get(f"/users/{getattr(ada, which)}", account_id=stage.account.id))

    assert profile["provider_id"] == ada.provider_id
    assert (profile["first_name"], profile["location"]) == ("Ada", "London")
    assert profile["public_identifier"].startswith("ada-lovelace-")


def test_sections_come_only_when_asked_for(stage: Stage) -> None:
    path = f"/users/{stage.stranger().provider_id}"

    bare = said(stage.get(path, account_id=stage.account.id))
    full = said(stage.get(path, account_id=stage.account.id, linkedin_sections="*"))
    some = said(stage.get(path, account_id=stage.account.id, linkedin_sections="experience,skills"))

    assert {"work_experience", "education", "skills", "summary"}.isdisjoint(bare)
    assert {"work_experience", "education", "skills", "languages", "summary"} <= set(full)
    assert set(some) - set(bare) == {"work_experience", "skills"}
    wrong = stage.get(path, account_id=stage.account.id, linkedin_sections="gossip")
    assert refusal(wrong) == (400, "invalid_parameters")


def test_throttled_sections_are_missing_without_an_error(stage: Stage) -> None:
    stage.sandbox.switches.sections_throttled = 1.0

    profile = said(
        stage.get(f"/users/{stage.stranger().provider_id}", account_id=stage.account.id, linkedin_sections="*")
    )

    assert "work_experience" not in profile


def test_a_visit_is_seen_and_a_plain_read_is_not(stage: Stage) -> None:
    ada = stage.stranger()
    path = f"/users/{ada.provider_id}"

    stage.get(path, account_id=stage.account.id)
    stage.get(path, account_id=stage.account.id, notify="false")
    stage.get(path, account_id=stage.account.id, notify="true")

    assert stage.world.received(ada) == ["visit"]
    assert [(line["kind"], line["effect"]) for line in stage.sandbox.ledger.read()] == [
        ("profile", False),
        ("profile", False),
        ("visit", True),
    ]


def test_nobody_is_nobody(stage: Stage) -> None:
    answer = stage.get("/users/nobody-at-all", account_id=stage.account.id)
    assert refusal(answer) == (404, "invalid_resource_identifier")


def test_a_profile_needs_an_account_that_exists(stage: Stage) -> None:
    path = f"/users/{stage.stranger().provider_id}"
    assert refusal(stage.get(path)) == (400, "invalid_parameters")
    assert refusal(stage.get(path, account_id="none")) == (404, "resource_not_found")


def test_relations_come_newest_first_in_pages_that_lose_nobody(stage: Stage) -> None:
    ada = stage.stranger()
    stage.world.accepts(ada, timedelta(0))
    stage.invite(ada)
    stage.advance(5)

    listed = stage.everything("/users/relations", limit=7)

    assert listed[0]["member_id"] == ada.provider_id
    assert len({one["member_id"] for one in listed}) == len(stage.account.relations)
    assert [one["created_at"] for one in listed] == sorted((one["created_at"] for one in listed), reverse=True)


def test_an_account_may_begin_with_thousands_of_relations() -> None:
    big = Stage(people=12_000, relations=9_369)

    listed = big.everything("/users/relations", limit=1_000)

    assert len({one["member_id"] for one in listed}) == 9_369


def test_a_relation_may_be_named_by_member_id(stage: Stage) -> None:
    stage.sandbox.switches.relation_member_id_numeric = 1.0

    for relation in stage.items("/users/relations", limit=5):
        person = stage.world.person(relation["member_id"])
        assert relation["member_id"] == person.member_id != person.provider_id


def test_somebody_can_be_followed_once(stage: Stage) -> None:
    ada = stage.stranger()
    body = {"account_id": stage.account.id, "user_id": ada.provider_id}

    said(stage.post("/users/follow", body))

    assert refusal(stage.post("/users/follow", body)) == (422, "action_already_performed")
    said(stage.post("/users/unfollow", body))
    assert stage.world.received(ada) == ["follow"]
