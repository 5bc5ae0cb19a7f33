"""The web application: every room's part of the API around one service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import orjson
from flask import Flask
from flask.json.provider import JSONProvider
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from rapport import assembly  # noqa: F401 - before any room of HTTP: upper rooms let lists of lower ones be filtered by more
from rapport.accounts.api.accounts import room as accounts_room
from rapport.accounts.api.connecting import room as connecting_room
from rapport.accounts.api.hold import room as hold_room
from rapport.accounts.api.usage import room as usage_room
from rapport.admin import migrations
from rapport.admin.api.database import room as database_room
from rapport.admin.api.diagnostics import room as admin_room
from rapport.admin.api.health import room as health_room
from rapport.alerts.api import room as alerts_room
from rapport.analytics.api.campaigns import room as campaign_figures_room
from rapport.analytics.api.clients import room as client_figures_room
from rapport.analytics.api.dashboard import room as dashboard_room
from rapport.analytics.api.told import room as told_figures_room
from rapport.broadcasts.api.broadcasts import room as broadcasts_room
from rapport.broker.api.channels import room as channels_room
from rapport.broker.api.messages import room as broker_room
from rapport.broker.api.postmark import room as inbound_mail_room
from rapport.campaigns.api.calendars import room as calendars_room
from rapport.campaigns.api.campaigns import room as campaigns_room
from rapport.campaigns.api.sequences import room as sequences_room
from rapport.campaigns.api.templates import room as templates_room
from rapport.capture.api.forms import room as capture_forms_room
from rapport.capture.api.public import room as capture_room
from rapport.console.views import PAGES
from rapport.console.visits import dress
from rapport.crm.api.connections import room as crm_connections_room
from rapport.crm.api.links import room as crm_room
from rapport.enrichment.api import room as enrichment_room
from rapport.enrollments.api.campaigns import room as campaign_runs_room
from rapport.enrollments.api.enrollments import room as enrollments_room
from rapport.events.api import room as events_room
from rapport.flags.api import room as flags_room
from rapport.http import aliases, errors, openapi
from rapport.http.declaration import Operation
from rapport.http.front import Front
from rapport.http.kept import Kept
from rapport.http.operation import Room
from rapport.inbox.api.conversations import room as inbox_room
from rapport.inbox.api.follow_ups import room as tasks_room
from rapport.inbox.api.replies import room as inbox_replies_room
from rapport.inbox.api.sharing import room as inbox_sharing_room
from rapport.inbox.api.waits import room as inbox_waits_room
from rapport.jobs.api import room as jobs_room
from rapport.leads.api.bulk import room as leads_bulk_room
from rapport.leads.api.do_not_contact import room as do_not_contact_room
from rapport.leads.api.exports import room as exports_room
from rapport.leads.api.imports import room as imports_room
from rapport.leads.api.leads import room as leads_room
from rapport.leads.api.views import room as lead_views_room
from rapport.live.api.streams import room as live_room
from rapport.notices.api.notices import room as notices_room
from rapport.offerings.api.links import room as message_offerings_room
from rapport.offerings.api.offerings import room as offerings_room
from rapport.outbox.api.connections import room as connections_room
from rapport.outbox.api.deliveries import room as outgoing_room
from rapport.outbox.api.resend import room as mail_events_room
from rapport.people.api.auth import room as auth_room
from rapport.people.api.clients import room as clients_room
from rapport.people.api.keys import room as keys_room
from rapport.people.api.users import room as users_room
from rapport.replies.api import room as replies_room
from rapport.reports.api.reports import room as reports_room
from rapport.scoring.api.scores import room as scoring_room
from rapport.sending.api.actions import room as actions_room
from rapport.sending.api.scheduler import room as scheduler_room
from rapport.webhooks.api.deliveries import room as deliveries_room
from rapport.webhooks.api.hygiene import room as webhook_hygiene_room

if TYPE_CHECKING:
    from rapport.assembly import Service

ROOMS: tuple[tuple[str, Room], ...] = (
    ("", health_room),
    (openapi.PREFIX, openapi.room),
    (openapi.PREFIX, auth_room),
    (openapi.PREFIX, users_room),
    (openapi.PREFIX, keys_room),
    (openapi.PREFIX, clients_room),
    (openapi.PREFIX, usage_room),
    (openapi.PREFIX, accounts_room),
    (openapi.PREFIX, connecting_room),
    (openapi.PREFIX, hold_room),
    (openapi.PREFIX, imports_room),
    (openapi.PREFIX, leads_room),
    (openapi.PREFIX, leads_bulk_room),
    (openapi.PREFIX, lead_views_room),
    (openapi.PREFIX, do_not_contact_room),
    (openapi.PREFIX, exports_room),
    (openapi.PREFIX, campaigns_room),
    (openapi.PREFIX, sequences_room),
    (openapi.PREFIX, templates_room),
    (openapi.PREFIX, calendars_room),
    (openapi.PREFIX, campaign_runs_room),
    (openapi.PREFIX, enrollments_room),
    (openapi.PREFIX, actions_room),
    (openapi.PREFIX, scheduler_room),
    (openapi.PREFIX, events_room),
    (openapi.PREFIX, jobs_room),
    (openapi.PREFIX, replies_room),
    (openapi.PREFIX, inbox_room),
    (openapi.PREFIX, inbox_replies_room),
    (openapi.PREFIX, inbox_sharing_room),
    (openapi.PREFIX, inbox_waits_room),
    (openapi.PREFIX, tasks_room),
    (openapi.PREFIX, deliveries_room),
    (openapi.PREFIX, webhook_hygiene_room),
    (openapi.PREFIX, connections_room),
    (openapi.PREFIX, outgoing_room),
    (openapi.PREFIX, mail_events_room),
    (openapi.PREFIX, notices_room),
    (openapi.PREFIX, flags_room),
    (openapi.PREFIX, scoring_room),
    (openapi.PREFIX, offerings_room),
    (openapi.PREFIX, message_offerings_room),
    (openapi.PREFIX, channels_room),
    (openapi.PREFIX, broker_room),
    (openapi.PREFIX, inbound_mail_room),
    (openapi.PREFIX, enrichment_room),
    (openapi.PREFIX, capture_forms_room),
    (openapi.PREFIX, capture_room),
    (openapi.PREFIX, crm_connections_room),
    (openapi.PREFIX, crm_room),
    (openapi.PREFIX, broadcasts_room),
    (openapi.PREFIX, alerts_room),
    (openapi.PREFIX, live_room),
    (openapi.PREFIX, campaign_figures_room),
    (openapi.PREFIX, client_figures_room),
    (openapi.PREFIX, dashboard_room),
    (openapi.PREFIX, told_figures_room),
    (openapi.PREFIX, reports_room),
    (openapi.PREFIX, admin_room),
    (openapi.PREFIX, database_room),
)


class _Met(Rule):
    """A rule by which paths are met and none is ever built.

    Nobody asks for the path of an operation by its name, and to make ready for that takes as long as all else an
    application is put together of.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - werkzeug's form
        return self._is_not_built

    def _is_not_built(self, **_: Any) -> NoReturn:
        raise RuntimeError(f"the path of {self.endpoint} is written where it is needed")


