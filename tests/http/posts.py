"""The reviewed table: for each POST that takes an Idempotency-Key a good request, and how its effects are counted.

To add a POST, add its case; `test_idempotency.py` compares the table with the served document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rapport.jobs import claim, settle
from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Executor
from tests.actions import ready_action, uncertain_action
from tests.http.routes import connected, dead_letter, delivered, ruled, unmatched_message
from tests.http.routes_of.broadcasts import broadcast_of
from tests.http.routes_of.broker import channel_of
from tests.http.routes_of.capture import form_of
from tests.http.routes_of.crm import crm_of, link_of
from tests.rooms.campaigns.world import a_campaign, a_ready_campaign, a_running_campaign, a_sender, act
from tests.rooms.enrollments.test_enrolling import enroll
from tests.rooms.leads.importing import uploaded
from tests.stage import PASSWORD, Stage

Body = dict[str, Any] | bytes | None
"""Bytes are a file."""


@dataclass(frozen=True)
class Case:
    """One POST: where, with what, and what counts its effects: a type of event, the path of a list, or nothing."""

    path: Callable[[Stage], str]
    body: Callable[[Stage], Body]
    effects: str | None


def nothing(_stage: Stage) -> None:
    """An empty body."""


def because(_stage: Stage) -> dict[str, str]:
    return {"reason": "A holiday."}


def failed_job(stage: Stage) -> str:
    with stage.tx() as tx:
        made, _ = enqueue(tx, stage.service.job_types.get("custom.task"), client_id=stage.acme.id, payload={})
        tx.session.flush()  # the claim must find it
        claim.claim(tx, executor=Executor.N8N, types=None, limit=20, lease=timedelta(hours=1), by="a test")
        job = settle.hold(tx, made.id, made.lease_token or "", past_term=False)
        settle.fail(tx, job, code="failed", message="", retryable=False, waits=())
        return made.id


def mailbox_path(stage: Stage) -> str:
    made = channel_of(stage, stage.acme, "email", transport="postmark", address="hello@in.example")
    return f"/channels/{made}/rotate-password"


def paused_account(stage: Stage) -> str:
    account = stage.account()
    stage.root.post(f"/linkedin-accounts/{account.id}/pause", because(stage))
    return account.id


def archived_client(stage: Stage) -> str:
    stage.root.post(f"/clients/{stage.acme.id}/archive")
    return stage.acme.id


def the_only(stage: Stage, listed: str, **like: str) -> str:
    """The id of the only one in a list, or the only one like that."""
    items = stage.root.get(listed).json["items"]
    (found,) = (each["id"] for each in items if like.items() <= each.items())
    return found


def merged(stage: Stage) -> str:
    """A lead into which another was merged."""
    kept = stage.lead()
    answer = stage.alice.post(f"/leads/{kept}/merge", {"other_id": stage.lead("Grace Hopper")})
    assert answer.status_code == 200, answer.json
    return kept


def look_at_all(stage: Stage) -> dict[str, str]:
    """The token for tagging every lead of Acme."""
    stage.lead()
    action = {"kind": "tag", "tags": ["vip"]}
    seen = stage.root.post("/leads/bulk/preview", {"client_id": stage.acme.id, "action": action})
    assert seen.json["count"] == 1, seen.json
    return {"token": seen.json["token"]}


def an_import(stage: Stage) -> str:
    return uploaded(stage, "Email\nada@engines.example\n")


def connected_search(stage: Stage) -> dict[str, Any]:
    account = stage.account(unipile_account_id="mira")
    return {"client_id": stage.acme.id, "account_id": account.id, "source": "connections"}


def paused_campaign(stage: Stage) -> str:
    campaign = a_running_campaign(stage)
    assert act(stage, campaign, "pause", because(stage)).status_code == 200
    return campaign["id"]


def enrollment(stage: Stage, *acts: tuple[str, dict[str, Any]]) -> str:
    """A lead in a campaign of Mira and Jonas, to which this was done already."""
    accounts = [a_sender(stage, name).id for name in ("Mira", "Jonas")]
    (made,) = enroll(stage, a_campaign(stage, account_ids=accounts), stage.lead())["enrollment_ids"]
    for what, body in acts:
        answer = stage.alice.post(f"/enrollments/{made}/{what}", body)
        assert answer.status_code == 200, answer.json
    return made


def of_mira(stage: Stage) -> str:
    """An enrollment with which Mira goes on."""
    made = enrollment(stage)
    mira = the_only(stage, "/linkedin-accounts", name="Mira")
    assert stage.alice.post(f"/enrollments/{made}/give", {"account_id": mira}).status_code == 200
    return made


def stopped_sending(stage: Stage) -> str:
    assert stage.root.post("/automation/scheduler/stop", because(stage)).status_code == 200
    return "/automation/scheduler/start"


def a_delivery(stage: Stage) -> str:
    return delivered(stage, {"event": "message_pinned"})[0]


def a_conversation(stage: Stage) -> str:
    """A thread with somebody who has written."""
    unmatched_message(stage, of=stage.acme)
    return the_only(stage, "/inbox/conversations")


def a_closed_conversation(stage: Stage) -> str:
    made = a_conversation(stage)
    assert stage.root.post(f"/inbox/conversations/{made}/close", {}).status_code == 200
    return made


def a_queue(stage: Stage) -> str:
    return stage.root.post("/inbox/queues", {"client_id": stage.acme.id, "name": "Sales"}).json["id"]


def a_task(stage: Stage) -> str:
    body = {"client_id": stage.acme.id, "title": "Call", "due_at": "2026-04-01T09:00:00Z"}
    return stage.root.post("/tasks", body).json["id"]


def a_failed_reply(stage: Stage) -> str:
    """A reply that was called off, and so did certainly not arrive."""
    body = {"text": "Tomorrow?", "seen_message_id": None}
    path = f"/inbox/conversations/{a_conversation(stage)}/reply"
    body["seen_message_id"] = the_only(stage, "/replies/unmatched")
    made = stage.root.post(path, body).json["id"]
    assert stage.root.post(f"/actions/{made}/call-off").status_code == 200
    return made


CASES: dict[str, Case] = {
    # Clients, people, accounts
    "createClient": Case(lambda _: "/clients", lambda _: {"name": "New", "timezone": "UTC"}, "client.created"),
    "archiveClient": Case(lambda s: f"/clients/{s.acme.id}/archive", nothing, "client.archived"),
    "restoreClient": Case(lambda s: f"/clients/{archived_client(s)}/restore", nothing, "client.restored"),
    "createUser": Case(
        lambda _: "/users",
        lambda _: {"email": "eve@agency.example", "name": "Eve", "role": "viewer", "password": PASSWORD},
        "user.created",
    ),
    "createApiKey": Case(
        lambda _: "/api-keys", lambda s: {"name": "n8n", "client_id": s.acme.id, "scopes": ["read"]}, "api_key.created"
    ),
    "addAccount": Case(
        lambda _: "/linkedin-accounts",
        lambda s: {"client_id": s.acme.id, "name": "Mira", "timezone": "UTC"},
        "account.added",
    ),
    "pauseAccount": Case(lambda s: f"/linkedin-accounts/{s.account().id}/pause", because, "account.paused"),
    "resumeAccount": Case(lambda s: f"/linkedin-accounts/{paused_account(s)}/resume", nothing, "account.resumed"),
    # Jobs and the log
    "createJob": Case(lambda _: "/jobs", lambda s: {"type": "custom.task", "client_id": s.acme.id}, "job.enqueued"),
    "retryJobs": Case(lambda s: (failed_job(s), "/jobs/retry")[1], lambda _: {"type": "custom.task"}, "job.retried"),
    "retryJob": Case(lambda s: f"/jobs/{failed_job(s)}/retry", nothing, "job.retried"),
    "dismissJob": Case(lambda s: f"/jobs/{failed_job(s)}/dismiss", because, "job.dismissed"),
    "rewindConsumer": Case(
        lambda _: "/admin/consumers/test.reader/rewind", lambda s: {"client_id": s.acme.id, "to": 0}, None
    ),
    # Leads
    "addLead": Case(
        lambda _: "/leads", lambda s: {"client_id": s.acme.id, "email": "ada@engines.example"}, "lead.created"
    ),
    "changeTags": Case(lambda s: f"/leads/{s.lead()}/tags", lambda _: {"add": ["vip"]}, "lead.tagged"),
    "addNote": Case(lambda s: f"/leads/{s.lead()}/notes", lambda _: {"text": "Met at the fair."}, "lead.noted"),
    "suppressLead": Case(lambda s: f"/leads/{s.lead()}/do-not-contact", because, "suppression.added"),
    "mergeLeads": Case(
        lambda s: f"/leads/{s.lead()}/merge", lambda s: {"other_id": s.lead("Grace Hopper")}, "lead.merged"
    ),
    "unmergeLeads": Case(lambda s: f"/leads/{merged(s)}/unmerge", nothing, "lead.unmerged"),
    "eraseLead": Case(
        lambda s: f"/leads/{s.lead()}/erase", lambda s: {"confirm": the_only(s, "/leads")}, "lead.erased"
    ),
    "runBulk": Case(lambda _: "/leads/bulk", look_at_all, "lead.tagged"),
    "addDoNotContact": Case(
        lambda _: "/do-not-contact",
        lambda s: {"client_id": s.acme.id, "kind": "domain", "value": "engines.example"},
        "suppression.added",
    ),
    "addManyDoNotContact": Case(
        lambda _: "/do-not-contact/bulk",
        lambda s: {"client_id": s.acme.id, "lines": [{"kind": "domain", "value": "engines.example"}]},
        "suppression.added",
    ),
    "uploadImport": Case(
        lambda s: f"/leads/imports?client_id={s.acme.id}", lambda _: b"Email\nada@engines.example\n", "/leads/imports"
    ),
    "startSearchImport": Case(lambda _: "/leads/imports/search", connected_search, "import.started"),
    "startImport": Case(lambda s: f"/leads/imports/{an_import(s)}/start", nothing, "import.started"),
    "cancelImport": Case(lambda s: f"/leads/imports/{an_import(s)}/cancel", nothing, "import.cancelled"),
    # Campaigns
    "createCampaign": Case(
        lambda _: "/campaigns", lambda s: {"client_id": s.acme.id, "name": "New"}, "campaign.created"
    ),
    "duplicateCampaign": Case(
        lambda s: f"/campaigns/{a_campaign(s)['id']}/duplicate", lambda _: {}, "campaign.duplicated"
    ),
    "startCampaign": Case(lambda s: f"/campaigns/{a_ready_campaign(s)['id']}/start", lambda _: {}, "campaign.started"),
    "resumeCampaign": Case(lambda s: f"/campaigns/{paused_campaign(s)}/resume", lambda _: {}, "campaign.resumed"),
    "pauseCampaign": Case(lambda s: f"/campaigns/{a_running_campaign(s)['id']}/pause", because, "campaign.paused"),
    "completeCampaign": Case(
        lambda s: f"/campaigns/{a_running_campaign(s)['id']}/complete", because, "campaign.completed"
    ),
    "archiveCampaign": Case(lambda s: f"/campaigns/{a_campaign(s)['id']}/archive", nothing, "campaign.archived"),
    "addSender": Case(
        lambda s: f"/campaigns/{a_campaign(s)['id']}/senders",
        lambda s: {"account_id": a_sender(s).id},
        "campaign.sender_added",
    ),
    "simulateCampaign": Case(
        lambda s: f"/campaigns/{a_ready_campaign(s)['id']}/simulate",
        lambda _: {"days": 3, "runs": 1},
        "campaign.simulated",
    ),
    # Enrollments
    "enrollLeads": Case(
        lambda s: f"/campaigns/{a_ready_campaign(s)['id']}/enrollments",
        lambda s: {"lead_ids": [s.lead()]},
        "enrollment.created",
    ),
    "enrollLeadsByFilter": Case(
        lambda s: f"/campaigns/{a_ready_campaign(s)['id']}/enrollments/by-filter",
        lambda _: {"filter": {"tag": "vip"}},
        "job.enqueued",
    ),
    "pauseEnrollment": Case(lambda s: f"/enrollments/{enrollment(s)}/pause", because, "enrollment.paused"),
    "resumeEnrollment": Case(
        lambda s: f"/enrollments/{enrollment(s, ('pause', because(s)))}/resume", nothing, "enrollment.resumed"
    ),
    "stopEnrollment": Case(lambda s: f"/enrollments/{enrollment(s)}/stop", because, "enrollment.stopped"),
    "restartEnrollment": Case(
        lambda s: f"/enrollments/{enrollment(s, ('stop', because(s)))}/restart", nothing, "enrollment.restarted"
    ),
    "skipStep": Case(
        lambda s: f"/enrollments/{enrollment(s)}/skip", lambda _: {"step_key": "hello"}, "enrollment.step_skipped"
    ),
    "unskipStep": Case(
        lambda s: f"/enrollments/{enrollment(s, ('skip', {'step_key': 'hello'}))}/unskip",
        lambda _: {"step_key": "hello"},
        None,
    ),
    "overrideEnrollment": Case(
        lambda s: f"/enrollments/{enrollment(s)}/override",
        lambda _: {"due_at": "2026-03-07T10:00:00Z"},
        "enrollment.overridden",
    ),
    "matchMessage": Case(
        lambda s: f"/replies/unmatched/{unmatched_message(s, of=s.acme)}/match",
        lambda s: {"lead_id": s.lead("Ada Lovelace")},
        "reply.received",
    ),
    "reprocessDelivery": Case(lambda s: f"/webhooks/deliveries/{a_delivery(s)}/reprocess", nothing, None),
    "giveEnrollment": Case(
        lambda s: f"/enrollments/{of_mira(s)}/give",
        lambda s: {"account_id": the_only(s, "/linkedin-accounts", name="Jonas")},
        "enrollment.assigned",
    ),
    "rebuildClientFigures": Case(lambda s: f"/analytics/clients/{s.acme.id}/rebuild", nothing, "job.enqueued"),
    "forecastCampaign": Case(lambda s: f"/analytics/campaigns/{a_campaign(s)['id']}/forecast", nothing, "job.enqueued"),
    "rebuildAccountUsage": Case(
        lambda s: f"/linkedin-accounts/{s.account().id}/usage/rebuild", lambda _: {"dry_run": False}, None
    ),
    "confirmAction": Case(lambda s: f"/actions/{uncertain_action(s)}/confirm", lambda _: {"sent": True}, "action.sent"),
    "callOffAction": Case(lambda s: f"/actions/{ready_action(s)}/call-off", nothing, None),
    # The inbox
    "readConversation": Case(lambda s: f"/inbox/conversations/{a_conversation(s)}/read", nothing, "conversation.read"),
    "unreadConversation": Case(
        lambda s: f"/inbox/conversations/{a_conversation(s)}/unread", nothing, "conversation.unread"
    ),
    "assignConversation": Case(
        lambda s: f"/inbox/conversations/{a_conversation(s)}/assign",
        lambda s: {"assignee_id": s.root.id},
        "conversation.assigned",
    ),
    "queueConversation": Case(
        lambda s: f"/inbox/conversations/{a_conversation(s)}/queue",
        lambda s: {"queue_id": a_queue(s)},
        "conversation.queued",
    ),
    "snoozeConversation": Case(
        lambda s: f"/inbox/conversations/{a_conversation(s)}/snooze",
        lambda _: {"until": None},
        "conversation.snoozed",
    ),
    "closeConversation": Case(
        lambda s: f"/inbox/conversations/{a_conversation(s)}/close", lambda _: {}, "conversation.closed"
    ),
    "reopenConversation": Case(
        lambda s: f"/inbox/conversations/{a_closed_conversation(s)}/reopen", lambda _: {}, "conversation.reopened"
    ),
    "changeConversationTags": Case(
        lambda s: f"/inbox/conversations/{a_conversation(s)}/tags", lambda _: {"add": ["vip"]}, "conversation.tagged"
    ),
    "addConversationNote": Case(
        lambda s: f"/inbox/conversations/{a_conversation(s)}/notes",
        lambda _: {"text": "Call at noon."},
        "conversation.noted",
    ),
    "replyToConversation": Case(
        lambda s: f"/inbox/conversations/{a_conversation(s)}/reply",
        lambda s: {"text": "Tomorrow?", "seen_message_id": the_only(s, "/replies/unmatched")},
        "reply.written",
    ),
    "retryReply": Case(lambda s: f"/inbox/replies/{a_failed_reply(s)}/retry", nothing, "reply.retried"),
    "uploadFile": Case(lambda s: f"/inbox/files?client_id={s.acme.id}&name=a.txt", lambda _: b"An offer", None),
    "createCannedReply": Case(
        lambda _: "/inbox/canned-replies",
        lambda s: {"client_id": s.acme.id, "name": "A call", "body": "Hi"},
        "canned_reply.created",
    ),
    "createLeadView": Case(
        lambda _: "/leads/views", lambda s: {"client_id": s.acme.id, "name": "Fair"}, "/leads/views"
    ),
    "createTask": Case(
        lambda _: "/tasks",
        lambda s: {"client_id": s.acme.id, "title": "Call", "due_at": "2026-04-01T09:00:00Z"},
        "task.created",
    ),
    "completeTask": Case(lambda s: f"/tasks/{a_task(s)}/complete", nothing, "task.completed"),
    "createInboxQueue": Case(
        lambda _: "/inbox/queues", lambda s: {"client_id": s.acme.id, "name": "Sales"}, "inbox.queue_created"
    ),
    # What is told to others
    "addConnection": Case(
        lambda _: "/connections",
        lambda s: {"client_id": s.acme.id, "kind": "webhook", "name": "n8n", "url": "https://hooks.example/rapport"},
        "connection.added",
    ),
    "testConnection": Case(lambda s: f"/connections/{connected(s, of=s.acme)}/test", nothing, "/deliveries"),
    "rotateSecret": Case(
        lambda s: f"/connections/{connected(s, of=s.acme)}/rotate-secret", nothing, "connection.secret_rotated"
    ),
    "recoverConnection": Case(
        lambda s: f"/connections/{connected(s, of=s.acme)}/recover", lambda _: {"since": "2026-03-01T00:00:00Z"}, None
    ),
    "replayMany": Case(
        lambda s: (dead_letter(s, of=s.acme), "/deliveries/replay")[1],
        lambda s: {"client_id": s.acme.id},
        "delivery.replayed",
    ),
    "dismissOutgoing": Case(
        lambda s: f"/deliveries/{dead_letter(s, of=s.acme)}/dismiss", because, "delivery.dismissed"
    ),
    "replayOne": Case(lambda s: f"/deliveries/{dead_letter(s, of=s.acme)}/replay", nothing, "delivery.replayed"),
    "addNoticeRule": Case(
        lambda _: "/notices/rules",
        lambda s: {"client_id": s.acme.id, "name": "Desk", "event_types": ["reply.*"], "channel": "email"},
        "notice_rule.added",
    ),
    "sendTestNotice": Case(
        lambda _: "/notices/test", lambda s: {"client_id": s.acme.id, "rule_id": ruled(s, of=s.acme)}, "/deliveries"
    ),
    "sendReport": Case(
        lambda _: "/reports/send", lambda s: {"client_id": s.acme.id, "emails": ["boss@acme.example"]}, "/deliveries"
    ),
    "scoreLead": Case(lambda s: f"/leads/{s.lead()}/score", nothing, "/lead-scores"),
    "createOffering": Case(
        lambda _: "/offerings", lambda s: {"client_id": s.acme.id, "name": "River House"}, "offering.created"
    ),
    # Channels, and what is found out
    "connectChannel": Case(
        lambda _: "/channels", lambda s: {"client_id": s.acme.id, "channel": "chat"}, "channel.connected"
    ),
    "testChannel": Case(lambda s: f"/channels/{channel_of(s, s.acme)}/test", nothing, "/deliveries"),
    "rotateChannelPassword": Case(mailbox_path, nothing, "channel.password_rotated"),
    "enrichLead": Case(lambda s: f"/leads/{s.lead()}/enrich", nothing, "job.enqueued"),
    # CRMs
    "addCrmConnection": Case(
        lambda _: "/crm/connections",
        lambda s: {"client_id": s.acme.id, "kind": "n8n", "name": "Our n8n"},
        "connection.added",
    ),
    "testCrmConnection": Case(lambda s: f"/crm/connections/{crm_of(s, s.acme)}/test", nothing, None),
    "pushLeads": Case(
        lambda s: (crm_of(s, s.acme), "/crm/push")[1],
        lambda s: {"client_id": s.acme.id, "lead_ids": [s.lead()]},
        "/crm/links",
    ),
    "decideCrmLink": Case(
        lambda s: f"/crm/links/{link_of(s, s.acme)}/decide", lambda _: {"choice": "leave"}, "crm.resolved"
    ),
    # Broadcasts
    "createBroadcast": Case(
        lambda _: "/broadcasts",
        lambda s: {"client_id": s.acme.id, "name": "News", "variants": [{"subject": "News", "body": "Hi"}]},
        "broadcast.created",
    ),
    "dispatchBroadcast": Case(
        lambda s: f"/campaigns/{broadcast_of(s, s.acme)}/dispatch", nothing, "broadcast.dispatched"
    ),
    "pauseBroadcast": Case(
        lambda s: f"/broadcasts/{broadcast_of(s, s.acme, 'dispatch')}/pause", nothing, "broadcast.paused"
    ),
    "resumeBroadcast": Case(
        lambda s: f"/broadcasts/{broadcast_of(s, s.acme, 'dispatch', 'pause')}/resume", nothing, "broadcast.resumed"
    ),
    "cancelBroadcast": Case(lambda s: f"/broadcasts/{broadcast_of(s, s.acme)}/cancel", nothing, "broadcast.cancelled"),
    # Forms
    "createCaptureForm": Case(
        lambda _: "/capture-forms",
        lambda s: {"client_id": s.acme.id, "kind": "form", "name": "Contact"},
        "capture_form.created",
    ),
    "rotateFormKey": Case(
        lambda s: f"/capture-forms/{form_of(s, s.acme).id}/rotate-key", lambda _: {}, "capture_form.key_rotated"
    ),
    "capture": Case(
        lambda s: f"/capture/{form_of(s, s.acme).key}",
        lambda _: {"email": "ada@engines.example", "message": "Hello"},
        "lead.inquired",
    ),
    "startScheduler": Case(stopped_sending, because, "scheduler.started"),
    "stopScheduler": Case(lambda _: "/automation/scheduler/stop", because, "scheduler.stopped"),
    "drainScheduler": Case(lambda _: "/automation/scheduler/drain", because, "scheduler.drained"),
}
HARMLESS_ANYWAY = {
    "takeMetrics": "a figure of a day is told once, however often",
    "takeChannelMessage": "the message's own id is its key (tests/rooms/broker)",
    "takeWordOnReply": "the same word again changes nothing",
    "takePostmarkMail": "every mail is kept; it counts once by its id (tests/rooms/broker)",
    "takeEnrichment": "a word of one instant changes nothing twice (tests/rooms/enrichment)",
    "login": "opens another session, as it should",
    "refresh": "a token is good once; the second use is a theft",
    "logout": "the second finds no session",
    "changePassword": "the second finds the new password",
    "endOtherSessions": "the second finds none",
    "bootstrapService": "there is one first admin",
    "setUserPassword": "sets the same password",
    "signUserOut": "the second finds no session",
    "claimJobs": "each claim gives other jobs; a lost answer comes back by the sweep",
    "callBackJob": "the same word again is answered alike",
    "takeCampaignStatus": "the same word again changes nothing (tests/rooms/broadcasts)",
    "previewBroadcast": "counts and shows, and writes nothing",
    "takeLeadSync": "the same word again changes nothing (tests/rooms/crm)",
    "connectAccount": "another page at the provider, of which one is used",
    "takeConnectedAccount": "the second finds the account connected",
    "takeUnipileMessaging": "every delivery is kept; what it tells counts once (tests/rooms/webhooks)",
    "takeUnipileUsers": "likewise",
    "takeMailEvent": "likewise (tests/rooms/outbox)",
    "repairWebhooks": "what is right stays right",
    "registerWebhook": "the second one is a duplicate, which the next repair removes",
    "takeUnipileAccounts": "likewise",
    "countReplay": "counts, and writes nothing",
    "previewNotice": "renders a text, and writes nothing",
    "makeStreamToken": "each opens one stream, and none after a minute",
    "tellPresence": "is kept nowhere",
    "previewBulk": "counts and shows, and writes nothing",
    "countLeadsToEnroll": "counts, and writes nothing",
    "compareSequence": "compares, and writes nothing",
    "previewCampaign": "renders texts, and writes nothing",
    "previewCannedReply": "renders a text, and writes nothing",
    "checkTemplate": "reads the text it is given, and writes nothing",
}
"""Each POST that takes no key, with why none is needed."""
