"""The reviewed table: what each route asks of its caller, and what it answers to one who may.

`test_route_walk.py` walks every rule of the running application and fails on one that has no row here. To add a
route, add its row. To add a kind of id, add its maker to `IDS`: a path argument, a query parameter, a filter and a
field of a body are filled by the same name. Where a caller's own id is given, the answer is `answers`; where
another client's is given, it must be the answer to an unknown one, for everybody but admins and agency keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from rapport.kernel.principal import Actor
from rapport.people.models import Client
from rapport.rules.permissions import Permission, Role
from tests.actions import ready_action, uncertain_action
from tests.http.routes_of import analytics, broadcasts, broker, capture, crm, lead_views, offerings, reports, scoring
from tests.http.routes_of.pages import PAGES
from tests.http.routes_of.row import V1, Row
from tests.stage import PASSWORD, Person, Stage

if TYPE_CHECKING:
    from tests.http.walking import Caller

GRANTS: dict[str, set[str]] = {
    "anonymous": set(),
    "viewer": {"self", "read"},
    "agent": {"self", "read", "write"},
    "admin": {"self", "read", "write", "jobs", "callbacks", "metrics", "manage"},
    "key": {"read", "write", "jobs", "callbacks"},
    "callback key": {"callbacks"},
    "reading key": {"read"},
    "agency key": {"read", "write", "jobs", "callbacks", "metrics", "manage"},
}
"""What each kind of caller may do. An agency key is an admin without a session of its own."""


ROUTES: dict[str, Row] = {
    **analytics.ROUTES,
    **crm.ROUTES,
    **broadcasts.ROUTES,
    **reports.ROUTES,
    # The agency's own watch
    f"GET {V1}/alerts": Row("manage"),
    f"GET {V1}/outside": Row("manage"),
    # Open to everybody
    "GET /health/live": Row(""),
    "GET /health/ready": Row(""),
    f"GET {V1}/openapi.json": Row(""),
    f"GET {V1}/openapi.yaml": Row(""),
    f"GET {V1}/errors": Row(""),
    f"GET {V1}/docs": Row(""),
    f"GET {V1}/docs/<string:file>": Row(""),
    f"POST {V1}/auth/login": Row("", body={"email": "root@agency.example", "password": PASSWORD}),
    f"POST {V1}/auth/refresh": Row("", 401, body={"refresh_token": "rr_unknown"}),
    f"POST {V1}/admin/bootstrap": Row(
        "", 409, body={"token": "boot_x", "email": "x@x.example", "name": "X", "password": PASSWORD}
    ),
    # Open to whoever shows the secret, where one is set (tests/rooms/webhooks/test_taking.py)
    f"POST {V1}/webhooks/unipile/messaging": Row(""),
    f"POST {V1}/webhooks/unipile/users": Row(""),
    f"POST {V1}/webhooks/unipile/accounts": Row(""),
    # Open to whoever signs as Resend does (tests/rooms/outbox/test_mail_events.py)
    f"POST {V1}/webhooks/resend": Row("", 401),
    # Oneself: viewers, agents, admins; no key
    f"POST {V1}/auth/logout": Row("self", 204),
    f"POST {V1}/auth/password": Row("self", 204, body={"current_password": PASSWORD, "new_password": "a new " * 3}),
    f"GET {V1}/auth/profile": Row("self"),
    f"GET {V1}/auth/sessions": Row("self"),
    f"DELETE {V1}/auth/sessions/<id:session_id>": Row("self", 204),
    f"POST {V1}/auth/sessions/end-others": Row("self"),
    # What viewers may and all above them
    f"GET {V1}/auth/me": Row("read"),
    f"GET {V1}/clients": Row("read"),
    f"GET {V1}/clients/<id:client_id>": Row("read"),
    f"GET {V1}/clients/<id:client_id>/members": Row("read"),
    f"GET {V1}/linkedin-accounts": Row("read"),
    f"GET {V1}/linkedin-accounts/<id:account_id>": Row("read"),
    f"GET {V1}/linkedin-accounts/usage": Row("read"),
    f"GET {V1}/linkedin-accounts/<id:account_id>/usage": Row("read"),
    f"GET {V1}/linkedin-accounts/<id:account_id>/usage/days": Row("read"),
    f"GET {V1}/events": Row("read", query={"client_id": "<client_id>"}),
    f"GET {V1}/events/timeline": Row("read"),
    f"GET {V1}/events/types": Row("read"),
    f"GET {V1}/leads": Row("read"),
    f"GET {V1}/leads/<id:lead_id>": Row("read"),
    f"GET {V1}/leads/<id:lead_id>/notes": Row("read"),
    f"GET {V1}/leads/<id:lead_id>/timeline": Row("read"),
    f"GET {V1}/leads/tags": Row("read", query={"client_id": "<client_id>"}),
    f"GET {V1}/leads/custom-fields": Row("read", query={"client_id": "<client_id>"}),
    f"GET {V1}/leads/export.csv": Row("read"),
    f"GET {V1}/leads/export.xlsx": Row("read"),
    f"GET {V1}/do-not-contact": Row("read"),
    f"GET {V1}/do-not-contact/export.csv": Row("read"),
    f"GET {V1}/enrollments": Row("read"),
    f"GET {V1}/enrollments/<id:enrollment_id>": Row("read"),
    f"GET {V1}/enrollments/<id:enrollment_id>/why": Row("read"),
    f"GET {V1}/actions": Row("read"),
    f"GET {V1}/actions/<id:action_id>": Row("read"),
    f"GET {V1}/campaigns/<id:campaign_id>/queue": Row("read"),
    f"GET {V1}/campaigns/<id:campaign_id>/snapshot": Row("read"),
    f"GET {V1}/campaigns/<id:campaign_id>/automation": Row("read"),
    f"GET {V1}/campaigns/by-name/snapshot": Row("read", 404, query={"client_id": "<client_id>", "name": "None"}),
    f"GET {V1}/campaigns/by-name/automation": Row("read", 404, query={"client_id": "<client_id>", "name": "None"}),
    f"POST {V1}/campaigns/<id:campaign_id>/simulate": Row("read", body={"days": 3, "runs": 1}),
    f"GET {V1}/campaigns/<id:campaign_id>/simulations": Row("read"),
    f"GET {V1}/campaigns/simulations/<id:simulation_id>": Row("read"),
    f"POST {V1}/campaigns/<id:campaign_id>/enrollments/count": Row("read", body={"filter": {"tag": "vip"}}),
    # What agents may and all above them
    f"POST {V1}/campaigns/<id:campaign_id>/enrollments": Row("write", body={"lead_ids": ["<lead_id>"]}),
    f"POST {V1}/campaigns/<id:campaign_id>/enrollments/by-filter": Row("write", 202, body={"filter": {"tag": "vip"}}),
    f"POST {V1}/enrollments/<id:enrollment_id>/pause": Row("write", body={"reason": "On leave."}),
    f"POST {V1}/enrollments/<id:enrollment_id>/resume": Row("write"),
    f"POST {V1}/enrollments/<id:enrollment_id>/stop": Row("write", body={"reason": "Asked us to."}),
    f"POST {V1}/enrollments/<id:enrollment_id>/restart": Row("write", 409),
    f"POST {V1}/enrollments/<id:enrollment_id>/skip": Row("write", body={"step_key": "hello"}),
    f"POST {V1}/enrollments/<id:enrollment_id>/unskip": Row("write", 409, body={"step_key": "hello"}),
    f"POST {V1}/enrollments/<id:enrollment_id>/override": Row("write", body={"due_at": None}),
    f"POST {V1}/enrollments/<id:enrollment_id>/give": Row("write", 422, body={"account_id": "<account_id>"}),
    f"POST {V1}/actions/<id:action_id>/confirm": Row("write", 409, body={"sent": True}),
    f"POST {V1}/actions/<id:action_id>/call-off": Row("write"),
    f"POST {V1}/leads": Row("write", 201, body={"client_id": "<client_id>", "email": "<email>"}),
    f"PATCH {V1}/leads/<id:lead_id>": Row("write", body={"company": "Engines"}),
    f"DELETE {V1}/leads/<id:lead_id>": Row("write", 204),
    f"POST {V1}/leads/<id:lead_id>/tags": Row("write", body={"add": ["vip"]}),
    f"POST {V1}/leads/<id:lead_id>/notes": Row("write", 201, body={"text": "Met at the fair."}),
    f"DELETE {V1}/leads/notes/<id:note_id>": Row("write", 204),
    f"POST {V1}/leads/<id:lead_id>/do-not-contact": Row("write", body={"reason": "Asked us to."}),
    f"POST {V1}/leads/<id:lead_id>/merge": Row("write", body={"other_id": "<other_id>"}),
    f"POST {V1}/leads/<id:lead_id>/unmerge": Row("write", 409),
    f"POST {V1}/leads/<id:lead_id>/erase": Row("write", 422, body={"confirm": "<other_id>"}),
    f"POST {V1}/leads/bulk/preview": Row(
        "write", body={"client_id": "<client_id>", "action": {"kind": "tag", "tags": ["vip"]}}
    ),
    f"POST {V1}/leads/bulk": Row("write", 422, body={"token": "none"}),
    f"POST {V1}/do-not-contact": Row(
        "write", 201, body={"client_id": "<client_id>", "kind": "person", "value": "<email>"}
    ),
    f"POST {V1}/do-not-contact/bulk": Row(
        "write", body={"client_id": "<client_id>", "lines": [{"kind": "person", "value": "ada@engines.example"}]}
    ),
    f"DELETE {V1}/do-not-contact/<id:entry_id>": Row("write", 204),
    f"PATCH {V1}/clients/<id:client_id>": Row("write", body={"timezone": "Europe/Vienna"}),
    f"POST {V1}/linkedin-accounts": Row(
        "write", 201, body={"client_id": "<client_id>", "name": "A sender", "timezone": "Europe/Berlin"}
    ),
    f"PATCH {V1}/linkedin-accounts/<id:account_id>": Row("write", body={"limits": {"invites_per_day": 3}}),
    f"DELETE {V1}/linkedin-accounts/<id:account_id>": Row("write", 204),
    f"POST {V1}/linkedin-accounts/<id:account_id>/pause": Row("write", body={"reason": "A holiday."}),
    f"POST {V1}/linkedin-accounts/<id:account_id>/resume": Row("write"),
    f"POST {V1}/linkedin-accounts/<id:account_id>/usage/rebuild": Row("write", body={"dry_run": True}),
    f"GET {V1}/api-keys": Row("write"),
    f"POST {V1}/api-keys": Row("write", 201, body={"name": "n8n", "client_id": "<client_id>", "scopes": ["write"]}),
    f"GET {V1}/api-keys/<id:key_id>": Row("write"),
    f"DELETE {V1}/api-keys/<id:key_id>": Row("write", 204),
    f"POST {V1}/jobs": Row("write", 202, body={"type": "custom.task", "client_id": "<client_id>", "payload": {}}),
    f"POST {V1}/jobs/retry": Row("write", body={"client_id": "<client_id>", "ids": ["<job_id>"]}),
    f"POST {V1}/jobs/<id:job_id>/retry": Row("write", 409),
    f"POST {V1}/jobs/<id:job_id>/dismiss": Row("write", body={"reason": "Not wanted."}),
    # Imports
    f"GET {V1}/leads/imports": Row("read"),
    f"GET {V1}/leads/imports/<id:import_id>": Row("read"),
    f"GET {V1}/leads/imports/<id:import_id>/preview": Row("read"),
    f"GET {V1}/leads/imports/<id:import_id>/problems": Row("read"),
    f"GET {V1}/leads/imports/<id:import_id>/problems.csv": Row("read"),
    f"GET {V1}/leads/imports/search-parameters": Row(
        "write", 422, query={"account_id": "<account_id>", "type": "LOCATION", "keywords": "berlin"}
    ),
    f"POST {V1}/leads/imports": Row("write", 415, query={"client_id": "<client_id>"}),
    f"POST {V1}/leads/imports/search": Row(
        "write", 422, body={"client_id": "<client_id>", "account_id": "<account_id>", "source": "connections"}
    ),
    f"PATCH {V1}/leads/imports/<id:import_id>": Row("write", body={"tags": ["vip"]}),
    f"POST {V1}/leads/imports/<id:import_id>/start": Row("write", 202),
    f"POST {V1}/leads/imports/<id:import_id>/cancel": Row("write"),
    f"DELETE {V1}/leads/imports/<id:import_id>/file": Row("write", 204),
    # Campaigns
    f"GET {V1}/campaigns": Row("read"),
    f"GET {V1}/campaigns/<id:campaign_id>": Row("read"),
    f"GET {V1}/campaigns/<id:campaign_id>/checks": Row("read"),
    f"GET {V1}/campaigns/<id:campaign_id>/openings": Row("read"),
    f"GET {V1}/campaigns/<id:campaign_id>/senders": Row("read"),
    f"GET {V1}/campaigns/<id:campaign_id>/sequence": Row("read"),
    f"GET {V1}/campaigns/<id:campaign_id>/sequence/versions": Row("read"),
    f"GET {V1}/campaigns/<id:campaign_id>/sequence/versions/<int:number>": Row("read"),
    f"POST {V1}/campaigns/<id:campaign_id>/sequence/diff": Row("read", body={"steps": [{"kind": "visit"}]}),
    f"POST {V1}/campaigns/<id:campaign_id>/preview": Row("read", body={"lead_id": "<lead_id>"}),
    f"POST {V1}/templates/check": Row("read", body={"text": "Hi {{ first_name }}"}),
    f"GET {V1}/calendars/countries": Row("read"),
    f"GET {V1}/calendars/<string:country>/<int:year>": Row("read"),
    f"POST {V1}/campaigns": Row(
        "write", 201, body={"client_id": "<client_id>", "name": "<company>", "account_ids": ["<account_id>"]}
    ),
    f"PATCH {V1}/campaigns/<id:campaign_id>": Row("write", body={"goal": "connected"}),
    f"DELETE {V1}/campaigns/<id:campaign_id>": Row("write", 204),
    f"POST {V1}/campaigns/<id:campaign_id>/duplicate": Row("write", 201, body={}),
    f"POST {V1}/campaigns/<id:campaign_id>/start": Row("write", 409, body={"accept": ["sender_not_ok"]}),
    f"POST {V1}/campaigns/<id:campaign_id>/resume": Row("write", 409, body={}),
    f"POST {V1}/campaigns/<id:campaign_id>/pause": Row("write", 409, body={"reason": "A pause."}),
    f"POST {V1}/campaigns/<id:campaign_id>/complete": Row("write", 409, body={"reason": "Enough."}),
    f"POST {V1}/campaigns/<id:campaign_id>/archive": Row("write"),
    f"PUT {V1}/campaigns/<id:campaign_id>/senders": Row("write", body={"account_ids": ["<account_id>"]}),
    f"POST {V1}/campaigns/<id:campaign_id>/senders": Row("write", 201, body={"account_id": "<account_id>"}),
    f"DELETE {V1}/campaigns/<id:campaign_id>/senders/<id:account_id>": Row("write", 404),
    f"PUT {V1}/campaigns/<id:campaign_id>/sequence": Row("write", body={"steps": [{"kind": "visit"}]}),
    # Jobs: agents look after what they asked for, n8n works on them
    f"GET {V1}/jobs": Row("write jobs"),
    f"GET {V1}/jobs/attention": Row("write jobs"),
    f"GET {V1}/jobs/counts": Row("write jobs"),
    f"GET {V1}/jobs/types": Row("write jobs"),
    f"GET {V1}/jobs/<id:job_id>": Row("write jobs"),
    f"GET {V1}/jobs/<id:job_id>/log": Row("write jobs"),
    f"GET {V1}/jobs/next": Row("jobs", query={"types": "none.such"}, answers=204),
    f"POST {V1}/jobs/claim": Row("jobs", body={"types": ["none.such"]}),
    f"PATCH {V1}/jobs/<id:job_id>": Row("jobs", 409, body={"lease_token": "none", "status": "processing"}),
    f"POST {V1}/jobs/<id:job_id>/callback": Row(
        "jobs callbacks", 409, body={"lease_token": "none", "status": "completed"}
    ),
    # The agency's own affairs: admins and agency keys
    "GET /metrics": Row("metrics"),
    f"POST {V1}/clients": Row("manage", 201, body={"name": "<company>", "timezone": "Europe/Berlin"}),
    f"POST {V1}/clients/<id:client_id>/archive": Row("manage"),
    f"POST {V1}/clients/<id:client_id>/restore": Row("manage"),
    f"PUT {V1}/clients/<id:client_id>/members/<id:user_id>": Row("manage"),
    f"DELETE {V1}/clients/<id:client_id>/members/<id:user_id>": Row("manage", 204),
    f"GET {V1}/users": Row("manage"),
    f"POST {V1}/users": Row(
        "manage",
        201,
        body={
            "email": "<email>",
            "name": "New",
            "role": "agent",
            "password": PASSWORD,
            "client_ids": ["<client_id>"],
        },
    ),
    f"GET {V1}/users/<id:user_id>": Row("manage"),
    f"PATCH {V1}/users/<id:user_id>": Row("manage", body={"name": "Renamed"}),
    f"DELETE {V1}/users/<id:user_id>": Row("manage", 204),
    f"POST {V1}/users/<id:user_id>/password": Row("manage", 204, body={"password": "a new " * 3}),
    f"POST {V1}/users/<id:user_id>/sign-out": Row("manage"),
    f"GET {V1}/service-hold": Row("manage"),
    f"DELETE {V1}/service-hold": Row("manage", 409),
    f"GET {V1}/admin/status": Row("manage"),
    f"GET {V1}/admin/database": Row("manage"),
    f"GET {V1}/automation/scheduler/status": Row("manage"),
    f"POST {V1}/automation/scheduler/start": Row("manage", body={"reason": "It is Monday."}),
    f"POST {V1}/automation/scheduler/stop": Row("manage", body={"reason": "It is Friday."}),
    f"POST {V1}/automation/scheduler/drain": Row("manage", body={"reason": "A new release."}),
    f"GET {V1}/admin/migrations": Row("manage"),
    f"GET {V1}/admin/consumers": Row("manage"),
    f"POST {V1}/admin/consumers/<string:name>/rewind": Row("manage", 204, body={"client_id": "<client_id>"}),
    f"GET {V1}/replies/unmatched": Row("read"),
    f"GET {V1}/replies/listening": Row("read"),
    f"POST {V1}/replies/unmatched/<id:message_id>/match": Row("write", body={"lead_id": "<lead_id>"}),
    f"GET {V1}/replies/diagnostics": Row("manage", query={"chat_id": "walked"}),
    # The inbox
    f"GET {V1}/inbox/conversations": Row("read"),
    f"GET {V1}/inbox/conversations/<id:conversation_id>": Row("read"),
    f"GET {V1}/inbox/conversations/<id:conversation_id>/messages": Row("read"),
    f"GET {V1}/inbox/conversations/<id:conversation_id>/notes": Row("read"),
    f"GET {V1}/inbox/conversations/<id:conversation_id>/timeline": Row("read"),
    f"GET {V1}/inbox/conversations/<id:conversation_id>/why": Row("read"),
    f"GET {V1}/inbox/messages/<id:message_id>/attachments/<string:attachment_id>": Row("read", 409),
    f"POST {V1}/inbox/conversations/<id:conversation_id>/read": Row("write"),
    f"POST {V1}/inbox/conversations/<id:conversation_id>/unread": Row("write"),
    f"POST {V1}/inbox/conversations/<id:conversation_id>/assign": Row("write", body={"assignee_id": None}),
    f"POST {V1}/inbox/conversations/<id:conversation_id>/queue": Row("write", body={"queue_id": "<queue_id>"}),
    f"POST {V1}/inbox/conversations/<id:conversation_id>/snooze": Row("write", body={"until": None}),
    f"POST {V1}/inbox/conversations/<id:conversation_id>/close": Row("write", body={}),
    f"POST {V1}/inbox/conversations/<id:conversation_id>/reopen": Row("write", body={}),
    f"PUT {V1}/inbox/conversations/<id:conversation_id>/temperature": Row("write", body={"temperature": "hot"}),
    f"PUT {V1}/inbox/conversations/<id:conversation_id>/outcome": Row("write", body={"outcome": "meeting"}),
    f"POST {V1}/inbox/conversations/<id:conversation_id>/tags": Row("write", body={"add": ["vip"]}),
    f"POST {V1}/inbox/conversations/<id:conversation_id>/notes": Row("write", 201, body={"text": "Call at noon."}),
    f"DELETE {V1}/inbox/notes/<id:conversation_note_id>": Row("write", 204),
    f"POST {V1}/inbox/conversations/<id:conversation_id>/reply": Row(
        "write", 409, body={"text": "Hello", "seen_message_id": None}
    ),
    f"GET {V1}/inbox/replies/<id:reply_id>": Row("read"),
    f"POST {V1}/inbox/replies/<id:reply_id>/retry": Row("write", 409),
    f"POST {V1}/inbox/files": Row("write", 415, query={"client_id": "<client_id>"}),
    f"GET {V1}/inbox/canned-replies": Row("read"),
    f"GET {V1}/inbox/canned-replies/<id:canned_reply_id>": Row("read"),
    f"POST {V1}/inbox/canned-replies": Row(
        "write", 201, body={"client_id": "<client_id>", "name": "<company>", "body": "Hi {{ first_name }}"}
    ),
    f"PATCH {V1}/inbox/canned-replies/<id:canned_reply_id>": Row("write", body={"body": "Hello"}),
    f"DELETE {V1}/inbox/canned-replies/<id:canned_reply_id>": Row("write", 204),
    f"POST {V1}/inbox/canned-replies/<id:canned_reply_id>/preview": Row("read", body={"lead_id": "<lead_id>"}),
    f"GET {V1}/inbox/counters": Row("read"),
    f"GET {V1}/inbox/sla": Row("read"),
    f"GET {V1}/inbox/sla/terms": Row("read", query={"client_id": "<client_id>"}),
    f"PUT {V1}/inbox/sla/terms": Row("write", body={"client_id": "<client_id>"}),
    f"GET {V1}/tasks": Row("read"),
    f"POST {V1}/tasks": Row(
        "write", 201, body={"client_id": "<client_id>", "title": "Call", "due_at": "2026-04-01T09:00:00Z"}
    ),
    f"GET {V1}/tasks/<id:task_id>": Row("read"),
    f"PATCH {V1}/tasks/<id:task_id>": Row("write", body={"title": "Call again"}),
    f"POST {V1}/tasks/<id:task_id>/complete": Row("write"),
    f"DELETE {V1}/tasks/<id:task_id>": Row("write", 204),
    f"GET {V1}/inbox/queues": Row("read"),
    f"GET {V1}/inbox/queues/<id:queue_id>": Row("read"),
    f"POST {V1}/inbox/queues": Row("write", 201, body={"client_id": "<client_id>", "name": "<company>"}),
    f"PATCH {V1}/inbox/queues/<id:queue_id>": Row("write", body={"name": "<company>"}),
    f"DELETE {V1}/inbox/queues/<id:queue_id>": Row("write", 204),
    f"GET {V1}/inbox/sharing": Row("read", query={"client_id": "<client_id>"}),
    f"PUT {V1}/inbox/sharing": Row("write", body={"client_id": "<client_id>", "in_turn": False}),
    # What is told to others
    f"GET {V1}/connections": Row("read"),
    f"POST {V1}/connections": Row(
        "write",
        201,
        body={"client_id": "<client_id>", "kind": "webhook", "name": "n8n", "url": "https://hooks.example/rapport"},
    ),
    f"GET {V1}/connections/<id:connection_id>": Row("read"),
    f"PATCH {V1}/connections/<id:connection_id>": Row("write", body={"name": "Our n8n"}),
    f"DELETE {V1}/connections/<id:connection_id>": Row("write", 204),
    f"POST {V1}/connections/<id:connection_id>/test": Row("write", 202),
    f"POST {V1}/connections/<id:connection_id>/rotate-secret": Row("write"),
    f"POST {V1}/connections/<id:connection_id>/recover": Row("write", body={"since": "2026-03-01T00:00:00Z"}),
    f"GET {V1}/deliveries": Row("read"),
    f"GET {V1}/deliveries/dead": Row("read"),
    f"GET {V1}/deliveries/counts": Row("read"),
    f"POST {V1}/deliveries/replay/count": Row("read", body={"connection_id": "<connection_id>"}),
    f"POST {V1}/deliveries/replay": Row("write", body={"client_id": "<client_id>"}),
    f"GET {V1}/deliveries/<id:outgoing_id>": Row("read"),
    f"GET {V1}/deliveries/<id:outgoing_id>/attempts": Row("read"),
    f"POST {V1}/deliveries/<id:outgoing_id>/replay": Row("write"),
    f"POST {V1}/deliveries/<id:outgoing_id>/dismiss": Row("write", body={"reason": "They called."}),
    f"GET {V1}/notices/rules": Row("read"),
    f"POST {V1}/notices/rules": Row(
        "write",
        201,
        body={
            "client_id": "<client_id>",
            "name": "Desk",
            "event_types": ["reply.received"],
            "channel": "email",
            "emails": ["<email>"],
        },
    ),
    f"GET {V1}/notices/rules/<id:rule_id>": Row("read"),
    f"PATCH {V1}/notices/rules/<id:rule_id>": Row("write", body={"enabled": False}),
    f"DELETE {V1}/notices/rules/<id:rule_id>": Row("write", 204),
    f"GET {V1}/notices/settings": Row("read", query={"client_id": "<client_id>"}),
    f"GET {V1}/notices/log": Row("read"),
    f"POST {V1}/notices/preview": Row("read", body={"client_id": "<client_id>"}),
    f"POST {V1}/notices/test": Row("write", 202, body={"client_id": "<client_id>", "rule_id": "<rule_id>"}),
    f"GET {V1}/flags": Row("read", query={"client_id": "<client_id>"}),
    f"PUT {V1}/flags": Row("manage", body={"name": "notices", "client_id": "<client_id>", "enabled": True}),
    # What happens, as it happens
    f"GET {V1}/inbox/stream": Row("read", query={"client_id": "<client_id>"}),
    f"GET {V1}/inbox/conversations/<id:conversation_id>/stream": Row("read"),
    f"POST {V1}/inbox/stream-token": Row("self", 201),
    f"POST {V1}/inbox/conversations/<id:conversation_id>/presence": Row("self", 204, body={"state": "replying"}),
    f"GET {V1}/webhooks/deliveries": Row("manage"),
    # Nobody is at the sandbox's port here; tests/rooms/webhooks/test_hygiene.py has a sandbox
    f"GET {V1}/webhooks/unipile/status": Row("manage", 409),
    f"POST {V1}/webhooks/unipile/repair": Row("manage", 409, body={"dry_run": True}),
    f"GET {V1}/webhooks/unipile/registered": Row("manage", 409),
    f"POST {V1}/webhooks/unipile/registered": Row("manage", 409, body={"source": "users"}),
    f"DELETE {V1}/webhooks/unipile/registered/<string:webhook_id>": Row("manage", 409),
    f"GET {V1}/webhooks/deliveries/<id:delivery_id>": Row("manage"),
    f"POST {V1}/webhooks/deliveries/<id:delivery_id>/reprocess": Row("manage"),
    f"POST {V1}/linkedin-accounts/<id:account_id>/connect": Row("write", 409),
    f"POST {V1}/linkedin-accounts/connected/<string:token>": Row("", body={"status": "FAILED", "account_id": "walked"}),
    f"GET {V1}/campaigns/progress": Row("read"),
    **PAGES,
    **broker.ROUTES,
    **capture.ROUTES,
    **offerings.ROUTES,
    **scoring.ROUTES,
    **lead_views.ROUTES,
}


def is_page(route: str) -> bool:
    """Whether a route is for people: they come with a cookie, and who has none is shown the door."""
    return not route.split(" ", 1)[1].startswith(("/api/", "/health", "/metrics"))


# How an id of a client is made for a caller, by the name under which routes ask for it

Maker = Callable[[Stage, Client, "Caller"], str]


def _user(stage: Stage, client: Client, _caller: Caller) -> str:
    return stage.user(f"member{stage.number()}", Role.VIEWER, client).id


def _colleague(stage: Stage, client: Client, _caller: Caller) -> str:
    """Somebody who may have a conversation: no viewer may."""
    return stage.user(f"colleague{stage.number()}", Role.AGENT, client).id


def _session(stage: Stage, _client: Client, caller: Caller) -> str:
    return stage.signed_in(caller.user).session_id if caller.user is not None else UNKNOWN


def _key(stage: Stage, client: Client, _caller: Caller) -> str:
    return stage.key(Permission.READ, of=client).id


def _job(stage: Stage, client: Client, caller: Caller) -> str:
    from rapport.jobs.enqueue import enqueue

    with stage.tx(caller.actor) as tx:
        return enqueue(tx, stage.service.job_types.get("custom.task"), client_id=client.id)[0].id


def _lead(stage: Stage, client: Client, _caller: Caller) -> str:
    return stage.lead(f"Lead {stage.number()}", of=client)


def _note(stage: Stage, client: Client, caller: Caller) -> str:
    from rapport.leads import noting, persons

    lead_id = _lead(stage, client, caller)
    with stage.tx() as tx:
        return noting.add(tx, persons.get(tx, lead_id), "A note.").id


def _entry(stage: Stage, client: Client, _caller: Caller) -> str:
    from rapport.leads import suppression
    from rapport.leads.models import SuppressionKind

    value = f"n{stage.number()}@engines.example"
    with stage.tx() as tx:
        person = SuppressionKind.PERSON
        return suppression.add(tx, client.id, kind=person, value=value, reason=None, created_by=None).id


def _campaign(stage: Stage, client: Client, caller: Caller) -> str:
    from rapport.campaigns import drafts

    with stage.tx(caller.actor) as tx:
        return drafts.create(tx, client_id=client.id, name=f"Campaign {stage.number()}").id


def _import(stage: Stage, client: Client, _caller: Caller) -> str:
    from rapport.leads.importing import sniffing, uploading

    with stage.tx() as tx:
        found = sniffing.look(BytesIO(b"Email\nada@engines.example\n"), home=stage.database.home)
        with found.content:
            return uploading.upload(tx, client.id, found, name="leads.csv").id


_STEPS = [
    {"key": "accepted", "kind": "wait_for", "condition": {"asked": "connected"}},
    {"key": "hello", "kind": "message", "variants": [{"body": "Hello."}]},
]


def _enrolling(stage: Stage, client: Client, caller: Caller) -> tuple[str, str]:
    """A campaign with one lead in it, and the enrollment."""
    from rapport.campaigns import drafts, queries
    from rapport.enrollments.enroll import enroll

    lead_id = _lead(stage, client, caller)
    with stage.tx(caller.actor) as tx:
        name = f"Walked {stage.number()}"
        campaign_id = drafts.create(tx, client_id=client.id, name=name, steps=_STEPS).id
        tx.session.flush()  # enrolling reads the campaign's row
        made = enroll(tx, queries.kept(tx, campaign_id), [lead_id], by=None)
    return campaign_id, made.enrollment_ids[0]


def _enrollment(stage: Stage, client: Client, caller: Caller) -> str:
    return _enrolling(stage, client, caller)[1]


def _simulation(stage: Stage, client: Client, caller: Caller) -> str:
    from rapport.campaigns import queries
    from rapport.enrollments import simulate

    campaign_id = _enrolling(stage, client, caller)[0]
    with stage.tx(caller.actor) as tx:
        return simulate.order(tx, queries.kept(tx, campaign_id), {"days": 1}, by=None).id


def unmatched_message(stage: Stage, *, of: Client, mark: str = "walked") -> str:
    """A message from nobody we know."""
    from rapport.conversations import record
    from rapport.conversations.told import Somebody, Told
    from rapport.conversations.words import Via
    from rapport.rules.direction import Direction

    account = stage.account(of=of, unipile_account_id=f"{mark}-{stage.number()}")
    with stage.tx() as tx:
        told = Told(
            client_id=of.id,
            account_id=account.id,
            message_id=f"{mark}-{stage.number()}",
            at=tx.now,
            via=Via.WEBHOOK,
            direction=Direction.INBOUND,
            chat_id=f"{mark}-{stage.number()}",
            author=Somebody(mark, mark),
            text=mark,
            attachments=({"id": "walked", "file_name": "walked.txt"},),
        )
        return record.heard(tx, told).message_id


def delivered(stage: Stage, *bodies: dict[str, Any], **headers: str) -> list[str]:
    """What was delivered and is decided."""
    from types import SimpleNamespace

    from rapport.webhooks import intake

    with stage.tx() as tx:
        made = [
            intake.store(
                tx,
                source="unipile/users",
                body=json.dumps(body).encode(),
                content_type=headers.get("Content-Type"),
                headers=headers,
                verified=None,
            )
            for body in bodies
        ]
        assert stage.service.processing.handler is not None
        stage.service.processing.handler(tx, SimpleNamespace(progress=None))
    return made


def _delivery(stage: Stage, client: Client, _caller: Caller) -> str:
    account = f"walked-{stage.number()}"
    stage.account(of=client, unipile_account_id=account)
    return delivered(stage, {"AccountStatus": {"account_id": account, "message": "OK"}})[0]


def _conversation(stage: Stage, client: Client, _caller: Caller) -> str:
    from rapport.conversations.queries import kept

    message_id = unmatched_message(stage, of=client)
    with stage.reading() as reading:
        found = kept(reading, message_id)
    assert found is not None
    return found.conversation_id


def _conversation_note(stage: Stage, client: Client, caller: Caller) -> str:
    from rapport.inbox import marking

    conversation_id = _conversation(stage, client, caller)
    with stage.tx() as tx:
        return marking.note(tx, conversation_id, "A note.")


def _reply(stage: Stage, client: Client, caller: Caller) -> str:
    from rapport.conversations.queries import kept
    from rapport.inbox import replying

    message_id = unmatched_message(stage, of=client)
    with stage.tx(caller.actor) as tx:
        found = kept(tx, message_id)
        assert found is not None
        return replying.reply(tx, found.conversation_id, text="Hello", seen_message_id=message_id)


def _queue(stage: Stage, client: Client, _caller: Caller) -> str:
    from rapport.inbox import sharing

    with stage.tx() as tx:
        return sharing.make_queue(tx, client.id, f"Queue {stage.number()}")


def _task(stage: Stage, client: Client, _caller: Caller) -> str:
    from rapport.inbox.follow_ups import keeping

    with stage.tx() as tx:
        return keeping.add(tx, client.id, {"title": "Call", "due_at": tx.now})


def _canned(stage: Stage, client: Client, _caller: Caller) -> str:
    from rapport.inbox import canned

    with stage.tx() as tx:
        return canned.create(tx, client.id, name=f"Canned {stage.number()}", body="Hi {{ first_name }}")


def connected(stage: Stage, *, of: Client, mark: str = "hooks", name: str = "n8n", **more: Any) -> str:
    """A webhook endpoint of a client's."""
    from rapport.outbox import connections
    from rapport.outbox.words import Channel

    given = {"url": f"https://{mark}.example/hook", **more}
    with stage.tx() as tx:
        made, _ = connections.add(
            tx, stage.service.keys, client_id=of.id, kind=Channel.WEBHOOK, name=name, given=given, insecure=False
        )
        return made.id


