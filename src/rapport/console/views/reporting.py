"""A client's report: how it would read today, when the next goes and to whom, what went, and who gets none any more."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from rapport.console.forms import whole, words
from rapport.console.visits import Pages, Visit
from rapport.http.front import AS_MAIL
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.reports.api.reports import (
    allow_address,
    change_report_settings,
    list_reports,
    list_stopped_addresses,
    preview_report,
    send_report,
    show_report,
    show_report_settings,
)

pages = Pages("reports")
_PLACE = "/analytics/report"
_MOST = "12"


@pages.get(_PLACE)
def report(visit: Visit) -> Response:
    """The chosen client's report; without one, the word to choose."""
    if visit.client is None:
        return visit.show("analytics/report.html", shown=None)
    mine = {"client_id": visit.client["id"]}
    return visit.show(
        "analytics/report.html",
        shown=visit.ask.read(show_report_settings, mine),
        subject=visit.ask.read(preview_report, mine)["subject"],
        found=visit.ask.read(list_reports, visit.of_client(limit=_MOST))["items"],
        stopped=visit.ask.read(list_stopped_addresses, visit.of_client(limit="50"))["items"],
    )


@pages.get(f"{_PLACE}/mail")
def mail(visit: Visit) -> Response:
    """The mail itself, for the frame on the page; its styles stand in it, so it is dressed as a mail."""
    form = "text" if request.args.get("form") == "text" else "html"
    found: dict[str, Any] = visit.ask.read(preview_report, {"client_id": _of(visit)})
    request.environ[AS_MAIL] = True
    kind = "text/plain" if form == "text" else "text/html"
    return Response(found[form], content_type=f"{kind}; charset=utf-8")


@pages.get(f"{_PLACE}/<id:report_id>")
def one(visit: Visit, report_id: str) -> Response:
    """One that went: to whom, and what became of each mail."""
    return visit.show("analytics/reported.html", shown=visit.ask.read(show_report, report_id=report_id))


@pages.post(f"{_PLACE}/send")
def send(visit: Visit) -> Response:
    """Send one now, beside the weekly one."""
    body = {"client_id": request.form.get("client_id", ""), "emails": words("emails") or None}
    made = visit.ask.write(send_report, body)
    return visit.go(f"{_PLACE}/{made['id']}", "On its way; here is how each mail fares.")


@pages.post(f"{_PLACE}/settings")
def settings(visit: Visit) -> Response:
    """Whether, when and to whom it goes."""
    form = request.form
    body: dict[str, Any] = {"client_id": form.get("client_id", ""), "enabled": form.get("enabled") == "yes"}
    body |= {"emails": words("emails")} | {name: whole(name, form.get(name, "")) for name in ("weekday", "hour")}
    visit.ask.write(change_report_settings, body)
    return visit.go(_PLACE, "Saved. It holds from the next report on.")


@pages.post(f"{_PLACE}/stopped/<id:stop_id>/allow")
def allow(visit: Visit, stop_id: str) -> Response:
    """Let an address get mail again."""
    visit.ask.write(allow_address, stop_id=stop_id)
    return visit.go(_PLACE, "It gets mail again.")


def _of(visit: Visit) -> str:
    """The client of the address, as the frame asks for it: it is asked whose the visitor may see."""
    wanted = request.args.get("of", "")
    if wanted not in visit.client_names:
        raise RapportError(NOT_FOUND)
    return wanted
