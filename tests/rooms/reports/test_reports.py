"""What a report says, who gets it, who wants no more, and what is known of each mail afterwards."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from rapport.reports.turn import turn
from tests.http.routes import unmatched_message
from tests.rooms.analytics.history import a_month
from tests.rooms.outbox.world import REACHABLE
from tests.rooms.reports.world import BASE, BOSS, look, mails, pass_time, reporting, settle, wants

DUE = datetime(2026, 3, 9, 7, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def world(make_stage):
    with reporting(make_stage) as made:
        yield made


def sent(world, *emails, at=DUE):
    """The reports of the first Monday, or of another."""
    wants(world, world.stage.acme, emails=list(emails or [BOSS]))
    turn(world.stage.service)
    pass_time(world, at)
    look(world)
    return mails(world)


def link(mail):
    (found,) = re.findall(r"<(https://[^>]+)>", mail["headers"]["List-Unsubscribe"])
    return found.removeprefix(BASE)


def test_a_report_tells_what_happened_beside_the_week_before(world, seed):
    stage = world.stage
    a_month(stage, seed, people=30)
    stage.run_consumers()
    words = "Yes, <b>please</b>\nsend & tell"
    pass_time(world, DUE - timedelta(days=3) + 2 * WEEK)
    unmatched_message(stage, of=stage.acme, mark=words)
    held = {"metric": "external.meetings_held", "day": "2026-03-18", "value": 3}
    assert stage.alice.post("/callbacks/metrics", {"client_id": stage.acme.id, "values": [held]}).status_code == 200

    (mail,) = sent(world, at=DUE + 2 * WEEK)
    (item,) = stage.bob.get("/reports?filter[status]=sent").json["items"]
    shown = stage.bob.get(f"/reports/{item['id']}").json
    facts = shown["facts"]

    assert (item["week"], item["first_on"], item["last_on"]) == ("2026-W13", "2026-03-16", "2026-03-22")
    for name, first in (("value", "2026-03-16"), ("before", "2026-03-09")):
        last = (datetime.fromisoformat(first) + timedelta(days=6)).date()
        funnel = stage.bob.get(f"/analytics/clients/{stage.acme.id}/funnel?from={first}&to={last}").json
        people = {each["stage"]: each["people"] for each in funnel["stages"]} | {"contacted": funnel["contacted"]}
        known = {each["figure"]: each[name] for each in facts["figures"] if each["figure"] in people}
        assert known == {figure: people[figure] for figure in known}
        assert len(known) == 5
    days = stage.bob.get(f"/analytics/clients/{stage.acme.id}/timeseries?from=2026-03-16&to=2026-03-22").json["days"]
    assert facts["days"] == [{name: each[name] for name in ("day", "sent", "replies")} for each in days]
    campaigns = stage.bob.get(f"/analytics/clients/{stage.acme.id}/campaigns?from=2026-03-16&to=2026-03-22").json
    assert {each["campaign"] for each in facts["campaigns"]} <= {each["campaign"] for each in campaigns["campaigns"]}
    assert facts["replies"][0]["text"].startswith("Yes, <b>please</b>")

    assert all("Meetings held: 3." in mail[form] for form in ("html", "text"))
    assert mail["to"] == [BOSS]
    assert mail["subject"] == "Acme: your week 16 to 22 March 2026"
    assert "Yes, &lt;b&gt;please&lt;/b&gt;<br>send &amp; tell" in mail["html"]
    assert "  > Yes, <b>please</b>\n  > send & tell" in mail["text"]
    for tile in facts["figures"]:
        assert f"{tile['value']:,}" in mail["html"]
        assert f"{tile['value']:,}" in mail["text"]
    assert {each.startswith(BASE) for each in re.findall(r"https?://[^\s\"<>]+", mail["html"])} == {True}


def test_a_preview_is_what_is_sent_and_sends_nothing(world):
    stage = world.stage
    query = {"client_id": stage.acme.id}
    wants(world, stage.acme, emails=[BOSS])

    shown = stage.bob.get("/reports/preview", query_string=query).json
    html = stage.bob.get("/reports/preview.html", query_string=query)
    text = stage.bob.get("/reports/preview.txt", query_string=query)
    assert (html.text, text.text) == (shown["html"], shown["text"])
    assert html.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src" not in html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert stage.bob.get("/reports").json["items"] == []
    assert stage.bob.post("/reports/send", query).status_code == 403

    made = stage.alice.post("/reports/send", query, headers={"Idempotency-Key": "now"})
    again = stage.alice.post("/reports/send", query, headers={"Idempotency-Key": "now"})
    settle(world)
    (mail,) = mails(world)
    assert (made.status_code, again.json) == (202, made.json)
    assert (made.json["kind"], made.json["facts"]) == ("by_hand", shown["report"])
    assert mail["subject"] == shown["subject"]
    opt_out = re.compile(r"/reports/opt-out/[\w-]+")
    assert opt_out.sub("", mail["html"]) == opt_out.sub("", shown["html"])

    for at in (world.now, DUE, DUE + WEEK):
        pass_time(world, at)
        turn(stage.service)
    kinds = [each["kind"] for each in stage.bob.get("/reports", query_string={"order": "asc"}).json["items"]]
    assert kinds == ["by_hand", "weekly", "weekly"], "one by hand stands for no week's"


def test_one_click_and_there_are_no_more_for_them_and_still_for_others(world):
    stage, other = world.stage, "cfo@acme.example"
    to_boss, to_other = sorted(sent(world, BOSS, other), key=lambda mail: mail["to"])
    assert to_boss["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link(to_boss) != link(to_other)
    assert link(to_boss) in to_boss["html"]
    assert link(to_boss) in to_boss["text"]

    seen = stage.nobody.visit(link(to_boss))
    assert (seen.status_code, BOSS in seen.text) == (200, True)
    assert stage.bob.get("/reports/stopped").json["items"] == [], "looking changes nothing"
    click = {"data": {"List-Unsubscribe": "One-Click"}}
    assert [stage.http.post(link(to_boss), **click).status_code for _ in range(2)] == [200, 200]
    forged = link(to_boss)[:-1] + ("A" if link(to_boss)[-1] != "A" else "B")
    assert {
        stage.http.open(path, method=method).status_code
        for path in (forged, "/reports/opt-out/x")
        for method in ("GET", "POST")
    } == {404}

    pass_time(world, DUE + WEEK)
    look(world)
    stage.alice.post("/reports/send", {"client_id": stage.acme.id, "emails": [BOSS]})
    settle(world)
    assert [mail["to"] for mail in mails(world)[2:]] == [[other]], "none after the click, the other's is the control"
    reasons = {(each["recipient"], each["status"], each["reason"]) for each in world.deliveries()}
    assert (BOSS, "skipped", "address_opted_out") in reasons
    (stopped,) = stage.bob.get("/reports/stopped").json["items"]
    assert (stopped["email"], stopped["topic"], stopped["reason"]) == (BOSS, "reports", "opted_out")
    assert stage.bob.get("/reports/settings", query_string={"client_id": stage.acme.id}).json["stopped"] == [
        {"email": BOSS, "reason": "opted_out"}
    ]

    assert stage.bob.delete(f"/reports/stopped/{stopped['id']}").status_code == 403
    back = stage.http.post(link(to_boss), data={"again": "yes"})
    assert "Send me no more" in back.text
    pass_time(world, DUE + 2 * WEEK)
    look(world)
    assert [mail["to"] for mail in mails(world)[3:]] == [[BOSS], [other]]


def test_what_waits_to_leave_when_somebody_opts_out_does_not(world):
    world.fakes["resend"].fail_next(1, 503)
    wants(world, world.stage.acme, emails=[BOSS])
    turn(world.stage.service)
    pass_time(world, DUE)
    turn(world.stage.service)
    world.run()
    (waiting,) = world.open_deliveries()
    headers = json.loads(world.delivery(waiting["id"])["body"])["headers"]

    world.stage.http.post(link({"headers": headers}))
    world.run(timedelta(hours=1))

    assert (mails(world), world.delivery(waiting["id"])["reason"]) == ([], "address_opted_out")


def test_what_becomes_of_each_mail_is_kept_with_its_report(world):
    resend = world.fakes["resend"]
    sent(world, BOSS, "cfo@acme.example")
    (opened,) = [key for key, mail in resend.sent.items() if mail["to"] == [BOSS]]
    now = world.now.timestamp()
    for kind, after in (("email.clicked", 30), ("email.opened", 20), ("email.opened", 40)):
        told = {"email_id": opened, "kind": kind, "at": now + after}
        world.server.sandbox.turn("resend", "emit", told)
    world.stage.clock.advance(timedelta(minutes=2))
    world.stage.run_due_jobs()

    (item,) = world.stage.bob.get("/reports").json["items"]
    by = {each["recipient"]: each for each in world.stage.bob.get(f"/reports/{item['id']}").json["mails"]}
    assert (by[BOSS]["state"], by["cfo@acme.example"]["state"]) == ("clicked", "delivered")
    apart = datetime.fromisoformat(by[BOSS]["clicked_at"]) - datetime.fromisoformat(by[BOSS]["opened_at"])
    assert apart == timedelta(seconds=10), "the first of each counts"
    assert by["cfo@acme.example"]["opened_at"] is None


@pytest.mark.parametrize("fate", ["bounced", "complained"])
def test_where_a_mail_bounces_or_is_complained_of_none_goes_any_more_and_operators_hear(world, fate):
    stage, gone = world.stage, f"{fate}@resend.dev"
    assert stage.alice.name == "Alice"
    sent(world, gone, BOSS)
    settle(world)

    (item,) = stage.bob.get("/reports").json["items"]
    states = {each["recipient"]: each["state"] for each in stage.bob.get(f"/reports/{item['id']}").json["mails"]}
    assert states == {gone: fate, BOSS: "delivered"}
    (stopped,) = stage.bob.get("/reports/stopped").json["items"]
    assert (stopped["email"], stopped["topic"], stopped["reason"]) == (gone, "all", fate)
    told = stage.bob.get("/events/timeline", query_string={"filter[type]": "mail.stopped"}).json["items"]
    assert [each["title"] for each in told] == [f"{gone} gets no more mail: {fate}"]
    notices = [json.loads(line["body"]) for line in world.effects("resend")]
    assert [each["to"] for each in notices if each["subject"] == f"No more mail goes to {gone}"] == [
        ["alice@agency.example"]
    ]

    before = len(mails(world))
    pass_time(world, DUE + WEEK)
    look(world)
    assert [mail["to"] for mail in mails(world)[before:]] == [[BOSS]]
    assert stage.alice.delete(f"/reports/stopped/{stopped['id']}").status_code == 204
    assert stage.carol.get("/reports/stopped").json["items"] == []


def test_what_is_not_sent_says_why(make_stage):
    with reporting(make_stage, WEEKLY_REPORTS_ENABLED="false", **REACHABLE) as world:
        stage = world.stage
        wants(world, stage.acme, emails=[BOSS])
        globex = stage.globex
        wants(world, globex, emails=[])
        stage.root.put("/flags", {"name": "reports", "client_id": globex.id, "enabled": True})
        turn(stage.service)
        pass_time(world, DUE)
        look(world)

        (off,) = stage.bob.get("/reports").json["items"]
        (nobody,) = stage.carol.get("/reports").json["items"]
        assert (off["status"], off["reason"]) == ("skipped", "flag reports")
        assert (nobody["status"], nobody["reason"]) == ("skipped", "no_recipients")
        assert mails(world) == []
        refused = stage.alice.post("/reports/send", {"client_id": stage.acme.id})
        assert (refused.status_code, refused.json["details"]) == (409, {"reason": "flag reports"})
        settings = stage.bob.get("/reports/settings", query_string={"client_id": stage.acme.id}).json
        assert (settings["feature_on"], settings["next_at"]) == (False, "2026-03-16T07:00:00Z")


def test_who_is_erased_is_in_no_report_any_more(world):
    stage = world.stage
    pass_time(world, DUE - timedelta(days=3))
    lead = stage.lead("Ada Lovelace")
    message = unmatched_message(stage, of=stage.acme, mark="Yes please")
    assert stage.alice.post(f"/replies/unmatched/{message}/match", {"lead_id": lead}).status_code == 200
    unmatched_message(stage, of=stage.acme, mark="Who are you")
    sent(world)
    (item,) = stage.bob.get("/reports").json["items"]
    assert "Yes please" in stage.bob.get(f"/reports/{item['id']}").text

    assert stage.alice.post(f"/leads/{lead}/erase", {"confirm": lead}).status_code == 200
    stage.run_consumers()

    (mail,) = (each for each in world.deliveries() if each["event_type"] == "report.weekly")
    for told in (stage.bob.get(f"/reports/{item['id']}").text, world.delivery(mail["id"])["body"]):
        assert "Yes please" not in told
        assert "Who are you" in told, "the control"