def dead_letter(stage: Stage, *, of: Client) -> str:
    """A mail that could not be delivered."""
    from rapport.outbox.ending import dead
    from rapport.outbox.models import Delivery

    with stage.tx() as tx:
        made = written(tx, of, f"dead {stage.number()}")
        dead(tx, tx.session.get_one(Delivery, made), None, "no_such_mailbox")
        return made


def written(tx: Any, client: Client, mark: str, **more: Any) -> str:
    """A delivery of a client's, ready to leave."""
    from rapport.outbox.words import Channel
    from rapport.outbox.write import Draft, write

    draft = Draft(
        client_id=client.id,
        channel=more.pop("channel", Channel.EMAIL),
        recipient=f"{mark}@people.example",
        event_type=more.pop("event_type", "test"),
        title=mark,
        dedupe_key=mark,
        body=b"{}",
        headers={"X-For": mark},
        **more,
    )
    return str(write(tx, draft))


def _rule(stage: Stage, client: Client, _caller: Caller) -> str:
    return ruled(stage, of=client)


def ruled(stage: Stage, *, of: Client, mark: str = "desk") -> str:
    """A notice rule of a client's."""
    from rapport.notices import rules

    with stage.tx() as tx:
        return rules.add(
            tx,
            client_id=of.id,
            name=mark,
            enabled=True,
            event_types=[mark],
            min_temperature="cold",
            channel="email",
            emails=[f"{mark}@notices.example"],
            urgent_types=[mark],
            batch_s=0,
            max_per_hour=20,
        ).id


