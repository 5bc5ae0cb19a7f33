"""A stranger's tool reads the document and tries everything it says, on both databases.

A short run as an admin in the suite; SCHEMA_EXAMPLES makes it longer and adds an agent, SCHEMA_SEED makes it
another one. The seed is printed with the table of what every operation answered.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from rapport.admin import bootstrap
from rapport.events.consumers import Consumer
from rapport.kernel.principal import Actor
from rapport.rules.permissions import Role
from tests.contracts.schema_world import World
from tests.databases import fresh_database
from tests.http.posts import CASES
from tests.http.routes import IDS, PLAIN, ROUTES
from tests.http.routes_of import analytics
from tests.http.walking import filled, wanted
from tests.rooms.campaigns.world import a_campaign
from tests.rooms.inbox.files import a_file_of_theirs
from tests.sandboxes import sandbox_server, settings_for
from tests.stage import Stage

SHORT = 2
SEED = int(os.environ.get("SCHEMA_SEED", "20260302"))
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", SHORT))
ROLES = [Role.ADMIN, Role.AGENT] if EXAMPLES > SHORT else [Role.ADMIN]
SETTINGS = {"BACKGROUND": "false", "LOGIN_LIMIT_PER_MINUTE": "100000", "CAPTURE_PER_ADDRESS": "100000"}

MEANS_MORE = {
    **dict.fromkeys(analytics.WITH_PERIODS, "from lies before to, by a year at most, and neither stands alone"),
    "GET /api/v1/linkedin-accounts/{account_id}/usage/days": "from lies before to, by a year at most",
    "POST /api/v1/callbacks/metrics": "each figure of a day once, and campaigns of the client",
    "POST /api/v1/channels": "a mailbox where mail is brought, and things of the client's",
    "PATCH /api/v1/channels/{channel_id}": "likewise",
    "POST /api/v1/channels/messages": "a client, of whoever speaks for several",
    "POST /api/v1/callbacks/channel-reply": "a reply that is there",
    "POST /api/v1/callbacks/enrichment": "a lead that is there, and an instant that is past",
    "PUT /api/v1/jobs/executors": "work of which a client may choose who does it",
    "PUT /api/v1/scoring/terms": "warm_from lies below hot_from",
    "POST /api/v1/leads": "a lead must be somebody: an identity that is one, and custom fields that are few",
    "PATCH /api/v1/leads/{lead_id}": "likewise",
    "POST /api/v1/leads/{lead_id}/erase": "confirm is the lead's own id",
    "POST /api/v1/leads/{lead_id}/merge": "the other is a lead, and another one",
    "POST /api/v1/leads/bulk": "a token of a preview",
    "POST /api/v1/leads/bulk/preview": "the filter's fields are the list's, and each action has fields of its own",
    "POST /api/v1/leads/views": "the filter's fields and the order are the list's",
    "PATCH /api/v1/leads/views/{view_id}": "likewise",
    "POST /api/v1/leads/imports/search": "an account that is connected, and an address of a search",
    "GET /api/v1/leads/imports/search-parameters": "an account that is connected",
    "PATCH /api/v1/leads/imports/{import_id}": "columns and sheets that the file has",
    "POST /api/v1/do-not-contact": "a value that names a person, a company or a domain",
    "POST /api/v1/do-not-contact/bulk": "likewise",
    "POST /api/v1/campaigns/{campaign_id}/enrollments/count": "the filter's fields are those of the list of leads",
    "POST /api/v1/campaigns/{campaign_id}/enrollments/by-filter": "likewise",
    "POST /api/v1/inbox/conversations/{conversation_id}/assign": "somebody who works for the client",
    "POST /api/v1/inbox/conversations/{conversation_id}/queue": "a queue of the client",
    "POST /api/v1/inbox/conversations/{conversation_id}/snooze": "an instant to come",
    "POST /api/v1/inbox/conversations/{conversation_id}/reply": "a message of the conversation, and files that wait",
    "POST /api/v1/inbox/canned-replies": "a text that is a template",
    "PATCH /api/v1/inbox/canned-replies/{canned_reply_id}": "likewise",
    "PUT /api/v1/inbox/sla/terms": "hours on some day",
    "POST /api/v1/tasks": "a lead, a conversation and a person of the client",
    "PATCH /api/v1/tasks/{task_id}": "likewise",
    "PUT /api/v1/inbox/sharing": "people who work for the client, each once",
    "GET /api/v1/replies/diagnostics": "one of a lead, a chat and an account",
    "POST /api/v1/connections": "an address that is public, and what opens a connection of its kind",
    "PATCH /api/v1/connections/{connection_id}": "likewise",
    "POST /api/v1/broadcasts": "texts that are templates, and a filter of the list of leads",
    "POST /api/v1/broadcasts/preview": "likewise",
    "PATCH /api/v1/broadcasts/{broadcast_id}": "likewise",
    "POST /api/v1/crm/connections": "what opens a CRM of its kind",
    "PATCH /api/v1/crm/connections/{crm_connection_id}": "likewise",
    "POST /api/v1/crm/links/{crm_link_id}/decide": "a contact, where it is said which one it is",
    "POST /api/v1/notices/rules": "a connection for a chat, addresses for mails, quiet hours that begin and end",
    "PATCH /api/v1/notices/rules/{rule_id}": "likewise",
    "POST /api/v1/notices/test": "somebody whom a notice could go to",
    "POST /api/v1/capture-forms": "sites that are addresses, and a field that names somebody",
    "PATCH /api/v1/capture-forms/{form_id}": "likewise",
    "POST /api/v1/capture/{form_key}": "an email address or a profile, and whatever the form needs",
    "POST /api/v1/enrollments/{enrollment_id}/skip": "a step that the sequence has",
    "POST /api/v1/enrollments/{enrollment_id}/give": "a sender that the campaign has",
}
"""Operations whose bodies mean more than a schema can say: a valid one may be refused with 422. Each gets its 2xx."""
UPLOADS = ["uploadImport", "uploadFile"]
"""They take files, which are not generated from a schema; their tests are in tests/rooms/leads and inbox."""
SIGNED = ["takeMailEvent", "takePostmarkMail"]
"""It believes only what another service has signed: tests/rooms/outbox/test_mail_events.py."""
STREAMS = ["streamClient", "streamConversation"]
"""They answer on the socket of a web process, which there is none of here: tests/http/test_live_streams.py."""

schemathesis.openapi.format("time-zone", st.sampled_from(["Europe/Berlin", "America/New_York", "UTC"]))
schemathesis.openapi.format("cursor", st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=60))


@pytest.fixture
def _in_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Schemathesis 4.32's probes without credentials hand its in-process client options that only sockets have."""
    send = WSGITransport.send

    def plain(self: Any, case: Any, **more: Any) -> Any:
        for option in ("max_redirects", "verify", "cert", "proxies"):
            more.pop(option, None)
        return send(self, case, **more)

    monkeypatch.setattr(WSGITransport, "send", plain)
    yield
    schemathesis.hooks.unregister_all()  # they are the process's, and know this test's world


