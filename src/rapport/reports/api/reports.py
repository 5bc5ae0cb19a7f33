"""Reports over HTTP: what went, what would go, and to whom none goes any more."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.http.context import Call, Reply
from rapport.http.front import AS_MAIL
from rapport.http.operation import Room
from rapport.http.transaction import reading
from rapport.kernel.errors import NOT_FOUND, REPORT_NOT_SENDABLE
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.outbox import stops
from rapport.outbox.queries import STOPS
from rapport.outbox.words import Channel
from rapport.reports import preview, queries, send, settings
from rapport.reports.schemas import (
    MailStopOut,
    ReportDetailOut,
    ReportOut,
    ReportPreviewOut,
    ReportQuery,
    ReportSendIn,
    ReportSettingsIn,
    ReportSettingsOut,
)
from rapport.rules.permissions import Permission

room = Room("reports", "/reports", "What clients are told each week of what was done and what came of it.")
_PREVIEW: dict[str, Any] = {"may": Permission.READ, "query": ReportQuery, "errors": [NOT_FOUND], "no_store": True}


@room.get("", may=Permission.READ, out=page_of(ReportOut), listing=queries.REPORTS)
def list_reports(call: Call) -> Page:
    """List reports: those that went, and those that were due and did not."""
    return page(call.reading, queries.REPORTS, call.asked)


@room.get("/<id:report_id>", may=Permission.READ, out=ReportDetailOut, errors=[NOT_FOUND])
def show_report(call: Call, report_id: str) -> dict[str, Any]:
    """Show a report: what it said, to whom it went, and who opened it."""
    return queries.report(call.reading, report_id)


@room.get("/preview", out=ReportPreviewOut, **_PREVIEW)
def preview_report(call: Call) -> dict[str, Any]:
    """Show a client's report as it would be today, in every form. Nothing is sent."""
    return _previewed(call)


@room.get("/preview.html", out=None, content_type="text/html; charset=utf-8", **_PREVIEW)
def preview_report_html(call: Call) -> Reply:
    """Show a client's report as it would be today, as mail programs show it."""
    request.environ[AS_MAIL] = True
    return Reply(_previewed(call)["html"].encode())


@room.get("/preview.txt", out=None, content_type="text/plain; charset=utf-8", **_PREVIEW)
def preview_report_text(call: Call) -> Reply:
    """Show a client's report as it would be today, as plain mail programs show it."""
    return Reply(_previewed(call)["text"].encode())


def _previewed(call: Call) -> dict[str, Any]:
    return preview.preview(call.reading, call.query["client_id"], call.service.reports)


def _composed(call: Call) -> dict[str, Any]:
    with reading(call.service, call.principal) as opened:
        return send.composed_now(opened, call.body["client_id"])


@room.post(
    "/send",
    may=Permission.WRITE,
    body=ReportSendIn,
    out=ReportDetailOut,
    status=202,
    before=_composed,
    errors=[NOT_FOUND, REPORT_NOT_SENDABLE],
)
def send_report(call: Call) -> dict[str, Any]:
    """Send a report of the last seven days now, beside the weekly one, which comes all the same.

    It goes to whom the client names, or to the addresses that are given; never to one that opted out or bounces.
    """
    asked = call.body
    made = send.by_hand(call.tx, asked["client_id"], asked["emails"], call.prepared, call.service.reports)
    call.tx.flush()
    return queries.report(call.tx, made)


@room.get("/settings", may=Permission.READ, out=ReportSettingsOut, query=ReportQuery, errors=[NOT_FOUND])
def show_report_settings(call: Call) -> dict[str, Any]:
    """Show everything that decides whether, when and to whom a client's reports go."""
    return _settings(call, call.query["client_id"])


@room.patch("/settings", may=Permission.WRITE, body=ReportSettingsIn, out=ReportSettingsOut, errors=[NOT_FOUND])
def change_report_settings(call: Call) -> dict[str, Any]:
    """Change whether, when and to whom a client's reports go. A week that had its report has no second one."""
    changes = dict(call.body)
    client_id = changes.pop("client_id")
    settings.change(call.tx, client_id, changes)
    return _settings(call, client_id)


def _settings(call: Call, client_id: str) -> dict[str, Any]:
    service = call.service
    return settings.shown(
        call.reading, client_id, service.reports, mail_set_up=Channel.EMAIL in service.outbox.carriers
    )


@room.get("/stopped", may=Permission.READ, out=page_of(MailStopOut), listing=STOPS)
def list_stopped_addresses(call: Call) -> Page:
    """List the addresses that get no more mail: they opted out, bounce, or complained."""
    return page(call.reading, STOPS, call.asked)


@room.delete("/stopped/<id:stop_id>", may=Permission.WRITE, errors=[NOT_FOUND])
def allow_address(call: Call, stop_id: str) -> None:
    """Allow mail to an address again: it takes mail now, or whoever reads there asked for it."""
    stops.lift(call.tx, stop_id)