IDS: dict[str, Maker] = {
    "client_id": lambda _stage, client, _caller: client.id,
    "account_id": lambda stage, client, _caller: stage.account(of=client).id,
    "user_id": _user,
    "session_id": _session,
    "key_id": _key,
    "job_id": _job,
    "lead_id": _lead,
    "other_id": _lead,
    "note_id": _note,
    "entry_id": _entry,
    "campaign_id": _campaign,
    "import_id": _import,
    "enrollment_id": _enrollment,
    "action_id": lambda stage, client, _caller: ready_action(stage, of=client),
    "simulation_id": _simulation,
    "delivery_id": _delivery,
    "message_id": lambda stage, client, _caller: unmatched_message(stage, of=client),
    "seen_message_id": lambda stage, client, _caller: unmatched_message(stage, of=client),
    "duplicate_of": _delivery,
    "conversation_id": _conversation,
    "conversation_note_id": _conversation_note,
    "reply_id": _reply,
    "assignee_id": _colleague,
    "queue_id": _queue,
    "task_id": _task,
    "canned_reply_id": _canned,
    "connection_id": lambda stage, client, _caller: connected(stage, of=client),
    "outgoing_id": lambda stage, client, _caller: dead_letter(stage, of=client),
    "rule_id": _rule,
    **broker.IDS,
    **capture.IDS,
    **offerings.IDS,
    **lead_views.IDS,
    **crm.IDS,
    **broadcasts.IDS,
    **reports.IDS,
}


