"""Looking after jobs: asking, dismissing, retrying, archiving, and who may."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.jobs import archive, retry
from rapport.rules.permissions import Permission, Role
from tests.rooms.jobs.kinds import HOPELESS, Obedient, ask, log
from tests.together import together


@pytest.fixture
def kind():
    return Obedient()


@pytest.fixture
def story(make_stage, kind):
    return make_stage(more_job_types=[kind.type])


def request(stage, person, **more):
    return person.post("/jobs", {"type": "test.obedient", "client_id": stage.acme.id, **more})


def failed(stage, kind, person=None, **more) -> str:
    """A job that was asked for by somebody and failed for good."""
    job_id = request(stage, person or stage.alice, **more).json["id"]
    kind.failing = HOPELESS
    stage.run_due_jobs()
    kind.failing = None
    assert stage.job(job_id).status == "failed"
    return job_id


def test_asking_for_work_is_answered_before_the_work_is_done(story, kind):
    answer = request(story, story.alice, payload={"n": 1}, entity_type="lead", entity_id="x", entity_label="Ada")

    assert answer.status_code == 202
    assert answer.json["status"] == "pending"
    assert answer.json["created_by"] == f"user:{story.alice.id}"
    assert kind.ran == 0
    story.run_due_jobs()
    assert story.alice.get(f"/jobs/{answer.json['id']}").json["status"] == "completed"


def test_asking_twice_while_it_is_open_is_answered_with_the_same_job(story):
    first = request(story, story.alice, dedupe_key="k")
    again = request(story, story.alice, dedupe_key="k")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json["id"] == again.json["id"]

    story.run_due_jobs()
    later = request(story, story.alice, dedupe_key="k")
    assert later.status_code == 202
    assert later.json["id"] != first.json["id"]


def test_a_dedupe_key_holds_within_its_client_only(story):
    mine = request(story, story.root, dedupe_key="k")
    other = story.root.post("/jobs", {"type": "test.obedient", "client_id": story.globex.id, "dedupe_key": "k"})
    assert (mine.status_code, other.status_code) == (202, 202)


def test_many_who_ask_at_once_get_one_job(story, make_stage, kind):
    others = [make_stage(more_job_types=[kind.type]) for _ in range(3)]
    story.acme  # noqa: B018 - the client must be there before the race

    def ask_once(stage):
        from rapport.jobs.enqueue import enqueue

        with stage.tx() as tx:
            return enqueue(tx, kind.type, client_id=story.acme.id, dedupe_key="k")

    answers = together(*[lambda stage=stage: ask_once(stage) for stage in (story, *others)])

    assert len({job.id for job, _ in answers}) == 1
    assert sorted(new for _, new in answers) == [False, False, False, True]


def test_an_agent_sees_the_jobs_they_asked_for_and_an_admin_all(story):
    mine = request(story, story.alice).json["id"]
    roots = request(story, story.root).json["id"]

    assert [job["id"] for job in story.alice.get("/jobs").json["items"]] == [mine]
    assert {job["id"] for job in story.root.get("/jobs").json["items"]} >= {mine, roots}
    assert story.alice.get(f"/jobs/{roots}").status_code == 404
    assert story.alice.get(f"/jobs/{roots}/log").status_code == 404
    assert story.alice.get("/jobs/counts").json["pending"] == 1
    assert story.carol.get(f"/jobs/{mine}").status_code == 404


def test_a_viewer_has_nothing_to_do_with_jobs(story, kind):
    job_id = failed(story, kind)
    for method, path in (
        ("GET", "/jobs"),
        ("GET", f"/jobs/{job_id}"),
        ("GET", "/jobs/attention"),
        ("POST", f"/jobs/{job_id}/retry"),
    ):
        assert story.bob.call(method, path).status_code == 403, path
    assert story.bob.post(f"/jobs/{job_id}/dismiss", {"reason": "x"}).status_code == 403
    assert request(story, story.bob).status_code == 403


def test_an_agent_may_dismiss_and_retry_their_own_jobs_and_an_admin_any(story, kind):
    mine, roots = failed(story, kind), failed(story, kind, story.root)

    assert story.alice.post(f"/jobs/{roots}/dismiss", {"reason": "no"}).status_code == 404
    assert story.alice.post(f"/jobs/{roots}/retry").status_code == 404
    assert story.alice.post(f"/jobs/{mine}/retry").status_code == 200
    assert story.root.post(f"/jobs/{roots}/dismiss", {"reason": "no"}).status_code == 200
    assert story.alice.post("/jobs/retry", {}).json["retried"] == 0


def test_dismissing_needs_a_reason_and_keeps_it(story, kind):
    job_id = failed(story, kind)
    for body in ({}, {"reason": ""}, {"reason": "   "}):
        assert story.alice.post(f"/jobs/{job_id}/dismiss", body).status_code == 422

    answer = story.alice.post(f"/jobs/{job_id}/dismiss", {"reason": "Ada left."}).json

    assert answer["dismiss_reason"] == "Ada left."
    assert answer["dismissed_by"] == story.alice.id
    assert log(story, job_id)[-1] == "job.dismissed"


def test_a_dismissed_job_never_runs_again(story, kind):
    job_id = failed(story, kind)
    story.alice.post(f"/jobs/{job_id}/dismiss", {"reason": "Ada left."})
    ran = kind.ran

    refused = story.alice.post(f"/jobs/{job_id}/retry")
    bulk = story.alice.post("/jobs/retry", {"type": "test.obedient"})

    assert (refused.status_code, refused.json["code"]) == (409, "JOB_DISMISSED")
    assert bulk.json == {"retried": 0, "skipped": {"dismissed": 1}, "more": False}
    for _ in range(3):
        story.wait(days=1)
        assert story.run_due_jobs() == 0
    assert kind.ran == ran


def test_a_job_that_waits_for_its_retry_ends_when_it_is_dismissed(story, kind):
    kind.failing = ValueError("not today")
    job_id = request(story, story.alice).json["id"]
    story.run_due_jobs()

    answer = story.alice.post(f"/jobs/{job_id}/dismiss", {"reason": "enough"}).json

    assert (answer["status"], answer["error_code"]) == ("failed", "ValueError")
    story.wait(hours=1)
    assert story.run_due_jobs() == 0


def test_a_job_dismissed_while_it_runs_is_not_tried_again(story, kind):
    job_id = request(story, story.alice).json["id"]
    kind.failing = ValueError("not today")
    from rapport.jobs import claim, sweep
    from rapport.jobs.models import Executor

    with story.tx() as tx:
        claim.claim(tx, executor=Executor.WORKER, types=None, limit=1, lease=timedelta(minutes=1), by="a worker")
    assert story.alice.post(f"/jobs/{job_id}/dismiss", {"reason": "enough"}).json["status"] == "processing"
    story.wait(minutes=1)
    with story.tx() as tx:
        sweep.sweep(tx, story.service.job_types)

    assert story.job(job_id).status == "failed"
    story.wait(hours=1)
    assert story.run_due_jobs() == 0


def test_a_completed_job_is_neither_dismissed_nor_retried(story):
    job_id = request(story, story.alice).json["id"]
    story.run_due_jobs()
    assert story.alice.post(f"/jobs/{job_id}/dismiss", {"reason": "x"}).json["code"] == "JOB_NOT_DISMISSABLE"
    assert story.alice.post(f"/jobs/{job_id}/retry").json["code"] == "JOB_NOT_RETRYABLE"


def test_a_retry_by_hand_begins_with_a_full_set_of_attempts(story, kind):
    kind.failing = ValueError("not today")
    job_id = request(story, story.alice).json["id"]
    for minutes in (1, 5, 15, 0):
        story.run_due_jobs()
        story.wait(minutes=minutes)
    assert story.job(job_id).status == "failed"

    answer = story.alice.post(f"/jobs/{job_id}/retry").json

    assert (answer["status"], answer["attempts"], answer["error_code"]) == ("pending", 0, None)
    for minutes in (1, 5, 15, 0):
        assert story.run_due_jobs() == 1
        story.wait(minutes=minutes)
    assert (story.job(job_id).status, kind.ran) == ("failed", 8)


def test_a_retry_meets_a_newer_job_of_the_same_key(story, kind):
    older = failed(story, kind, dedupe_key="k")
    newer = request(story, story.alice, dedupe_key="k").json["id"]
    assert newer != older

    assert story.alice.post(f"/jobs/{older}/retry").json["code"] == "JOB_NOT_RETRYABLE"
    assert story.alice.post("/jobs/retry", {}).json["skipped"] == {"open_twin": 1}


def test_a_bulk_retry_takes_what_its_filter_names(story, kind):
    chosen, other = failed(story, kind), failed(story, kind)
    assert story.alice.post("/jobs/retry", {"ids": [chosen], "error_code": "cannot_heal"}).json["retried"] == 1
    assert story.job(chosen).status == "pending"
    assert story.job(other).status == "failed"
    assert story.alice.post("/jobs/retry", {"error_code": "stale"}).json["retried"] == 0
    assert story.carol.post("/jobs/retry", {}).json["retried"] == 0


def test_a_bulk_retry_gets_past_any_number_of_jobs_that_cannot_be_tried_again(story, kind):
    for _ in range(3):
        dismissed = failed(story, kind)
        story.alice.post(f"/jobs/{dismissed}/dismiss", {"reason": "x"})
        failed(story, kind, dedupe_key="k")
    twin = request(story, story.alice, dedupe_key="k", run_at="2030-01-01T00:00:00Z").json["id"]
    hoped_for = [failed(story, kind) for _ in range(3)]

    def retry_two():
        with story.tx() as tx:
            done = retry.retry_many(tx, most=2)
        return done.retried, done.more, done.skipped

    assert retry_two() == (2, True, {"dismissed": 3, "open_twin": 3})
    assert retry_two() == (1, False, {"dismissed": 3, "open_twin": 3})
    assert [story.job(each).status for each in (twin, *hoped_for)] == ["pending"] * 4


def test_of_two_failed_jobs_of_one_key_a_bulk_retry_takes_one(story, kind):
    for _ in range(2):
        failed(story, kind, dedupe_key="k")
    assert story.alice.post("/jobs/retry", {}).json == {"retried": 1, "skipped": {"open_twin": 1}, "more": False}


def test_a_failed_job_of_eight_days_is_archived_and_still_needs_attention(story, kind):
    lost = failed(story, kind)
    done = request(story, story.alice).json["id"]
    story.run_due_jobs()
    story.wait(days=8)
    story.root.post("/jobs", {"type": "jobs.archive", "client_id": None})

    story.run_due_jobs()

    assert story.job(lost).archived_at == story.job(done).archived_at == story.clock.now()
    assert [job["id"] for job in story.alice.get("/jobs/attention").json["items"]] == [lost]
    assert story.alice.get("/jobs/counts").json == {
        "pending": 0,
        "processing": 0,
        "completed": 0,
        "failed": 0,
        "needs_attention": 1,
    }
    story.alice.post(f"/jobs/{lost}/retry")
    assert story.job(lost).archived_at is None
    story.run_due_jobs()
    assert story.alice.get("/jobs/attention").json["items"] == []


def test_archiving_loses_no_job_and_takes_none_too_early(story, kind):
    old = [request(story, story.alice).json["id"] for _ in range(5)]
    story.run_due_jobs()
    story.wait(days=7)
    new = [request(story, story.alice).json["id"] for _ in range(3)]
    story.run_due_jobs()
    waiting = request(story, story.alice, run_at="2030-01-01T00:00:00Z").json["id"]

    with story.tx() as tx:
        assert archive.archive(tx, older_than=timedelta(days=7)) == 5
    with story.tx() as tx:
        assert archive.archive(tx, older_than=timedelta(days=7)) == 0

    assert all(story.job(each).archived_at is not None for each in old)
    assert all(story.job(each).archived_at is None for each in [*new, waiting])
    listed = {job["id"] for job in story.alice.get("/jobs?limit=200").json["items"]}
    assert listed == {*old, *new, waiting}


def test_work_that_comes_about_by_itself_cannot_be_asked_for(make_stage):
    kind = Obedient("test.inner")
    inner = make_stage(more_job_types=[type(kind.type)("test.alone", "", handler=lambda _t, _j: None)])
    assert inner.alice.post("/jobs", {"type": "test.alone", "client_id": inner.acme.id}).status_code == 422
    assert inner.alice.post("/jobs", {"type": "no.such", "client_id": inner.acme.id}).json["code"] == "JOB_TYPE_UNKNOWN"
    assert inner.alice.post("/jobs", {"type": "custom.task", "client_id": inner.globex.id}).status_code == 404
    assert inner.alice.post("/jobs", {"type": "jobs.archive", "client_id": None}).status_code == 404


def test_who_may_see_what_holds_for_keys_as_well(story):
    job_id = request(story, story.alice).json["id"]
    foreign = story.key(Permission.JOBS, Permission.READ, of=story.globex)
    own = story.key(Permission.JOBS, Permission.READ, of=story.acme)
    dora = story.person("Dora", Role.AGENT, story.acme)
    assert foreign.get(f"/jobs/{job_id}").status_code == 404
    assert own.get(f"/jobs/{job_id}").status_code == 200
    assert dora.get(f"/jobs/{job_id}").status_code == 404


def test_a_job_tells_its_log(story, kind):
    job_id = ask(story, "test.obedient")
    kind.failing = ValueError("not today")
    story.run_due_jobs()
    items = story.root.get(f"/jobs/{job_id}/log").json["items"]
    assert "Job test.obedient failed (ValueError) and is tried again" in [event["title"] for event in items]