class _Application(Flask):
    url_rule_class = _Met


class _Json(JSONProvider):
    """orjson wherever Flask itself writes or reads JSON."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return orjson.loads(s)


def create_app(service: Service) -> Flask:
    """The application around a service."""
    app = _Application("rapport", static_folder=None)
    app.json = _Json(app)
    app.extensions["rapport"] = service
    app.config["MAX_CONTENT_LENGTH"] = service.settings.max_body_bytes
    app.url_map.strict_slashes = False
    Migrate(app, service, directory=str(migrations.FOLDER))
    errors.register(app, dress)
    openapi.register(app, list(ROOMS))
    for pages in PAGES:
        app.register_blueprint(pages)

    wsgi: Any = app.wsgi_app
    if service.settings.cache_seconds > 0:
        wsgi = Kept(wsgi, service, _cached(app))
    wsgi = aliases.Aliases(wsgi, service.settings)
    if service.settings.trusted_proxies:
        count = service.settings.trusted_proxies
        wsgi = ProxyFix(wsgi, x_for=count, x_proto=count, x_host=count)
    app.wsgi_app = Front(wsgi, service)  # type: ignore[method-assign]
    return app


def _cached(app: Flask) -> list[tuple[str, Operation]]:
    """The routes whose answers are kept, with their operations."""
    operations = {
        f"{room.name}.{operation.name}": operation
        for _, room in ROOMS
        for operation in room.operations
        if operation.cached
    }
    return [(str(rule), operations[rule.endpoint]) for rule in app.url_map.iter_rules() if rule.endpoint in operations]