def _registered(stage: Stage) -> str:
    """A webhook at Unipile; none where nobody plays Unipile."""
    from rapport.ports.outcomes import Accepted

    made = stage.service.webhook_hygiene.register("users")
    return made.ids.webhook_id or "" if isinstance(made, Accepted) else "wh_none"


def _connecting(stage: Stage) -> str:
    """The proof of the page on which an account is being connected."""
    from rapport.accounts.api.connecting import token_of

    return token_of(stage.service.keys, stage.account().id, stage.clock.now() + timedelta(hours=1))


PLAIN: dict[str, Callable[[Stage], str]] = {
    "file": lambda _stage: "start.js",
    "version_asked": lambda _stage: "walked",
    "token": _connecting,
    "figure": lambda _stage: "funnel",
    "form": lambda _stage: "csv",
    "name": lambda _stage: "walked",
    "webhook_id": _registered,
    "number": lambda _stage: "1",
    "attachment_id": lambda _stage: "walked",
    "country": lambda _stage: "DE",
    "year": lambda _stage: "2026",
    "company": lambda stage: f"Company {stage.number()}",
    "email": lambda stage: f"new{stage.number()}@agency.example",
    **capture.PLAIN,
    **reports.PLAIN,
}
"""Arguments that are nobody's id."""
UNKNOWN = "0190a1b2-ffff-7e4f-8a9b-0c1d2e3f4a5b"

