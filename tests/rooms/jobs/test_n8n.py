"""What n8n does with jobs over HTTP: poll, claim, report, call back; and what it may not do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.jobs import sweep
from rapport.rules.permissions import Permission
from tests.rooms.jobs.kinds import log
from tests.together import together


@pytest.fixture
def n8n(stage):
    return stage.key(Permission.JOBS, of=stage.acme)


def ask(stage, **more) -> str:
    answer = stage.alice.post("/jobs", {"type": "custom.task", "client_id": stage.acme.id, **more})
    assert answer.status_code == 202
    return answer.json["id"]


def claim_next(n8n):
    answer = n8n.get("/jobs/next")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json


def lose(stage, **after):
    """Let every lease run out and the sweep see it."""
    stage.wait(**(after or {"minutes": 10}))
    with stage.tx() as tx:
        assert sweep.sweep(tx, stage.service.job_types)


def test_a_poller_gets_the_next_job_with_a_lease_and_then_nothing(stage, n8n):
    job_id = ask(stage, payload={"do": "look"})

    job = claim_next(n8n)

    assert (job["id"], job["status"], job["attempts"], job["payload"]) == (job_id, "processing", 1, {"do": "look"})
    assert job["leased_by"] == f"api_key:{n8n.id}"
    assert job["lease_token"]
    empty = n8n.get("/jobs/next")
    assert (empty.status_code, empty.data, empty.headers["Cache-Control"]) == (204, b"", "no-store")


def test_a_lease_token_is_shown_to_its_holder_only(stage, n8n):
    job_id = ask(stage)
    token = claim_next(n8n)["lease_token"]
    for path in (f"/jobs/{job_id}", "/jobs", f"/jobs/{job_id}/log"):
        assert token not in stage.root.get(path).text


def test_up_to_twenty_jobs_are_claimed_at_once(stage, n8n):
    for _ in range(25):
        ask(stage)
    assert n8n.post("/jobs/claim", {"limit": 21}).status_code == 422
    assert n8n.post("/jobs/claim", {"lease_s": 3601}).status_code == 422
    assert len(n8n.post("/jobs/claim", {"limit": 20}).json["items"]) == 20
    assert len(n8n.post("/jobs/claim", {"limit": 20}).json["items"]) == 5
    assert n8n.post("/jobs/claim", {"limit": 20}).json["items"] == []


def test_a_poller_gets_the_types_it_asks_for(stage, n8n):
    ask(stage)
    assert n8n.get("/jobs/next?types=another.type").status_code == 204
    assert n8n.post("/jobs/claim", {"types": ["another.type"]}).json["items"] == []
    assert n8n.get("/jobs/next?types=another.type,custom.task").status_code == 200


def test_pollers_at_once_never_hold_one_job(make_stage):
    stages = [make_stage() for _ in range(4)]
    first = stages[0]
    ids = {ask(first) for _ in range(24)}
    secret = first.key(Permission.JOBS, of=first.acme).credential

    def poll(stage):
        held = []
        while (answer := stage.nobody.get("/jobs/next", headers={"X-API-Key": secret})).status_code == 200:
            held.append(answer.json["id"])
        return held

    for stage in stages:
        stage.http  # noqa: B018 - the application is made before the race
    held = [job_id for each in together(*[lambda s=stage: poll(s) for stage in stages]) for job_id in each]

    assert len(held) == len(set(held)) == 24
    assert set(held) == ids


def test_a_claimed_job_is_reported_on_and_its_lease_held(stage, n8n):
    ask(stage)
    job = claim_next(n8n)
    stage.wait(minutes=9)

    answer = n8n.patch(
        f"/jobs/{job['id']}", {"lease_token": job["lease_token"], "progress": {"done": 4, "of": 10}, "lease_s": 600}
    )

    assert answer.status_code == 200
    assert answer.json["progress"] == {"done": 4, "of": 10}
    stage.wait(minutes=9)
    with stage.tx() as tx:
        assert sweep.sweep(tx, stage.service.job_types) == 0


@pytest.mark.parametrize("way", ["patch", "callback"])
def test_a_job_ends_by_a_report_or_a_callback_and_once(stage, n8n, way):
    ask(stage)
    job = claim_next(n8n)
    body = {"lease_token": job["lease_token"], "status": "completed", "result": {"company": "AE"}}

    def say(**more):
        if way == "patch":
            return n8n.patch(f"/jobs/{job['id']}", body | more)
        return n8n.post(f"/jobs/{job['id']}/callback", body | more)

    assert (say().status_code, say().status_code) == (200, 200)
    assert say().json["result"] == {"company": "AE"}
    for other in ({"result": {"company": "other"}}, {"status": "failed"}):
        refused = say(**other)
        assert (refused.status_code, refused.json["code"]) == (409, "ALREADY_SETTLED")
    assert log(stage, job["id"]) == ["job.enqueued", "job.completed"]


def test_a_failure_that_may_heal_is_tried_again_by_the_service(stage, n8n):
    ask(stage)
    for minutes in (1, 5, 15):
        job = claim_next(n8n)
        answer = n8n.post(
            f"/jobs/{job['id']}/callback",
            {"lease_token": job["lease_token"], "status": "failed", "error_code": "timeout", "error_message": "slow"},
        ).json
        assert (answer["status"], answer["error_code"]) == ("pending", "timeout")
        assert n8n.get("/jobs/next").status_code == 204
        stage.wait(minutes=minutes)
    job = claim_next(n8n)
    body = {"lease_token": job["lease_token"], "status": "failed", "error_code": "timeout"}
    assert n8n.post(f"/jobs/{job['id']}/callback", body).json["status"] == "failed"
    assert job["attempts"] == 4


def test_a_failure_that_cannot_heal_ends_the_job(stage, n8n):
    ask(stage)
    job = claim_next(n8n)
    body = {"lease_token": job["lease_token"], "status": "failed", "retryable": False}
    assert n8n.post(f"/jobs/{job['id']}/callback", body).json["status"] == "failed"


@pytest.mark.parametrize("status", ["processing", "completed", "failed"])
def test_a_report_after_the_lease_was_lost_is_refused_and_writes_nothing(stage, n8n, status):
    ask(stage)
    job = claim_next(n8n)
    stage.wait(minutes=10)
    for swept in (False, True):
        if swept:
            lose(stage, seconds=0)
        before = stage.root.get(f"/jobs/{job['id']}").json
        answer = n8n.patch(
            f"/jobs/{job['id']}",
            {"lease_token": job["lease_token"], "status": status, "result": {"late": True}, "progress": {"late": True}},
        )
        assert (answer.status_code, answer.json["code"]) == (409, "LEASE_LOST")
        assert stage.root.get(f"/jobs/{job['id']}").json == before


def test_a_late_callback_cannot_speak_for_the_next_lease(stage, n8n):
    ask(stage)
    late = claim_next(n8n)
    lose(stage)
    stage.wait(minutes=1)
    current = claim_next(n8n)
    assert current["id"] == late["id"]

    refused = n8n.post(
        f"/jobs/{late['id']}/callback", {"lease_token": late["lease_token"], "status": "completed", "result": {"n": 1}}
    )
    assert (refused.status_code, refused.json["code"]) == (409, "LEASE_LOST")
    done = n8n.post(
        f"/jobs/{late['id']}/callback",
        {"lease_token": current["lease_token"], "status": "completed", "result": {"n": 2}},
    )
    assert done.json["result"] == {"n": 2}


def test_a_caller_without_a_token_is_believed_for_its_own_first_lease_only(stage, n8n):
    other = stage.key(Permission.JOBS, of=stage.acme)
    ask(stage)
    job = claim_next(n8n)
    end = {"status": "completed", "result": {"n": 1}}
    assert other.post(f"/jobs/{job['id']}/callback", end).json["code"] == "LEASE_LOST"
    lose(stage)
    stage.wait(minutes=1)
    assert n8n.post(f"/jobs/{job['id']}/callback", end).json["code"] == "LEASE_LOST"
    assert claim_next(n8n)["attempts"] == 2
    assert n8n.post(f"/jobs/{job['id']}/callback", end).json["code"] == "LEASE_LOST"

    ask(stage)
    fresh = claim_next(n8n)
    assert n8n.post(f"/jobs/{fresh['id']}/callback", end).status_code == 200


def test_a_poller_of_another_client_gets_nothing_and_may_say_nothing(stage, n8n):
    ask(stage)
    foreign = stage.key(Permission.JOBS, of=stage.globex)
    assert foreign.get("/jobs/next").status_code == 204
    job = claim_next(n8n)
    for answer in (
        foreign.post(
            f"/jobs/{job['id']}/callback", {"lease_token": job["lease_token"], "status": "completed", "result": None}
        ),
        foreign.patch(f"/jobs/{job['id']}", {"lease_token": job["lease_token"]}),
        foreign.get(f"/jobs/{job['id']}"),
    ):
        assert answer.status_code == 404


def test_a_key_without_the_scope_may_not_poll(stage):
    ask(stage)
    reader = stage.key(Permission.READ, of=stage.acme)
    assert reader.get("/jobs/next").status_code == 403
    assert stage.alice.get("/jobs/next").status_code == 403
    assert stage.nobody.get("/jobs/next").status_code == 401


def test_a_key_for_callbacks_may_call_back_and_not_poll(stage, n8n):
    ask(stage)
    job = claim_next(n8n)
    caller = stage.key(Permission.CALLBACKS, of=stage.acme)
    assert caller.get("/jobs/next").status_code == 403
    end = {"lease_token": job["lease_token"], "status": "completed"}
    assert caller.post(f"/jobs/{job['id']}/callback", end).status_code == 200


def test_a_poller_that_dies_loses_its_job_to_the_next(stage, n8n):
    ask(stage)
    assert n8n.get("/jobs/next?lease_s=60").json["attempts"] == 1
    lose(stage, seconds=60)
    stage.wait(minutes=1)
    assert claim_next(n8n)["attempts"] == 2


def test_a_worker_of_ours_never_takes_what_n8n_shall_do(stage):
    job_id = ask(stage)
    assert stage.run_due_jobs() == 0
    assert stage.job(job_id).status == "pending"
    stage.clock.advance(timedelta(days=1))
    assert stage.run_due_jobs() == 0
