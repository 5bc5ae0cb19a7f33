"""Ways to look at leads: what the table shows kept under a name, changed, shared, removed."""

from __future__ import annotations

from flask import Response, request

from rapport.console import lead_table
from rapport.console.render import query
from rapport.console.visits import Pages, Visit
from rapport.kernel.errors import field_error
from rapport.leads.api.views import change_lead_view, create_lead_view, remove_lead_view
from rapport.rules.permissions import Permission

pages = Pages("lead-views")


@pages.post("/leads/views", may=Permission.SELF)
def keep(visit: Visit) -> Response:
    """Keep what the table shows under a name."""
    form = request.form
    if not form.get("client_id"):
        raise field_error("client", "Choose for which client the view is.")
    kept = lead_table.asked(form, ()).state
    body = {"client_id": form["client_id"], "name": form.get("view_name", ""), "is_shared": _is_shared(), **kept}
    made = visit.ask.write(create_lead_view, body)
    return visit.go(f"/leads{query(view=made['id'], client=made['client_id'])}", "Kept.")


@pages.post("/leads/views/<id:view_id>", may=Permission.SELF)
def change(visit: Visit, view_id: str) -> Response:
    """Give a view another name, share it, let it show what the table shows now, or remove it."""
    there = f"/leads{query(view=view_id)}"
    match request.form.get("act", ""):
        case "rename":
            body = {"name": request.form.get("view_name", ""), "is_shared": _is_shared()}
            visit.ask.write(change_lead_view, body, view_id=view_id)
            return visit.go(there, "Saved.")
        case "update":
            visit.ask.write(change_lead_view, lead_table.asked(request.form, ()).state, view_id=view_id)
            return visit.go(there, "The view shows this from now on.")
        case "remove":
            visit.ask.write(remove_lead_view, view_id=view_id)
            return visit.go("/leads", "The view is gone. The leads are as they were.")
        case _:
            raise field_error("act", "There is no such act.")


def _is_shared() -> bool:
    return request.form.get("is_shared") == "yes"