NO_CANARY: dict[str, str] = {
    **analytics.NO_CANARY,
    "account.status": "a word of ours",
    "account.timezone": "a zone",
    "account.provider_id": "no verb writes it yet",
    "account.public_identifier": "no verb writes it yet",
    "account.status_detail": "words of ours and the provider's",
    "account.hours": "numbers",
    "account_usage.budget": "a word of ours",
    "api_key.prefix": "random",
    "api_key.key_hash": "random",
    "api_key.scopes": "words of ours",
    "api_key.created_by": "an id",
    "campaign.state": "a word of ours",
    "campaign.timezone": "a zone",
    "campaign.week": "numbers",
    "campaign.weekend": "numbers",
    "campaign.holidays_country": "a code",
    "campaign.holidays_region": "a code",
    "campaign.days_off": "days",
    "campaign.goal": "a word of ours",
    "campaign.seed": "random",
    "campaign.created_by": "an id",
    "client.timezone": "a zone",
    "client.erasure_salt": "random",
    "account.pacing_seed": "random",
    "account_cooldown.budget": "a word of ours",
    "account_cooldown.reason": "a sentence of ours",
    "enrollment.status": "a word of ours",
    "enrollment.reason": "a word of ours",
    "enrollment.unsettled": "a word of ours",
    "enrollment.exclusive_key": "an id",
    "enrollment.enrolled_by": "an id",
    "enrollment.variants": "no verb writes it before something is sent",
    "enrollment_merge.before": "ids, words of ours and instants",
    "enrollment_merge.after": "ids, words of ours and instants",
    "enrollment_step.state": "a word of ours",
    "enrollment_step.variant": "no verb writes it before something is sent",
    "simulation.created_by": "an id",
    "simulation.result": "numbers and ids",
    "simulation.assumptions": "numbers",
    "action.kind": "a word of ours",
    "action.origin": "a word of ours",
    "action.state": "a word of ours",
    "action.settled_by": "a word of ours",
    "action.owner": "random",
    "action.created_by": "an id",
    "action.retry_of": "an id",
    "canned_reply.created_by": "an id",
    "follow_up.status": "a word of ours",
    "follow_up.created_by": "an id",
    "wait_terms.hours": "numbers",
    "action.step_key": "the sequence's, which bears the mark",
    "action.variant": "the sequence's, which bears the mark",
    "action.message_id": "the provider's id of a message that was sent",
    "event.type": "a word of ours",
    "line.kind": "a word of ours",
    "line.closed_by": "a word of ours",
    "enrollment.line": "a word of ours",
    "lead.member_id": "a number",
    "lead.source": "a word of ours",
    "lead.timezone": "a zone",
    "lead.field_sources": "words of ours and instants",
    "lead_identity.kind": "a word of ours",
    "lead_import.source": "a word of ours",
    "lead_import.state": "a word of ours",
    "lead_import.resume": "a place in a file, or the provider's cursor",
    "lead_import.created_by": "an id",
    "relation.state": "a word of ours",
    "suppression.kind": "a word of ours",
    "suppression.created_by": "an id",
    "event.actor_type": "a word of ours",
    "sequence_version.created_by": "an id",
    "conversation.channel": "a word of ours",
    "conversation.status": "a word of ours",
    "conversation.leads_before": "ids",
    "conversation.temperature": "a word of ours",
    "conversation.outcome": "a word of ours",
    "message.channel": "a word of ours",
    "message.kind": "a word of ours",
    "message.direction": "a word of ours",
    "message.via": "a word of ours",
    "message.match_rung": "a word of ours",
    "message_mark.channel": "a word of ours",
    "message_mark.mark": "a word of ours",
    "relation_seen.member_id": "a number",
    "relation_seen.tried": "words of ours",
    "webhook_delivery.source": "a word of ours",
    "webhook_delivery.verified": "a word of ours",
    "webhook_delivery.sha256": "a hash",
    "webhook_delivery.status": "a word of ours",
    "webhook_delivery.word": "a word of ours",
    "webhook_delivery.duplicate_of": "an id",
    "webhook_delivery.error": "the name of a failure",
    "connection.kind": "a word of ours",
    "connection.schedule": "a word of ours",
    "connection.status": "a word of ours",
    "delivery.channel": "a word of ours",
    "delivery.status": "a word of ours",
    "delivery.schedule": "a word of ours",
    "delivery.lease_token": "random",
    "delivery.pace_key": "a word of ours and an id",
    "delivery.merged_into": "an id",
    "delivery_attempt.outcome": "a word of ours",
    "notice_rule.min_temperature": "a word of ours",
    "notice_rule.channel": "a word of ours",
    "notice_rule.quiet_from": "a time",
    "notice_rule.quiet_to": "a time",
    "feature_flag.name": "a word of ours",
    "feature_flag.set_by": "an id",
    "job.type": "a word of ours",
    "job.executor": "a word of ours",
    "job.status": "a word of ours",
    "job.lease_token": "random",
    "job.created_by": "an id",
    "job.dismissed_by": "an id",
    **broker.NO_CANARY,
    **capture.NO_CANARY,
    **offerings.NO_CANARY,
    **scoring.NO_CANARY,
    **lead_views.NO_CANARY,
    **crm.NO_CANARY,
    **broadcasts.NO_CANARY,
    **reports.NO_CANARY,
}
"""Columns of tenants' tables that cannot hold a client's text, each with why. Every other text column must."""


