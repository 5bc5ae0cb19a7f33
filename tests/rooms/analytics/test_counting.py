"""How figures come to be: counted once with the cursor, on the day they belong to, and the same when made again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rapport.accounts.models import Account
from rapport.analytics import tasks
from rapport.analytics.models import Measured, Milestone, Rollup
from rapport.events import consumers
from rapport.leads.models import Lead
from rapport.ports.unipile_hooks import Named, RelationHeard
from rapport.replies.hear import hear
from tests.outreach import ALWAYS, Outreach, outreach
from tests.rooms.analytics.history import a_month
from tests.rooms.campaigns.world import a_campaign, accepted, invite, message
from tests.rooms.replies.world import told
from tests.stage import MONDAY, Stage

WORDS = [{"key": "a", "body": "Hello"}]


def kept(stage: Stage) -> list[list[tuple[Any, ...]]]:
    """Every byte of what is kept."""
    with stage.service.engine.connect() as connection:
        rows = [
            sorted(map(tuple, connection.exec_driver_sql(f"SELECT * FROM {model.__tablename__}").all()), key=repr)
            for model in (Rollup, Milestone, Measured)
        ]
        connection.rollback()
    return rows


def rebuilt(stage: Stage, client_id: str) -> dict[str, Any]:
    answer = stage.alice.post(f"/analytics/clients/{client_id}/rebuild")
    assert answer.status_code == 202, answer.json
    stage.run_due_jobs()
    job = stage.alice.get(f"/jobs/{answer.json['id']}").json
    assert job["status"] == "completed", job
    return job["result"]


def test_figures_made_again_from_the_log_are_the_same_byte_for_byte(stage, seed):
    month = a_month(stage, seed, people=15)
    while True:  # in batches of another size than those of the rebuild
        with stage.tx() as tx:
            if not consumers.advance(tx, tasks.CONSUMER, month.client.id, limit=7):
                break
    before = kept(stage)
    assert all(before)

    assert rebuilt(stage, month.client.id)["differed"] == 0
    assert kept(stage) == before

    with stage.service.engine.begin() as connection:  # a wrong number, a missing one, and one too many
        connection.exec_driver_sql("UPDATE rollup SET value = value + 1 WHERE metric = 'sent' AND span = 'total'")
        connection.exec_driver_sql("DELETE FROM milestone WHERE kind = 'replied'")
    wrong = kept(stage)
    assert wrong != before
    assert rebuilt(stage, month.client.id)["differed"] > 0
    assert kept(stage) == before

    stage.root.post("/admin/consumers/analytics.rollups/rewind", {"client_id": month.client.id, "to": 0})
    stage.run_consumers()
    stage.run_due_jobs()
    assert kept(stage) == before


def _of_day(stage: Stage, campaign_id: str, day: datetime) -> dict[str, int]:
    query = f"from={day.date()}&to={day.date()}"
    (found,) = stage.bob.get(f"/analytics/campaigns/{campaign_id}/timeseries?{query}").json["days"]
    return found


def test_what_is_heard_late_counts_on_the_day_it_belongs_to(stage):
    campaign = a_campaign(stage, schedule={"timezone": "Pacific/Auckland"})["id"]
    account = stage.account().id
    enrollment = "0190a1b2-0000-7000-8000-000000000001"
    where = {"campaign_id": campaign, "enrollment_id": enrollment, "account_id": account}
    sent_at = MONDAY + timedelta(days=1)
    answers = {"step": "hello", "variant": "a", "sent_at": sent_at.isoformat()}
    sent = {"kind": "message", "step": "hello", "variant": "a", "origin": "campaign"}

    def tell(event_type: str, at: datetime, data: dict[str, Any]) -> None:
        with stage.tx() as tx:
            tx.emit(event_type, client_id=stage.acme.id, occurred_at=at, data=data, **where)
        stage.run_consumers()

    friday, late_on_thursday = MONDAY + timedelta(days=4), MONDAY + timedelta(days=3, hours=14)
    tell("reply.received", friday, {"answers": answers})  # before the step it answers is known to have gone out
    assert _of_day(stage, campaign, friday)["replied"] == 1
    tell("action.sent", sent_at, sent)
    tell("reply.received", late_on_thursday, {"answers": answers})

    # 23:00 UTC of a Thursday is noon of Friday in Auckland: the first reply was then, and there were two that day.
    friday_there = _of_day(stage, campaign, friday)
    assert (friday_there["replied"], friday_there["replies"]) == (1, 2)
    utc = f"from={late_on_thursday.date()}&to={friday.date()}&clock=utc"
    thursday, friday_here = stage.bob.get(f"/analytics/campaigns/{campaign}/timeseries?{utc}").json["days"]
    assert (thursday["replied"], friday_here["replied"]) == (1, 0)
    assert (thursday["replies"], friday_here["replies"]) == (1, 1)

    stage.alice.patch(f"/campaigns/{campaign}", {"schedule": {"timezone": "America/Los_Angeles"}})
    stage.run_consumers()
    stage.run_due_jobs()
    thursday_there = _of_day(stage, campaign, late_on_thursday)
    assert (thursday_there["replied"], thursday_there["replies"]) == (1, 1)


def test_the_next_read_after_a_count_is_never_a_kept_one(stage):
    campaign = a_campaign(stage)["id"]
    path = f"/analytics/campaigns/{campaign}/summary"
    first, second = stage.bob.get(path), stage.bob.get(path)
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("miss", "hit")
    assert stage.bob.get(path, headers={"Accept": "text/csv"}).headers["Content-Type"].startswith("text/csv")
    with stage.tx() as tx:
        refused = {"kind": "invite", "step": "invite", "variant": None, "origin": "campaign"}
        tx.emit("action.refused", client_id=stage.acme.id, data=refused, campaign_id=campaign)
    assert stage.bob.get(path).json["totals"]["refused"] == 0
    live = stage.bob.get(f"/analytics/clients/{stage.acme.id}/live").json
    assert (live["lag"]["events"] > 0, live["last_hour"]["refused"]) == (True, 1)

    stage.run_consumers()

    assert stage.bob.get(path).json["totals"]["refused"] == 1
    assert stage.bob.get(f"/analytics/clients/{stage.acme.id}/live").json["lag"] == {"events": 0, "seconds": 0}


def _accepts(it: Outreach, enrollment: dict[str, Any]) -> None:
    """The person becomes a connection, and a webhook tells it."""
    account, person = _of(it, enrollment)
    it.sandbox.world.connects(person.provider_id or "", to=0)
    with it.stage.tx() as tx:
        hear(tx, RelationHeard(account_id=account.unipile_account_id, person=Named(provider_id=person.provider_id)))


def _replies(it: Outreach, enrollment: dict[str, Any], message_id: str) -> None:
    """The person writes, and a webhook tells it."""
    account, person = _of(it, enrollment)
    known = Named(provider_id=person.provider_id)
    with it.stage.tx() as tx:
        hear(
            tx,
            told(
                message_id,
                account_id=account.unipile_account_id,
                account_user_id=account.provider_id,
                sender=known,
                attendees=(known,),
                at=it.now,
            ),
        )


def _of(it: Outreach, enrollment: dict[str, Any]) -> tuple[Account, Lead]:
    with it.stage.reading() as reading:
        account = reading.session.get_one(Account, enrollment["account_id"])
        return account, reading.session.get_one(Lead, enrollment["lead_id"])


def test_what_a_campaign_really_does_is_counted_by_step_and_variant(make_stage):
    with outreach(make_stage, people=40, accounts=1, relations=0) as it:
        stage = it.stage
        steps = [{**invite(), "variants": WORDS}, accepted(), message("hello", delay={"amount": 1, "unit": "minutes"})]
        campaign = it.campaign(steps=steps, leads=3, schedule=ALWAYS)
        it.until(lambda: len(it.arrived("invite")) == 3)
        first, second, _ = it.enrollments(campaign)
        for enrollment in (first, second):
            _accepts(it, enrollment)
        it.until(lambda: len(it.arrived("message")) == 2)
        it.clock.advance(timedelta(hours=3))
        _replies(it, first, "m1")
        _replies(it, first, "m2")
        it.settle()

        path = f"/analytics/campaigns/{campaign['id']}"
        totals = stage.bob.get(f"{path}/summary").json["totals"]
        shown = ("enrolled", "invited", "accepted", "messaged", "replied", "sent", "replies")
        assert [totals[name] for name in shown] == [3, 3, 2, 2, 1, 5, 2]
        by_step = {each["step"]: each for each in stage.bob.get(f"{path}/steps").json["steps"]}
        assert (by_step["invite"]["sent"], by_step["invite"]["accepted"], by_step["invite"]["replied"]) == (3, 2, 0)
        assert (by_step["hello"]["sent"], by_step["hello"]["replied"]) == (2, 1)
        variants = {each["step"]: each for each in stage.bob.get(f"{path}/variants").json["variants"]}
        assert (variants["invite"]["variant"], variants["invite"]["accepted"]) == ("a", 2)
        outlook = stage.bob.get(f"{path}/forecast").json
        assert outlook["accepted"]["so_far"] == 2
        assert outlook["accepted"]["low"] <= outlook["accepted"]["middle"] <= outlook["accepted"]["high"] <= 3

        erased = first["lead_id"]
        assert stage.alice.post(f"/leads/{erased}/erase", {"confirm": erased}).status_code == 200
        it.settle()
        before = kept(stage)
        assert rebuilt(stage, stage.acme.id)["differed"] == 0
        assert kept(stage) == before
        assert stage.bob.get(f"{path}/summary").json["totals"]["replied"] == 1
