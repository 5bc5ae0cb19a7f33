"""Imports from LinkedIn: searches and connections, page by page, within the account's day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from rapport.accounts import health, senders
from rapport.accounts.models import AccountStatus, AccountUsage
from rapport.leads.models import Relation
from rapport.ports.outcomes import CoolDown, Rest
from rapport.ports.unipile import CursorExpiredError, ReadError
from rapport.ports.unipile_records import (
    FoundPerson,
    Page,
    SearchByParameters,
    SearchByUrl,
    SearchPage,
    SearchParameter,
)
from rapport.ports.unipile_records import Relation as FoundRelation
from tests.rooms.leads.importing import leads, problems, shown

URL = "https://www.linkedin.com/search/results/people/?keywords=cto"


class Directory:
    """A provider with people to be found. A fault is raised once, before the page of that number is given."""

    def __init__(self, people: int) -> None:
        self.people = people
        self.asked: list[str | None] = []
        self.queries: list[object] = []
        self.faults: dict[int, ReadError] = {}
        self.unreadable: set[int] = set()

    def search(self, query, *, account_id, limit, cursor=None):
        self.queries.append(query)
        numbers, following = self._page(limit, cursor)
        return SearchPage(tuple(self._found(number) for number in numbers), following, self.people, {})

    def relations(self, account_id, *, limit, cursor=None):
        numbers, following = self._page(limit, cursor)
        return Page(tuple(self._relation(number) for number in numbers), following, {})

    def search_parameters(self, type_, *, account_id, keywords, limit):
        return (SearchParameter("103035651", f"{keywords.title()} ({type_.lower()})", {}),)

    def close(self):
        pass

    def _page(self, limit, cursor):
        self.asked.append(cursor)
        fault = self.faults.pop(len(self.asked), None)
        if fault is not None:
            raise fault
        start = int(cursor or 0)
        stop = min(start + limit, self.people)
        return range(start, stop), str(stop) if stop < self.people else None

    def _found(self, number):
        nothing = dict.fromkeys(FoundPerson.__dataclass_fields__)
        if number in self.unreadable:
            return FoundPerson(**{**nothing, "id": "?", "name": "LinkedIn Member", "raw": {}})
        named = {"id": f"ACoAAB{number:06}", "public_identifier": f"person-{number}", "name": f"Person {number}"}
        return FoundPerson(**{**nothing, **named, "headline": "x" * 600, "raw": {}})

    def _relation(self, number):
        nothing = dict.fromkeys(FoundRelation.__dataclass_fields__)
        ids = {"member_id": str(9_000 + number), "connection_urn": f"urn:li:fsd_connection:ACoAAB{number:06}"}
        return FoundRelation(**{**nothing, **ids, "first_name": f"Person {number}", "raw": {}})


@pytest.fixture
def directory() -> Directory:
    return Directory(people=120)


@pytest.fixture
def stage(make_stage, directory):
    return make_stage(unipile=directory)


def begun(stage, *, searches_per_day: int = 30, **more) -> str:
    """An import that was asked for; answers its id."""
    account = stage.account(unipile_account_id="mira", limits={"searches_per_day": searches_per_day}, warmup=False)
    with stage.tx() as tx:
        health.set_status(tx, senders.get(tx, account.id), AccountStatus.OK, detail=None)
    body = {"client_id": stage.acme.id, "account_id": account.id, "source": "search", "tags": ["cto"], **more}
    if body["source"] == "search" and "parameters" not in body:
        body["url"] = URL
    answer = stage.alice.post("/leads/imports/search", body)
    assert answer.status_code == 202, answer.json
    return answer.json["id"]


def used(stage) -> int:
    with stage.reading() as reading:
        return len(reading.session.execute(select(AccountUsage.id).where(AccountUsage.budget == "searches")).all())


def test_everybody_a_search_finds_becomes_a_lead(stage, directory):
    import_id = begun(stage)

    stage.run_due_jobs()

    done = shown(stage, import_id)
    assert (done["state"], done["rows_created"], done["rows_total"]) == ("done", 120, 120)
    assert {lead["provider_id"] for lead in leads(stage)} == {f"ACoAAB{number:06}" for number in range(120)}
    assert {len(lead["headline"]) for lead in leads(stage)} == {400}
    assert directory.queries[0] == SearchByUrl(URL)
    assert used(stage) == len(directory.asked) == 3


def test_a_search_by_parameters_is_passed_on(stage, directory):
    begun(stage, parameters={"api": "classic", "filters": {"keywords": "cto", "location": ["103035651"]}})

    stage.run_due_jobs()

    wanted = SearchByParameters("classic", "people", {"keywords": "cto", "location": ["103035651"]})
    assert set(map(repr, directory.queries)) == {repr(wanted)}


def test_connections_become_leads_that_are_connected(stage, directory):
    import_id = begun(stage, source="connections")

    stage.run_due_jobs()

    assert shown(stage, import_id)["rows_created"] == 120
    assert {(lead["provider_id"], lead["member_id"]) for lead in leads(stage)} == {
        (f"ACoAAB{number:06}", str(9_000 + number)) for number in range(120)
    }
    with stage.reading() as reading:
        assert set(reading.session.execute(select(Relation.state)).scalars()) == {"connected"}


def test_when_the_days_searches_are_used_up_the_import_waits_for_the_accounts_next_day(stage, directory):
    import_id = begun(stage, searches_per_day=2)

    stage.run_due_jobs()

    job = stage.job(shown(stage, import_id)["job_id"])
    assert (job.status, len(directory.asked)) == ("pending", 2)
    assert job.progress["waiting_for"] == "Mira has done 2 of 2 searches for today."
    assert job.run_at == stage.clock.now().replace(hour=23)  # midnight in Berlin, in winter
    stage.wait(hours=13, minutes=59)
    assert stage.run_due_jobs() == 0
    stage.wait(minutes=1)
    stage.run_due_jobs()
    assert shown(stage, import_id)["state"] == "done"
    assert len(leads(stage)) == 120


def test_a_forgotten_cursor_begins_the_list_again_without_counting_twice(stage, directory):
    directory.faults[3] = CursorExpiredError("expired", retryable=False)
    import_id = begun(stage)

    stage.run_due_jobs()

    done = shown(stage, import_id)
    assert directory.asked == [None, "50", "100", None, "50", "100"]
    assert (done["state"], done["rows_created"], done["rows_unchanged"], done["rows_done"]) == ("done", 120, 0, 120)
    assert used(stage) == 6


def test_a_provider_that_is_away_is_asked_again_at_the_place(stage, directory):
    at = stage.clock.now() + timedelta(minutes=20)
    directory.faults[2] = ReadError("too_many_requests", retryable=True, retry_at=at)
    import_id = begun(stage)

    stage.run_due_jobs()
    assert stage.job(shown(stage, import_id)["job_id"]).run_at == at
    stage.wait(minutes=20)
    stage.run_due_jobs()

    assert shown(stage, import_id)["state"] == "done"
    assert directory.asked == [None, "50", "50", "100"]


def test_a_refusal_fails_the_import_with_its_reason_and_keeps_who_came(stage, directory):
    directory.faults[2] = ReadError("feature_not_subscribed", retryable=False)
    import_id = begun(stage)

    stage.run_due_jobs()

    failed = shown(stage, import_id)
    assert (failed["state"], failed["error"]) == ("failed", "The provider refused: feature_not_subscribed.")
    assert len(leads(stage)) == 50


def test_a_page_that_may_have_been_asked_for_by_a_dead_worker_is_reserved_anew(stage, directory):
    class DiedError(RuntimeError):
        pass

    import_id = begun(stage)
    stage.run_due_jobs(most=1)
    directory.faults[1] = DiedError("the worker is gone, and the page was asked for")  # type: ignore[assignment]
    stage.run_due_jobs(most=1)
    stage.wait(minutes=1)
    stage.run_due_jobs()

    assert shown(stage, import_id)["state"] == "done"
    assert used(stage) == len(directory.asked) == 4


def test_a_paused_account_is_not_searched_with(stage, directory):
    import_id = begun(stage)
    account_id = shown(stage, import_id)["options"]["account_id"]
    stage.alice.post(f"/linkedin-accounts/{account_id}/pause", {"reason": "On holiday."})

    stage.run_due_jobs()

    assert directory.asked == []
    stage.alice.post(f"/linkedin-accounts/{account_id}/resume")
    stage.wait(hours=1)
    stage.run_due_jobs()
    assert shown(stage, import_id)["state"] == "done"


def test_somebody_the_provider_does_not_name_is_told(stage, directory):
    directory.unreadable = {7}
    import_id = begun(stage)

    stage.run_due_jobs()

    assert problems(stage, import_id) == {8: (None, "The provider names nobody here.")}


def test_a_search_needs_an_account_of_the_client(stage):
    theirs = stage.account(of=stage.globex, unipile_account_id="theirs")
    body = {"client_id": stage.acme.id, "account_id": theirs.id, "source": "search", "url": URL}

    assert stage.alice.post("/leads/imports/search", body).json["code"] == "VALIDATION_FAILED"
    for more in ({"url": None}, {"source": "connections"}, {"url": "https://evil.example/search"}):
        refused = stage.alice.post("/leads/imports/search", {**body, **more})
        assert (refused.status_code, list(refused.json["details"])) == (422, ["url"]), more


def test_the_ids_of_filters_can_be_looked_up(stage):
    account = stage.account(unipile_account_id="mira")
    query = f"account_id={account.id}&type=LOCATION&keywords=berlin"

    found = stage.alice.get(f"/leads/imports/search-parameters?{query}")

    assert found.json == {"items": [{"id": "103035651", "title": "Berlin (location)"}]}
    assert stage.carol.get(f"/leads/imports/search-parameters?{query}").status_code == 404
    assert used(stage) == 0


def test_a_search_that_the_provider_wants_no_more_of_cools_the_account_down(stage, directory):
    import_id = begun(stage)
    rest = CoolDown(None, stage.clock.now() + timedelta(hours=2), Rest.A_WHILE)
    directory.faults[1] = ReadError("too_many_requests", retryable=True, account_effect=rest)

    stage.run_due_jobs()

    assert shown(stage, import_id)["state"] == "running"
    (account,) = stage.alice.get("/linkedin-accounts/usage").json["items"]
    assert [(each["kind"], each["until"]) for each in account["cooldowns"]] == [("all", "2026-03-02T11:00:00Z")]