def fill_with(stage: Stage, client: Client, agent: Person, mark: str) -> None:
    """Put the mark into every text of a client, by the verbs that write it."""
    from rapport.accounts import senders
    from rapport.jobs import claim, settle
    from rapport.jobs.dismiss import dismiss
    from rapport.jobs.enqueue import enqueue
    from rapport.jobs.models import Executor, Job
    from rapport.people import clients

    _fill_leads(stage, client, agent, mark)
    _fill_imports(stage, client, agent, mark)
    _fill_campaigns(stage, client, agent, mark)
    _fill_conversations(stage, client, agent, mark)
    _fill_deliveries(stage, client, mark)
    _fill_outbox(stage, client, mark)
    broker.fill(stage, client, mark)
    capture.fill(stage, client, mark)
    offerings.fill(stage, client, mark)
    scoring.fill(stage, client, mark)
    lead_views.fill(stage, client, mark, agent.id)
    crm.fill(stage, client, mark)
    broadcasts.fill(stage, client, mark)
    reports.fill(stage, client, mark)
    task = stage.service.job_types.get("custom.task")
    by = Actor("user", agent.id)
    with stage.tx(by) as tx:
        mine = clients.get(tx, client.id)
        emails = {"emails": [f"{mark}@notices.example"]}
        clients.change(tx, mine, {"slug": mark, "notice_preferences": emails, "report_preferences": emails})
        for number in (1, 2):
            sender = senders.add(
                tx,
                client_id=client.id,
                name=f"{mark} {number}",
                timezone="Europe/Berlin",
                unipile_account_id=f"{mark}_{number}",
            )
            senders.pause(tx, sender, reason=f"{mark} is ill")
        tx.emit("client.changed", client_id=client.id, data={"name": mark}, dedupe_key=mark, actor=Actor("user", mark))
        made = [
            enqueue(
                tx,
                task,
                client_id=client.id,
                payload={"for": mark},
                entity=(mark, mark),
                entity_label=mark,
                dedupe_key=f"{mark} {number}",
                priority=100,
            )[0].id
            for number in range(3)
        ]
    for number in (1, 2):
        stage.key(Permission.READ, of=client, by=agent, name=f"{mark} {number}")
    with stage.tx(by) as tx:
        held = claim.claim(tx, executor=Executor.N8N, types=None, limit=3, lease=timedelta(hours=1), by=mark)
        assert {job.id for job in held} == set(made)
        done, failed, working = (tx.session.get_one(Job, job_id) for job_id in made)
        settle.complete(tx, done, {"found": mark})
        settle.fail(tx, failed, code=mark, message=mark, retryable=False, waits=())
        dismiss(tx, failed, reason=mark)
        working.progress = {"at": mark}


