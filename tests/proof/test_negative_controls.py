"""Every law has been seen to fail: a clean world is clean, and one corruption makes exactly one law red."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.proof.judge.verdict import LAWS
from tests.proof.small_world import LIMITS, Row, World, at

MONDAY = "2026-03-02"
NEXT_WEEK = at("2026-03-09 09:00")


@dataclass
class Scene:
    """A small clean world with the rows that corruptions reach for."""

    world: World
    client: Row
    account: Row
    campaign: Row
    invite: Row
    message: Row
    leads: list[Row]
    enrollments: list[Row]
    actions: list[Row]
    lines: list[Row]
    reply: Row
    stored: Row


@pytest.fixture
def scene() -> Scene:
    """Four leads are invited on Monday morning; the first accepts, gets a message and replies."""
    world = World()
    client = world.client()
    account = world.account(client)
    campaign = world.campaign(client)
    invite, message = world.step(campaign, "invite"), world.step(campaign, "message")
    leads = [world.lead(client) for _ in range(4)]
    enrollments = [world.enrollment(campaign, lead, account, due_at=NEXT_WEEK) for lead in leads]
    sent = [
        world.sends(enrollment, invite, at=at(f"{MONDAY} 09:{10 + 7 * n}")) for n, enrollment in enumerate(enrollments)
    ]
    world.accepts(sent[0][1], at=at(f"{MONDAY} 11:00"))
    sent.append(world.sends(enrollments[0], message, at=at(f"{MONDAY} 14:00")))
    reply, stored = world.replies(account, leads[0], enrollments[0], at=at(f"{MONDAY} 15:00"))
    world.operator_sends(account, leads[0], "Thank you!", at=at(f"{MONDAY} 19:30"))
    world.ends(at=at(f"{MONDAY} 20:00"), faults_stopped_at=at(f"{MONDAY} 12:00"))
    actions, lines = [action for action, _ in sent], [line for _, line in sent]
    return Scene(world, client, account, campaign, invite, message, leads, enrollments, actions, lines, reply, stored)


def red(world: World, folder) -> list[str]:
    return [law for law, finding in world.judged(folder).items() if finding.violations]


def test_a_clean_world_breaks_no_law_and_every_law_had_something_to_look_at(scene, tmp_path):
    findings = scene.world.judged(tmp_path)

    assert list(findings) == list(LAWS)
    assert {law: finding.violations for law, finding in findings.items()} == {law: [] for law in LAWS}
    assert all(finding.examined for finding in findings.values())


# L1


def a_blind_resend(scene):
    """A time-out, and the same call again: it arrives twice and is counted and told once."""
    scene.world.arrives(scene.actions[1], at=at(f"{MONDAY} 09:18"))
    scene.world.counter(scene.account, "invite", at(f"{MONDAY} 09:18"))["used"] += 1


def an_effect_nobody_intended(scene):
    stranger = scene.world.lead(scene.client)
    line = {**scene.lines[1], "n": len(scene.world.ledger) + 1, "person": stranger["provider_id"], "body": {}}
    scene.world.ledger.append(line)
    scene.world.counter(scene.account, "invite", at(f"{MONDAY} 09:18"))["used"] += 1


def a_step_done_by_two_actions(scene):
    scene.world.sends(scene.enrollments[1], scene.invite, at=at(f"{MONDAY} 10:30"))


def a_step_whose_first_try_was_not_read_back(scene):
    """The first call arrived, nobody looked, and a second action for the step was called."""
    first, second = (
        scene.world.action(scene.enrollments[1], scene.message, claimed_at=at(f"{MONDAY} {clock}"))
        for clock in ("13:00", "13:30")
    )
    scene.world.arrives(first, at=at(f"{MONDAY} 13:01"))
    scene.world.counter(scene.account, "message", at(f"{MONDAY} 13:01"))["used"] += 1
    first.update(status="uncertain", reason="decide by hand")
    scene.world.arrives(second, at=at(f"{MONDAY} 13:31"))
    scene.world.settles(second, at=at(f"{MONDAY} 13:31"))


def two_actions_of_a_step_marked_sent(scene):
    again = scene.world.action(scene.enrollments[1], scene.invite, claimed_at=at(f"{MONDAY} 10:30"))
    again["status"] = "sent"


# L2


def a_message_after_the_reply(scene):
    scene.world.sends(scene.enrollments[0], scene.world.step(scene.campaign, "message"), at=at(f"{MONDAY} 15:01"))


def a_message_from_another_account_after_the_reply(scene):
    other = scene.world.account(scene.client)
    enrollment = scene.world.enrollment(scene.campaign, scene.leads[0], other, due_at=NEXT_WEEK)
    scene.world.sends(enrollment, scene.invite, at=at(f"{MONDAY} 16:00"))


def a_message_claimed_before_the_acknowledgement_but_called_after_it(scene):
    step = scene.world.step(scene.campaign, "message")
    action = scene.world.action(scene.enrollments[0], step, claimed_at=at(f"{MONDAY} 15:00") - 5)
    action["called_at"] = at(f"{MONDAY} 15:00") + 1
    scene.world.arrives(action, at=at(f"{MONDAY} 15:00") + 2)
    scene.world.settles(action, at=at(f"{MONDAY} 15:00") + 3)


def a_message_said_to_be_in_flight_for_an_hour(scene):
    step = scene.world.step(scene.campaign, "message")
    action = scene.world.action(scene.enrollments[0], step, claimed_at=at(f"{MONDAY} 14:30"))
    scene.world.arrives(action, at=at(f"{MONDAY} 15:30"))
    scene.world.settles(action, at=at(f"{MONDAY} 15:31"))


def a_message_after_a_reply_that_polling_found(scene):
    scene.world.row(
        "message",
        client_id=scene.client["id"],
        account_id=scene.account["id"],
        lead_id=scene.leads[1]["id"],
        external_message_id="polled",
        direction="inbound",
        received_at=at(f"{MONDAY} 12:00"),
    )
    scene.world.sends(scene.enrollments[1], scene.message, at=at(f"{MONDAY} 12:30"))


def a_message_after_a_reply_by_mail(scene):
    scene.world.row(
        "message",
        client_id=scene.client["id"],
        lead_id=scene.leads[1]["id"],
        external_message_id="mailed",
        direction="inbound",
        received_at=at(f"{MONDAY} 12:00"),
    )
    scene.world.sends(scene.enrollments[1], scene.message, at=at(f"{MONDAY} 12:30"))


# L3


def one_more_than_the_day_allows(scene):
    scene.account["limits"] = {**LIMITS, "invite": {"day": 3}}


def one_more_than_seven_days_allow(scene):
    scene.account["limits"] = {"invite": {"week": 3}}


def one_more_pending_than_allowed(scene):
    scene.account["limits"] = {"invite": {"pending": 3}}


def older_invitations_count_as_pending_too(scene):
    scene.account["limits"] = {"invite": {"pending": 10}}
    scene.account["pending_before"] = 7


def a_limit_lowered_in_the_morning(scene):
    lowered = {"invite": {"day": 2}}
    scene.account["limit_history"] = [{"from": at(f"{MONDAY} 09:20"), "limits": lowered}]


def a_limit_the_proof_asked_for_and_the_product_did_not_take(scene):
    limits = {"invite": {"day": 3}}
    scene.world.plan.append({"table": "account", "id": scene.account["id"], "limits": limits})


# L4


def moved(scene, wall):
    """The last invitation, its claim, its counter and its event at another wall time."""
    scene.actions[3].update(claimed_at=at(wall), called_at=at(wall))
    scene.lines[3]["at"] = at(wall)
    scene.world.counter(scene.account, "invite", at(f"{MONDAY} 10:00"))["used"] -= 1
    scene.world.counter(scene.account, "invite", at(wall))["used"] += 1


def a_minute_before_opening(scene):
    moved(scene, f"{MONDAY} 08:59:59")


def the_minute_of_closing(scene):
    moved(scene, f"{MONDAY} 17:00")


def a_saturday(scene):
    scene.campaign["windows"]["sat"] = [["00:00", "24:00"]]
    moved(scene, "2026-02-28 10:00")


def a_date_off(scene):
    scene.campaign["dates_off"] = [MONDAY]


def another_zone_than_the_accounts(scene):
    scene.campaign["timezone"] = "America/New_York"


# L5


def words_changed_on_the_way(scene):
    scene.lines[1]["body"] = {"message": scene.actions[1]["text"] + "!"}


def words_of_another_lead(scene):
    words = scene.actions[1]["text"].replace(scene.leads[1]["nonce"], scene.leads[2]["nonce"])
    scene.actions[1]["text"], scene.lines[1]["body"] = words, {"message": words}


def a_foreign_nonce_glued_to_a_word(scene):
    words = scene.actions[1]["text"] + f" x{scene.leads[2]['nonce']}y"
    scene.actions[1]["text"], scene.lines[1]["body"] = words, {"message": words}


def words_for_nobody_in_particular(scene):
    scene.actions[1]["text"], scene.lines[1]["body"] = "Hi ,", {"message": "Hi ,"}


# L6


def a_lost_enrollment(scene):
    scene.campaign["enrolled"] += 1


def a_live_enrollment_without_a_next_time(scene):
    scene.enrollments[1]["next_due_at"] = None


def a_final_enrollment_without_a_reason(scene):
    scene.enrollments[1].update(status="stopped", next_due_at=None)


def a_state_that_does_not_exist(scene):
    scene.enrollments[1]["status"] = "calling"


# L7


def a_counter_in_memory_that_a_restart_forgot(scene):
    scene.world.counter(scene.account, "invite", at(f"{MONDAY} 10:00"))["used"] = 1


def a_limit_freed_although_it_was_sent(scene):
    scene.world.dump.remove(scene.world.counter(scene.account, "invite", at(f"{MONDAY} 10:00")))


def a_place_never_given_back(scene):
    scene.world.counter(scene.account, "message", at(f"{MONDAY} 10:00"))["used"] += 1


def more_reads_lost_than_were_killed(scene):
    counter = scene.world.counter(scene.account, "message", at(f"{MONDAY} 10:00"))
    counter.update(used=int(counter["used"]) + 2, reads=2)
    scene.world.row("meta", kills=1)


def two_counters_for_one_day(scene):
    scene.world.dump.append({**scene.world.counter(scene.account, "invite", at(f"{MONDAY} 10:00")), "id": "x"})


# L8


def an_acknowledged_reply_that_is_lost(scene):
    scene.world.dump.remove(scene.stored)


def an_acknowledged_reply_never_processed(scene):
    scene.stored.update(processed_at=None, outcome=None)


def a_reply_that_was_ignored(scene):
    scene.stored["outcome"] = "ignored"


def a_reply_twice_in_the_inbox(scene):
    message = next(row for row in scene.world.dump if row["table"] == "message")
    scene.world.dump.append({**message, "id": "x"})


def a_reply_processed_but_not_in_the_inbox(scene):
    scene.world.dump.remove(next(row for row in scene.world.dump if row["table"] == "message"))


def a_webhook_the_product_took_and_left(scene):
    scene.world.row("webhook_delivery", ref="users:7", received_at=1, acked_at=2, processed_at=None)


# L9


def sent_event(scene, action):
    return next(row for row in scene.world.dump if row.get("action_id") == action["id"])


def an_effect_without_an_event(scene):
    sent_event(scene, scene.actions[1])["type"] = "note.added"


def an_effect_told_twice(scene):
    scene.world.event(scene.account, "invite.sent", action_id=scene.actions[1]["id"])


def an_event_without_an_effect(scene):
    action = scene.world.action(scene.enrollments[1], scene.message, claimed_at=at(f"{MONDAY} 13:00"))
    action["status"] = "refused"
    scene.world.event(scene.account, "message.sent", action_id=action["id"])


def a_gap_in_the_log(scene):
    reply_event = next(row for row in scene.world.dump if row.get("type") == "message.received")
    scene.world.dump.remove(reply_event)


def a_number_given_twice(scene):
    last = [row for row in scene.world.dump if row["table"] == "event"][-1]
    scene.world.dump.append({**last, "id": "x", "type": "note.added", "action_id": None})


# L10


def an_enrollment_overdue(scene):
    scene.enrollments[1]["next_due_at"] = at(f"{MONDAY} 19:40")


def an_action_calling_for_ever(scene):
    action = scene.world.action(scene.enrollments[1], scene.message, claimed_at=at(f"{MONDAY} 13:00"))
    action["status"] = "calling"


def an_uncertain_action_nobody_explained(scene):
    action = scene.world.action(scene.enrollments[1], scene.message, claimed_at=at(f"{MONDAY} 13:00"))
    action["status"] = "uncertain"


CONTROLS = {
    "L1": [
        a_blind_resend,
        an_effect_nobody_intended,
        a_step_done_by_two_actions,
        a_step_whose_first_try_was_not_read_back,
        two_actions_of_a_step_marked_sent,
    ],
    "L2": [
        a_message_after_the_reply,
        a_message_from_another_account_after_the_reply,
        a_message_claimed_before_the_acknowledgement_but_called_after_it,
        a_message_said_to_be_in_flight_for_an_hour,
        a_message_after_a_reply_that_polling_found,
        a_message_after_a_reply_by_mail,
    ],
    "L3": [
        one_more_than_the_day_allows,
        one_more_than_seven_days_allow,
        one_more_pending_than_allowed,
        older_invitations_count_as_pending_too,
        a_limit_lowered_in_the_morning,
        a_limit_the_proof_asked_for_and_the_product_did_not_take,
    ],
    "L4": [
        a_minute_before_opening,
        the_minute_of_closing,
        a_saturday,
        a_date_off,
        another_zone_than_the_accounts,
    ],
    "L5": [
        words_changed_on_the_way,
        words_of_another_lead,
        a_foreign_nonce_glued_to_a_word,
        words_for_nobody_in_particular,
    ],
    "L6": [
        a_lost_enrollment,
        a_live_enrollment_without_a_next_time,
        a_final_enrollment_without_a_reason,
        a_state_that_does_not_exist,
    ],
    "L7": [
        a_counter_in_memory_that_a_restart_forgot,
        a_limit_freed_although_it_was_sent,
        a_place_never_given_back,
        more_reads_lost_than_were_killed,
        two_counters_for_one_day,
    ],
    "L8": [
        an_acknowledged_reply_that_is_lost,
        an_acknowledged_reply_never_processed,
        a_reply_that_was_ignored,
        a_reply_twice_in_the_inbox,
        a_reply_processed_but_not_in_the_inbox,
        a_webhook_the_product_took_and_left,
    ],
    "L9": [
        an_effect_without_an_event,
        an_effect_told_twice,
        an_event_without_an_effect,
        a_gap_in_the_log,
        a_number_given_twice,
    ],
    "L10": [an_enrollment_overdue, an_action_calling_for_ever, an_uncertain_action_nobody_explained],
}


@pytest.mark.parametrize(
    ("law", "corruption"),
    [
        pytest.param(law, corruption, id=f"{law}-{corruption.__name__}")
        for law, corruptions in CONTROLS.items()
        for corruption in corruptions
    ],
)
def test_one_corruption_turns_exactly_its_law_red(scene, tmp_path, law, corruption):
    assert red(scene.world, tmp_path) == []

    corruption(scene)

    assert red(scene.world, tmp_path) == [law]


def test_every_law_has_a_control():
    assert list(CONTROLS) == list(LAWS)


# What looks like a fault and is none


def call_on_its_way(scene, *, called_at, arrived_at):
    step = scene.world.step(scene.campaign, "message")
    action = scene.world.action(scene.enrollments[0], step, claimed_at=called_at)
    line = scene.world.arrives(action, at=arrived_at)
    scene.world.settles(action, at=arrived_at)
    return line


def test_a_call_on_its_way_at_the_acknowledgement_is_counted_apart(scene, tmp_path):
    call_on_its_way(scene, called_at=scene.reply["answered_at"] - 0.1, arrived_at=scene.reply["answered_at"] + 0.1)

    finding = scene.world.judged(tmp_path)["L2"]

    assert (finding.violations, finding.notes) == ([], ["1 in flight at the instant of the acknowledgement"])


def test_a_call_that_arrived_before_and_was_answered_after_the_acknowledgement_is_counted_apart(scene, tmp_path):
    known_at = scene.reply["answered_at"]
    call_on_its_way(scene, called_at=known_at - 2, arrived_at=known_at - 1)["answered_at"] = known_at + 1

    finding = scene.world.judged(tmp_path)["L2"]

    assert (finding.violations, len(finding.notes)) == ([], 1)


def test_an_out_of_office_answer_is_no_reply(scene, tmp_path):
    line, _ = scene.world.replies(scene.account, scene.leads[1], None, at=at(f"{MONDAY} 12:00"))
    line["auto_reply"] = scene.world.dump[-2]["auto_reply"] = True
    scene.world.sends(scene.enrollments[1], scene.message, at=at(f"{MONDAY} 13:00"))

    assert red(scene.world, tmp_path) == []


def test_a_client_may_have_other_campaigns_go_on_after_a_reply(scene, tmp_path):
    scene.client["stop_others_on_reply"] = False
    a_message_from_another_account_after_the_reply(scene)

    assert red(scene.world, tmp_path) == []


def test_a_reply_to_one_client_does_not_stop_another_clients_campaign(scene, tmp_path):
    world, client = scene.world, scene.world.client()
    campaign, lead = world.campaign(client), world.lead(client)
    lead["provider_id"] = scene.leads[0]["provider_id"]
    enrollment = world.enrollment(campaign, lead, world.account(client), due_at=NEXT_WEEK)
    world.sends(enrollment, world.step(campaign, "invite"), at=at(f"{MONDAY} 16:00"))

    assert red(world, tmp_path) == []


def test_a_withdrawal_after_the_reply_reaches_nobody(scene, tmp_path):
    scene.world.sends(scene.enrollments[0], scene.world.step(scene.campaign, "withdraw"), at=at(f"{MONDAY} 15:30"))

    assert red(scene.world, tmp_path) == []


def test_a_refused_attempt_before_the_one_that_succeeded_is_not_a_second_send(scene, tmp_path):
    refused = scene.world.action(scene.enrollments[1], scene.message, claimed_at=at(f"{MONDAY} 13:00"))
    refused["status"] = "refused"
    scene.world.sends(scene.enrollments[1], scene.message, at=at(f"{MONDAY} 13:30"))

    assert red(scene.world, tmp_path) == []


def test_a_request_id_the_product_noted_settles_whose_an_effect_is(scene, tmp_path):
    action, line = scene.world.sends(scene.enrollments[1], scene.message, at=at(f"{MONDAY} 13:30"))
    action.update(request_ids=[line["request_id"]], called_at=at(f"{MONDAY} 13:40"))
    later = scene.world.action(scene.enrollments[1], scene.message, claimed_at=at(f"{MONDAY} 13:20"))
    later["status"] = "refused"

    assert red(scene.world, tmp_path) == []


def test_two_messages_close_together_are_told_apart_by_their_words(scene, tmp_path):
    world, steps = scene.world, [scene.message, scene.world.step(scene.campaign, "message")]
    actions = [
        world.action(scene.enrollments[1], step, claimed_at=at(f"{MONDAY} 13:0{n}")) for n, step in enumerate(steps)
    ]
    for n, action in enumerate(actions):
        world.arrives(action, at=at(f"{MONDAY} 13:0{n + 5}"))
        world.settles(action, at=at(f"{MONDAY} 13:0{n + 5}"))

    assert red(world, tmp_path) == []


def test_an_operator_may_write_as_often_as_they_like(scene, tmp_path):
    scene.world.operator_sends(scene.account, scene.leads[0], "See you then.", at=at(f"{MONDAY} 19:40"))
    scene.world.operator_sends(scene.account, scene.leads[0], "See you then.", at=at(f"{MONDAY} 19:45"))

    assert red(scene.world, tmp_path) == []


def test_an_unsettled_action_may_hold_a_place(scene, tmp_path):
    held = scene.world.action(scene.enrollments[1], scene.message, claimed_at=at(f"{MONDAY} 19:50"))
    held["status"] = "uncertain"
    scene.world.counter(scene.account, "message", at(f"{MONDAY} 19:50"))["used"] += 1

    assert red(scene.world, tmp_path) == []


def test_a_call_that_arrived_and_is_unsettled_holds_one_place_and_its_event_may_be_yet_to_come(scene, tmp_path):
    arrived = scene.world.action(scene.enrollments[2], scene.message, claimed_at=at(f"{MONDAY} 16:50"))
    arrived.update(status="uncertain", reason="read-back failed for 24 h: decide by hand")
    scene.world.arrives(arrived, at=at(f"{MONDAY} 16:50"))
    scene.world.counter(scene.account, "message", at(f"{MONDAY} 16:50"))["used"] += 1
    assert red(scene.world, tmp_path) == []

    scene.world.counter(scene.account, "message", at(f"{MONDAY} 16:50"))["used"] += 1
    assert red(scene.world, tmp_path) == ["L7"]


def test_an_effect_claimed_before_midnight_counts_for_the_old_day(scene, tmp_path):
    world = scene.world
    scene.campaign["windows"] = {day: [["00:00", "24:00"]] for day in ("mon", "tue")}
    action = world.action(scene.enrollments[1], scene.message, claimed_at=at(f"{MONDAY} 23:59:59"))
    world.arrives(action, at=at("2026-03-03 00:00:01"))
    world.settles(action, at=at(f"{MONDAY} 23:59:59"))
    next(row for row in world.dump if row["table"] == "meta")["dumped_at"] = at("2026-03-03 01:00")

    assert red(world, tmp_path) == []


def accept_early(scene):
    """The first invitation is accepted before the second leaves."""
    accepted = next(line for line in scene.world.ledger if line["kind"] == "accepted")
    accepted["at"] = at(f"{MONDAY} 09:12")
    return accepted


def test_an_accepted_invitation_is_no_longer_pending(scene, tmp_path):
    scene.account["limits"] = {"invite": {"pending": 3}}
    accept_early(scene)

    assert red(scene.world, tmp_path) == []


def test_an_invitation_from_before_the_ledger_may_be_accepted_too(scene, tmp_path):
    scene.account["limits"] = {"invite": {"pending": 4}}
    scene.account["pending_before"] = 1
    accept_early(scene)["person"] = "somebody invited long ago"

    assert red(scene.world, tmp_path) == []


def test_a_withdrawn_invitation_is_no_longer_pending(scene, tmp_path):
    scene.account["limits"] = {"invite": {"pending": 3}}
    withdraw = scene.world.step(scene.campaign, "withdraw")
    scene.world.sends(scene.enrollments[1], withdraw, at=at(f"{MONDAY} 09:20"))

    assert red(scene.world, tmp_path) == []


def test_another_accounts_invitations_do_not_count_as_this_ones(scene, tmp_path):
    scene.account["limits"] = {"invite": {"pending": 4, "day": 4, "week": 4}}
    other = scene.world.account(scene.client)
    lead = scene.world.lead(scene.client)
    enrollment = scene.world.enrollment(scene.campaign, lead, other, due_at=NEXT_WEEK)
    scene.world.sends(enrollment, scene.invite, at=at(f"{MONDAY} 09:40"))

    assert red(scene.world, tmp_path) == []


def test_seven_days_later_an_invitation_no_longer_counts(scene, tmp_path):
    scene.account["limits"] = {"invite": {"week": 4}}
    lead = scene.world.lead(scene.client)
    enrollment = scene.world.enrollment(scene.campaign, lead, scene.account, due_at=NEXT_WEEK + 86400)
    scene.world.sends(enrollment, scene.invite, at=scene.lines[0]["at"] + 7 * 86400)
    for one in scene.enrollments[1:]:
        one["next_due_at"] = NEXT_WEEK + 86400
    next(row for row in scene.world.dump if row["table"] == "meta")["dumped_at"] = NEXT_WEEK + 3600

    assert red(scene.world, tmp_path) == []


def test_a_limit_lowered_while_a_call_is_on_its_way_is_not_broken_by_that_call(scene, tmp_path):
    lowered = {"invite": {"day": 3}}
    scene.account["limit_history"] = [{"from": scene.lines[3]["at"] - 5, "limits": lowered}]

    assert red(scene.world, tmp_path) == []


def test_a_limit_that_was_raised_again_holds_as_raised(scene, tmp_path):
    scene.account["limit_history"] = [
        {"from": at(f"{MONDAY} 09:00"), "limits": LIMITS},
        {"from": at(f"{MONDAY} 08:00"), "limits": {"invite": {"day": 2}}},
    ]

    assert red(scene.world, tmp_path) == []


def test_a_limit_between_two_others_holds_while_it_holds(scene, tmp_path):
    scene.account["limit_history"] = [
        {"from": at(f"{MONDAY} 09:20"), "limits": {"invite": {"day": 2}}},
        {"from": at(f"{MONDAY} 12:00"), "limits": LIMITS},
    ]

    assert red(scene.world, tmp_path) == ["L3"]


def test_a_limit_taken_away_no_longer_holds(scene, tmp_path):
    scene.account["limits"] = {"invite": {"day": 2}}
    scene.account["limit_history"] = [{"from": at(f"{MONDAY} 09:20"), "limits": {"invite": {}}}]

    assert red(scene.world, tmp_path) == []


def test_an_unmatched_reply_is_listed_and_not_in_the_inbox(scene, tmp_path):
    a_reply_processed_but_not_in_the_inbox(scene)
    scene.stored["outcome"] = "unmatched"

    assert red(scene.world, tmp_path) == []


def test_a_read_receipt_may_be_ignored(scene, tmp_path):
    line, stored = scene.world.replies(scene.account, scene.leads[1], None, at=at(f"{MONDAY} 19:00"))
    line["kind"], stored["outcome"] = "message_read", "ignored"
    scene.world.dump[:] = [row for row in scene.world.dump if row.get("external_message_id") != line["message_id"]]

    assert red(scene.world, tmp_path) == []


@pytest.mark.parametrize("holds_back", ["campaign", "account"])
def test_an_overdue_enrollment_may_be_held_by_its_campaign_or_its_sender(scene, tmp_path, holds_back):
    an_enrollment_overdue(scene)
    getattr(scene, holds_back)["status"] = "paused"

    assert red(scene.world, tmp_path) == []


def test_in_a_paused_campaign_a_reason_is_enough(scene, tmp_path):
    scene.campaign["status"] = "paused"
    scene.enrollments[1].update(next_due_at=None, reason="campaign paused")

    assert red(scene.world, tmp_path) == []


def test_liveness_is_not_judged_before_its_time(scene, tmp_path):
    an_enrollment_overdue(scene)
    meta = next(row for row in scene.world.dump if row["table"] == "meta")
    meta["faults_stopped_at"] = at(f"{MONDAY} 19:55")

    finding = scene.world.judged(tmp_path)["L10"]

    assert finding.violations == []
    assert finding.notes == ["not judged: faults stopped only 300 s before the dump"]