@pytest.mark.usefixtures("_in_process")
@pytest.mark.parametrize("role", ROLES)
def test_the_service_does_what_its_document_says(make_stage, role, capsys, tmp_path):
    stage = make_stage(settings=SETTINGS, consumers=[Consumer("test.reader", None, lambda _tx, _event: None)])
    answers: Counter[tuple[str, int]] = Counter()
    schema = load(stage)
    if role is Role.ADMIN:
        first_admin(stage, schema, answers)
    assert stage.root.id != stage.alice.id  # made now, before a generated user takes their addresses
    world = World(stage, role)
    play(schema, world)

    problems = run(schema, answers)

    labels = sorted(operation.ok().label for operation in schema.get_all_operations())
    for label in labels if role is Role.ADMIN else ():
        if not any(answers[label, status] for status in range(200, 300)):
            path, method = label.split(" ", 1)[::-1]
            operation_id = schema[path][method].definition.raw["operationId"]
            answers[label, succeed(stage.database.kind, tmp_path / operation_id, label, operation_id)] += 1
    table = [f"schemathesis as {role} on {stage.database.kind}, seed {SEED}, {sum(answers.values())} answers"]
    for label in labels:
        told = {status: number for (name, status), number in sorted(answers.items()) if name == label}
        table.append(f"  {label:<58} {told}")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(table) + "\n")
    assert not problems, "\n\n".join(problems)
    if role is Role.ADMIN:
        never = [label for label in labels if not any(answers[label, status] for status in range(200, 300))]
        assert never == [], "no 2xx from these operations"


def load(stage: Stage) -> Any:
    config = schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "continue-on-failure": True,
            "output": {"truncation": {"max-recorded-payload-size": 0}},  # it reads the document we serve, which is long
            "generation": {
                "max-examples": EXAMPLES,
                "database": "none",
                "allow-x00": False,  # refused everywhere, which no schema can say; tests/http/test_bad_input.py
            },
            "operations": [
                {"include-name": name, "checks": {"positive_data_acceptance": {"enabled": False}}}
                for name in MEANS_MORE
            ],
        }
    )
    whole = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", stage.app, config=config)
    return whole.exclude(operation_id=[*UPLOADS, *SIGNED, *STREAMS])