def _fill_deliveries(stage: Stage, client: Client, mark: str) -> None:
    account = f"{mark}_0"
    stage.account(of=client, unipile_account_id=account)
    delivered(
        stage,
        {"event": mark, "account_id": account},
        {"AccountStatus": {"account_id": account, "message": mark}},
        {"event": "message_received", "account_id": account, "chat_id": mark},
        **{"Content-Type": mark, "User-Agent": mark},
    )


def _fill_outbox(stage: Stage, client: Client, mark: str) -> None:
    """A connection that refused a delivery, and a rule."""
    from rapport.outbox.claim import claim
    from rapport.outbox.settle import settle
    from rapport.outbox.words import Channel
    from rapport.ports.carriers import Refused

    connection_id = connected(stage, of=client, mark=mark, name=mark, event_types=[mark])
    ruled(stage, of=client, mark=mark)
    with stage.tx() as tx:
        more = {"connection_id": connection_id, "channel": Channel.WEBHOOK, "event_type": mark, "digest_key": mark}
        written(tx, client, mark, **more)
        second = timedelta(seconds=1)
        claimed = claim(tx, lease=second, mail_interval=second, keys=stage.service.keys)
        assert claimed is not None
        tx.session.flush()
        settle(tx, claimed, Refused(mark, 400, mark, broken=True))


