"""What schemathesis needs to reach more than refusals: rows that exist, tokens that hold, words that mean something.

A generated id is well formed and unknown; before the call it becomes the id of a fresh row of the right kind.
Ids that came out of the service are left alone, or a deleted row would seem to be there still. One in eight
stays unknown, so that 404 is seen as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from schemathesis import Case

from rapport.accounts import health, holding, senders
from rapport.accounts.models import AccountStatus
from rapport.campaigns import drafts, findings, lifecycle
from rapport.jobs import claim, settle
from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Executor
from rapport.kernel.principal import Actor
from rapport.leads import arriving
from rapport.leads.models import LeadSource
from rapport.people import sessions
from rapport.people.models import User
from rapport.rules import lead_fields
from rapport.rules.permissions import AGENCY_WIDE_ONLY, Permission, Role
from tests.actions import ready_action, uncertain_action
from tests.http import routes
from tests.http.routes_of.capture import form_of
from tests.stage import PASSWORD, Person, Stage

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORDS = {
    "attachment_id": "walked",
    "name": "test.reader",
    "file": "swagger-ui.css",
    "number": 1,
    "country": "DE",
    "year": 2026,
}
STEPS = [{"key": "look", "kind": "visit"}, {"key": "invite", "kind": "invite", "variants": [{"body": "Hello"}]}]
SCHEDULE = {"week": {"monday": [{"opens": "08:00", "closes": "12:00"}]}, "holidays_country": "DE"}
_OF_ACCOUNTS = ("addAccount", "changeAccount")
_OF_CAMPAIGNS = {
    "createCampaign",
    "changeCampaign",
    "duplicateCampaign",
    "writeSequence",
    "compareSequence",
    "previewCampaign",
    "setSenders",
    "addSender",
    "checkTemplate",
}
_AS_WALKED = {
    *("note_id", "entry_id", "import_id", "enrollment_id", "simulation_id", "delivery_id", "message_id"),
    *("conversation_id", "conversation_note_id", "reply_id", "queue_id", "canned_reply_id", "task_id"),
    *("connection_id", "outgoing_id", "rule_id", "form_id", "submission_id", "offering_id", "channel_id"),
    *("crm_connection_id", "crm_link_id", "broadcast_id"),
    *("report_id", "stop_id", "view_id"),
}
"""Rows that are made as the walk of the routes makes them."""
_ENDS_SESSIONS = {"logout", "changePassword", "endOtherSessions", "endSession", "signUserOut", "setUserPassword"}


class World:
    """One stage, the identity that asks, and rows made to order."""

    def __init__(self, stage: Stage, role: Role) -> None:
        self.stage = stage
        self.role = role
        self.seen: set[str] = set()
        self._n = 0
        self.acme = stage.acme.id  # made now, before a generated client takes the name
        self.caller = self._new_caller()

    def _name(self, what: str) -> str:
        self._n += 1
        return f"{what}{self._n}"

    def _new_caller(self) -> Person:
        of = () if self.role is Role.ADMIN else (self.stage.acme,)
        return self.stage.person(self._name("Caller"), self.role, *of)

    # Rows

    def client(self) -> str:
        if self.role is not Role.ADMIN:
            return self.acme
        return self.stage.client(self._name("Client ")).id

    def user(self) -> str:
        return self.stage.user(self._name("User"), Role.VIEWER, self.stage.acme).id

    def session(self) -> str:
        return self._open_session().session.id

    def key(self) -> str:
        return self.stage.key(Permission.READ, of=self.stage.acme, by=self.caller).id

    def account(self) -> str:
        return self.stage.account(self._name("Sender")).id

    def job(self) -> str:
        with self.stage.tx() as tx:
            task = self.stage.service.job_types.get("custom.task")
            job, _ = enqueue(tx, task, client_id=self.acme, payload={})
            job.created_by = f"user:{self.caller.id}"
            return job.id

    def claimed_job(self) -> tuple[str, str]:
        with self.stage.tx() as tx:
            task = self.stage.service.job_types.get("custom.task")
            made, _ = enqueue(tx, task, client_id=self.acme, payload={}, priority=100)
            tx.session.flush()  # the claim must find it
            taken = claim.claim(
                tx, executor=Executor.N8N, types=None, limit=20, lease=timedelta(hours=1), by=f"user:{self.caller.id}"
            )
            job = next(each for each in taken if each.id == made.id)
            return job.id, job.lease_token or ""

    def failed_job(self) -> str:
        job_id, token = self.claimed_job()
        with self.stage.tx() as tx:
            job = settle.hold(tx, job_id, token, past_term=False)
            settle.fail(tx, job, code="failed", message="", retryable=False, waits=())
        return job_id

    def campaign(self, operation: str) -> str:
        """A campaign with which the operation can be done."""
        with self.stage.tx() as tx:
            account = senders.add(tx, client_id=self.acme, name=self._name("Sender"), timezone="Europe/Berlin")
            self._sender = account.id
            campaign = drafts.create(
                tx, client_id=self.acme, name=self._name("Campaign "), account_ids=[account.id], steps=STEPS
            )
            run = {"enrolled": self.stage.service.enrolled, "accepted": findings.ACCEPTABLE}
            if operation in ("pauseCampaign", "completeCampaign", "resumeCampaign"):
                lifecycle.start(tx, campaign, **run)
            if operation == "resumeCampaign":
                lifecycle.pause(tx, campaign, reason="A pause.")
            if operation in ("startCampaign", "resumeCampaign"):
                health.set_status(tx, account, AccountStatus.OK, detail=None)
            return campaign.id

    def lead(self) -> str:
        person = lead_fields.read({"email": f"{self._name('lead')}@people.example"})
        with self.stage.tx() as tx:
            arrived = arriving.arrive(tx, self.acme, [person], source=LeadSource.MANUAL, said_by=arriving.OPERATOR)
        return arrived[0].lead_id

    def _open_session(self) -> sessions.Opened:
        with self.stage.tx() as tx:
            user = tx.session.get_one(User, self.caller.id)
            return sessions.open_session(tx, user, life=timedelta(days=1), address=None, user_agent=None)

    # Calls

    def prepare(self, case: Case) -> None:
        """Give a generated case rows that exist and words that mean something, where it is well formed."""
        operation = case.operation.definition.raw["operationId"]
        for part in ("path_parameters", "query", "body"):  # generated cases share theirs
            if isinstance(getattr(case, part), dict):
                setattr(case, part, dict(getattr(case, part)))
        for name, value in list((case.path_parameters or {}).items()):
            case.path_parameters[name] = self._path(operation, name, value, case)
        if "If-Match" in (case.headers or {}) and _positive(case):
            case.headers = {**case.headers, "If-Match": "*"}  # only the service can make one of a row
        if operation == "liftServiceHold":
            with self.stage.tx() as tx:
                holding.hold(tx, "missing_credentials")
        if isinstance(case.query, dict) and _positive(case):
            case.query.pop("cursor", None)  # only the service can make one that holds; tests/http/test_lists.py does
            if "client_id" in case.query:
                case.query["client_id"] = self.acme
        if isinstance(case.body, dict) and _positive(case):
            self._body(operation, case.body)

    def _path(self, operation: str, name: str, value: Any, case: Case) -> Any:
        if name == "form_key":
            return form_of(self.stage, self.stage.acme).key if _positive(case) else value
        if name in _WORDS:
            return _WORDS[name] if _positive(case) else value
        if not isinstance(value, str) or not _ID.fullmatch(value) or value[-1] in "01":
            return value
        if value in self.seen and name != "job_id":  # a job is never deleted, and most seen ones have ended
            return value
        made = self._row(operation, name, case)
        self.seen.add(made)
        return made

    def _row(self, operation: str, name: str, case: Case) -> str:
        if operation in ("reportOnJob", "callBackJob"):
            found, token = self.claimed_job()
            if isinstance(case.body, dict) and "lease_token" in case.body:
                case.body["lease_token"] = token
            return found
        if operation == "retryJob":
            return self.failed_job()
        if operation == "removeMember" and name == "user_id":
            case.path_parameters["client_id"] = self.acme
        makers: dict[str, Callable[[], str]] = {
            "client_id": self.client,
            "user_id": self.user,
            "session_id": self.session,
            "key_id": self.key,
            "account_id": self.account,
            "job_id": self.job,
            "campaign_id": lambda: self.campaign(operation),
            "lead_id": self.lead,
        }
        if name in _AS_WALKED:
            asks = SimpleNamespace(actor=Actor("user", self.caller.id), user=None)
            return routes.IDS[name](self.stage, self.stage.acme, asks)
        if name == "action_id":
            return uncertain_action(self.stage) if operation == "confirmAction" else ready_action(self.stage)
        if operation == "removeSender" and name == "account_id":
            return self._sender  # the one of the campaign that was just made
        return makers[name]()

    def _body(self, operation: str, body: dict[str, Any]) -> None:
        if isinstance(body.get("client_id"), str):
            body["client_id"] = self.acme
        if "client_ids" in body:
            body["client_ids"] = [self.acme] if body["client_ids"] else []
        if operation in _OF_CAMPAIGNS:
            self._campaign_body(body)
        if operation in _OF_ACCOUNTS and body.get("hours") is not None:
            body["hours"] = SCHEDULE["week"]  # windows that open
        self._words_that_mean_something(operation, body)

    def _words_that_mean_something(self, operation: str, body: dict[str, Any]) -> None:
        match operation:
            case "login":
                with self.stage.reading() as reading:
                    body["email"] = reading.session.get_one(User, self.caller.id).email
                body["password"] = PASSWORD
            case "refresh":
                body["refresh_token"] = self._open_session().refresh_token
            case "changePassword":
                body["current_password"] = PASSWORD
            case "createJob":
                body["type"] = "custom.task"
                body["client_id"] = self.acme
                if not (body.get("entity_type") and body.get("entity_id")):
                    body.pop("entity_type", None)
                    body.pop("entity_id", None)
            case "createApiKey":
                body["expires_at"] = None
                body["scopes"] = [each for each in body["scopes"] if each not in AGENCY_WIDE_ONLY] or ["read"]
                body["client_id"] = self.acme
            case _:
                pass

    def _campaign_body(self, body: dict[str, Any]) -> None:
        """What no schema can say: names that can be seen and are free, windows that open, steps that lead on."""
        makers: dict[str, Callable[[], Any]] = {
            "name": lambda: self._name("Campaign "),
            "schedule": lambda: SCHEDULE,
            "steps": lambda: STEPS,
            "account_ids": lambda: [self.account()],
            "account_id": self.account,
            "lead_id": self.lead,
            "field": lambda: "body",
        }
        body.update({name: make() for name, make in makers.items() if name in body})

    def noted(self, case: Case, response: Any) -> None:
        """Remember the ids that the service gave out, and make another caller when this one was ended."""
        if response.status_code < 300:
            self.seen.update(match.group() for match in _ID.finditer(response.content.decode("utf-8", "replace")))
        ended = case.operation.definition.raw["operationId"] in _ENDS_SESSIONS
        if response.status_code in (401, 403) or ended:
            probe = self.caller.get("/auth/me")
            if probe.status_code != 200 or probe.json["role"] != self.role.value or ended:
                self.caller = self._new_caller()


def _positive(case: Case) -> bool:
    return case.meta is None or case.meta.generation.mode.is_positive