def succeed(kind: str, folder: Path, label: str, operation_id: str) -> int:
    """Ask for an operation on a stage of its own as the reviewed tables say one does; answers the status."""
    folder.mkdir()
    with fresh_database(kind, folder) as database, sandbox_server(people=5) as server:
        stage = Stage(database, settings=settings_for(server) | {"PUBLIC_URL": "https://rapport.example"})
        if operation_id in CASES:
            good = CASES[operation_id]
            answer = stage.root.post(good.path(stage), good.body(stage))
        elif operation_id == "downloadAttachment":
            answer = stage.root.get("/inbox/messages/{}/attachments/{}".format(*a_file_of_theirs(stage)))
        elif operation_id == "removeSender":
            account_id = stage.account().id
            campaign = a_campaign(stage, account_ids=[account_id])
            answer = stage.root.delete(f"/campaigns/{campaign['id']}/senders/{account_id}")
        else:
            answer = as_the_routes_say(stage, label)
        stage.close()
    return answer.status_code


def as_the_routes_say(stage: Stage, label: str) -> Any:
    method, template = label.split(" ", 1)
    (rule, row) = next(
        (route.split(" ", 1)[1], row)
        for route, row in ROUTES.items()
        if route.split(" ", 1)[0] == method and re.sub(r"<\w+:(\w+)>", r"{\1}", route.split(" ", 1)[1]) == template
    )
    user = stage.user("Rooted", Role.ADMIN)
    asks = SimpleNamespace(actor=Actor("user", stage.root.id), user=user)

    def made(name: str) -> str:
        if name == "account_id":
            seen = stage.service.unipile.accounts(limit=1).items[0]
            return stage.account(unipile_account_id=seen.id).id
        return PLAIN[name](stage) if name in PLAIN else IDS[name](stage, stage.acme, asks)

    path = re.sub(r"<\w+:(\w+)>", lambda found: made(found[1]), rule)
    query = {key: made(value[1:-1]) if value.startswith("<") else value for key, value in row.query.items()}
    if query.get("name") == "None":  # a campaign that is there
        query["name"] = a_campaign(stage)["name"]
    body = filled(row.body, {name: made(name) for name in wanted(row.body)})
    caller = stage.signed_in(user) if row.may == "self" else stage.root
    return caller.call(method, path, json=body, query_string=query)


def first_admin(stage: Stage, schema: Any, answers: Counter[tuple[str, int]]) -> None:
    """There is one first admin only, so this operation gets its 2xx before all else."""
    with stage.tx() as tx:
        token = bootstrap.prepare(tx, stage.database.home)
    case = schema["/api/v1/admin/bootstrap"]["POST"].Case(
        body={
            "token": token.read_text(),
            "email": "first@agency.example",
            "name": "First",
            "password": "correct horse battery",
        }
    )
    answers["POST /api/v1/admin/bootstrap", case.call_and_validate().status_code] += 1


def play(schema: Any, world: World) -> None:
    """Let the world take part in every call."""

    @schema.auth(refresh_interval=None)
    class Caller:
        def get(self, _case: Any, _context: Any) -> str:
            return str(world.caller.credential)

        def set(self, case: Any, credential: str, _context: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {credential}"}

    def before_call(_context: Any, case: Any, **_: Any) -> None:
        world.prepare(case)

    def after_call(_context: Any, case: Any, response: Any) -> None:
        world.noted(case, response)

    schemathesis.hook(before_call)
    schemathesis.hook(after_call)


def run(schema: Any, answers: Counter[tuple[str, int]]) -> list[str]:
    """Run every phase; counts the answers and gives the problems, each once."""
    problems: dict[tuple[str, ...], str] = {}
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            problems[(str(event),)] = f"{getattr(event, 'label', '')}: {getattr(event, 'info', event)}"
        if not isinstance(event, events.ScenarioFinished):
            continue
        recorder = event.recorder
        for case_id, interaction in recorder.interactions.items():
            operation = recorder.cases[case_id].value.operation
            if interaction.response is not None and interaction.request.method == operation.method.upper():
                answers[operation.label, interaction.response.status_code] += 1
        for case_id, checks in recorder.checks.items():
            for check in checks:
                if check.failure_info is not None:
                    problem = _told(recorder, case_id, check.failure_info)
                    problems.setdefault((problem.partition("\n")[0], check.name), problem)
    return list(problems.values())


def _told(recorder: Any, case_id: str, failure_info: Any) -> str:
    failure, answer = failure_info.failure, recorder.interactions[case_id].response
    label = recorder.cases[case_id].value.operation.label
    said = f"{answer.status_code} {answer.content[:400]!r}" if answer is not None else "no answer"
    return f"{label}: {failure.title}\n{failure.message}\n{failure_info.code_sample}\n{said}"