def _fill_conversations(stage: Stage, client: Client, agent: Person, mark: str) -> None:
    """Messages with everything that can be told of them, a mark that waits, and a relation that was seen."""
    from rapport.accounts.queries import listening
    from rapport.conversations import record
    from rapport.conversations.told import Marked, Match, Somebody, Told
    from rapport.conversations.words import Mark, Via
    from rapport.replies import relating
    from rapport.rules.direction import Direction

    account_id = stage.account(of=client, unipile_account_id=f"{mark}_talks").id
    lead_id = stage.lead(f"{mark} Talker", of=client)
    with stage.tx() as tx:
        told = Told(
            client_id=client.id,
            account_id=account_id,
            message_id=mark,
            at=tx.now,
            via=Via.WEBHOOK,
            direction=Direction.INBOUND,
            chat_id=mark,
            chat_provider_id=mark,
            message_provider_id=mark,
            author=Somebody(mark, mark, f"https://www.linkedin.com/in/{mark}"),
            match=Match(lead_id, "provider_id", {"provider_id": {"given": {"provider_id": mark}}}),
            text=mark,
            subject=mark,
            attachments=({"id": mark},),
            reactions=((mark, mark),),
        )
        conversation_id = record.heard(tx, told).conversation_id
        record.heard(tx, replace(told, text=f"{mark} again", edited_at=tx.now))
        record.marked(tx, Marked(client.id, f"{mark} to come", Mark.REACTED, tx.now, by=mark, value=mark))
        (account,) = listening(tx, id=account_id)
        ids = {"provider_id": mark, "public_identifier": mark}
        relating.seen(tx, account, ids, name=mark, at=tx.now, learned="sync")
    _fill_inbox(stage, client, agent, mark, conversation_id)


def _fill_inbox(stage: Stage, client: Client, agent: Person, mark: str, conversation_id: str) -> None:
    from rapport.inbox import canned, marking, sharing
    from rapport.inbox.follow_ups import keeping as follow_ups
    from rapport.sending import files

    with stage.tx(Actor("user", agent.id)) as tx:
        marking.tag(tx, conversation_id, add=[mark], remove=[])
        marking.note(tx, conversation_id, f"{mark} was noted")
        sharing.put(tx, conversation_id, sharing.make_queue(tx, client.id, mark))
        canned.create(tx, client.id, name=mark, body=f"{mark} {{{{ first_name }}}}")
        follow_ups.add(tx, client.id, {"title": f"{mark} is to be called", "due_at": tx.now})
        files.keep(tx, client.id, name=f"{mark}.txt", content_type=f"text/{mark}", content=mark.encode())


def _fill_leads(stage: Stage, client: Client, agent: Person, mark: str) -> None:
    """Two leads that are one person, with everything that can be said of them."""
    from rapport.leads import arriving, merging, noting, persons, suppression
    from rapport.leads.models import LeadSource, SuppressionKind
    from rapport.rules.lead_fields import LONGEST, read

    said = {name: f"{mark} {name}"[:longest] for name, longest in LONGEST.items() if name != "timezone"}
    said["phone"] = f"{mark} 1"
    people = [
        read({**said, "public_identifier": mark, "email": f"{mark}@{mark}.example"}, {"told": mark}, (mark,)),
        read({"provider_id": f"{mark}-provider", "first_name": mark}, {}, (f"{mark} again",)),
    ]
    with stage.tx(Actor("user", agent.id)) as tx:
        came = arriving.arrive(
            tx, client.id, people, source=LeadSource.IMPORT, said_by="import", source_detail=f"{mark}.csv"
        )
        kept, other = (each.lead_id for each in came)
        noting.add(tx, persons.get(tx, kept), f"{mark} was noted")
        merging.merge(tx, kept, other)
        kind = SuppressionKind.COMPANY
        suppression.add(tx, client.id, kind=kind, value=f"{mark} Ltd", reason=f"{mark} asked", created_by=agent.id)


def _fill_imports(stage: Stage, client: Client, agent: Person, mark: str) -> None:
    from rapport.leads.importing import lifecycle, sniffing, steps, uploading
    from rapport.leads.importing.taking import Problem

    with stage.tx(Actor("user", agent.id)) as tx:
        found = sniffing.look(BytesIO(f"{mark},Email\n{mark},{mark}\n".encode()), home=stage.database.home)
        with found.content:
            made = uploading.upload(tx, client.id, found, name=f"{mark}.csv")
        uploading.change(tx, made, {"tags": [mark]}, home=stage.database.home)
        steps.take_rows(tx, made, [Problem(2, mark, mark, mark)])
        lifecycle.fail(tx, made, f"{mark} cannot be read")


def _fill_campaigns(stage: Stage, client: Client, agent: Person, mark: str) -> None:
    from rapport.accounts import senders
    from rapport.campaigns import drafts, findings, lifecycle

    key = mark.lower()
    steps = [
        {"key": key, "kind": "wait_for", "condition": {"asked": "connected"}},
        {"kind": "message", "variants": [{"body": f"{mark} {{{{ first_name }}}}"}]},
    ]
    with stage.tx(Actor("user", agent.id)) as tx:
        sender = senders.add(tx, client_id=client.id, name=mark, timezone="Europe/Berlin")
        for number in (1, 2):
            campaign = drafts.create(
                tx, client_id=client.id, name=f"{mark} {number}", account_ids=[sender.id], steps=steps
            )
        lifecycle.start(tx, campaign, enrolled=stage.service.enrolled, accepted=findings.ACCEPTABLE)
        campaign_id = campaign.id
    _fill_enrollments(stage, client, agent, mark, campaign_id, key)
    uncertain_action(
        stage, of=client, name=mark, mark=mark, body=f"{mark} body", subject=f"{mark} subject", created_by=agent.id
    )
    with stage.tx(Actor("user", agent.id)) as tx:
        lifecycle.pause(tx, drafts.get(tx, campaign_id), reason=f"{mark} wants it")


def _fill_enrollments(stage: Stage, client: Client, agent: Person, mark: str, campaign_id: str, key: str) -> None:
    from rapport.campaigns import queries
    from rapport.enrollments import control
    from rapport.enrollments.enroll import enroll

    leads = [stage.lead(f"{mark} {number}", of=client) for number in (1, 2)]
    with stage.tx(Actor("user", agent.id)) as tx:
        stands, passed = enroll(tx, queries.kept(tx, campaign_id), leads, by=agent.id).enrollment_ids
        control.pause(tx, control.get(tx, stands), reason=f"{mark} is away")
        control.skip(tx, control.get(tx, passed), step_key=key)
