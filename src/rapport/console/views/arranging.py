"""Settings: a client's preferences, users, API keys, do-not-contact, one's own password and sign-ins."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from rapport.console.visits import Pages, Visit
from rapport.kernel.errors import field_error
from rapport.kernel.schema import zones
from rapport.leads.api.do_not_contact import (
    add_do_not_contact,
    add_many_do_not_contact,
    list_do_not_contact,
    remove_do_not_contact,
)
from rapport.leads.queries.entries import ENTRIES
from rapport.people.api.auth import change_password, end_other_sessions, end_session, list_sessions
from rapport.people.api.clients import (
    add_member,
    archive_client,
    change_client,
    create_client,
    list_members,
    remove_member,
    restore_client,
    show_client,
)
from rapport.people.api.keys import create_api_key, list_api_keys, revoke_api_key
from rapport.people.api.users import change_user, create_user, list_users, set_user_password, sign_user_out
from rapport.rules.permissions import KEY_SCOPES, Permission, Role

pages = Pages("settings")
_CLIENT = "/settings/clients/<id:client_id>"
_USER = "/settings/users/<id:user_id>"
_A_PAGE = "50"
_KINDS = ENTRIES.fields["kind"].choices


@pages.get("/settings")
def settings(visit: Visit) -> Response:
    """The chosen client's preferences, or all clients to choose from."""
    if visit.client is None:
        return visit.show("settings/clients.html", zones=sorted(zones()))
    return client(visit, visit.client["id"])


@pages.post("/settings/clients", may=Permission.MANAGE)
def add_client(visit: Visit) -> Response:
    """A new client."""
    body = {"name": request.form.get("name", ""), "timezone": request.form.get("timezone", "")}
    made = visit.ask.write(create_client, body)
    return visit.go(f"/settings/clients/{made['id']}?client={made['id']}", "Added.")


@pages.get(_CLIENT)
def client(visit: Visit, client_id: str) -> Response:
    """One client's preferences and members."""
    return visit.show(
        "settings/client.html",
        shown=visit.ask.read(show_client, client_id=client_id),
        members=visit.ask.read(list_members, {"limit": "100"}, client_id=client_id)["items"],
        users=visit.ask.read(list_users, {"limit": "200", "sort": "name", "order": "asc"})["items"]
        if visit.may_manage
        else [],
        zones=sorted(zones()),
    )


@pages.post(_CLIENT)
def save_client(visit: Visit, client_id: str) -> Response:
    """Change its preferences."""
    form = request.form
    notices: dict[str, Any] = {
        "emails": _lines(form.get("notice_emails", "")),
        "reply_notices": form.get("reply_notices") == "yes",
        "min_temperature": form.get("min_temperature", "cold"),
        "quiet_from": form.get("quiet_from") or None,
        "quiet_to": form.get("quiet_to") or None,
    }
    report: dict[str, Any] = {
        "enabled": form.get("report_enabled") == "yes",
        "emails": _lines(form.get("report_emails", "")),
    }
    for name in ("weekday", "hour"):
        if form.get(f"report_{name}", "").isdigit():
            report[name] = int(form[f"report_{name}"])
    body = {
        "name": form.get("name", ""),
        "timezone": form.get("timezone", ""),
        "notice_preferences": notices,
        "report_preferences": report,
    }
    visit.ask.write(change_client, body, client_id=client_id)
    return visit.go(f"/settings/clients/{client_id}", "Saved.")


@pages.post(f"{_CLIENT}/act", may=Permission.MANAGE)
def act_on_client(visit: Visit, client_id: str) -> Response:
    """Archive or restore it, let somebody work for it or no longer."""
    form = request.form
    match form.get("act", ""):
        case "archive":
            visit.ask.write(archive_client, client_id=client_id)
        case "restore":
            visit.ask.write(restore_client, client_id=client_id)
        case "add":
            visit.ask.write(add_member, client_id=client_id, user_id=form.get("user_id", ""))
        case "remove":
            visit.ask.write(remove_member, client_id=client_id, user_id=form.get("user_id", ""))
        case _:
            raise field_error("act", "There is no such act.")
    return visit.go(f"/settings/clients/{client_id}", "Done.")


@pages.get("/settings/users", may=Permission.MANAGE)
def users(visit: Visit) -> Response:
    """Who may sign in."""
    query = {"limit": _A_PAGE, "sort": "name", "order": "asc"}
    if request.args.get("cursor"):
        query["cursor"] = request.args["cursor"]
    return visit.show(
        "settings/users.html", found=visit.ask.read(list_users, query), roles=[each.value for each in Role]
    )


@pages.post("/settings/users", may=Permission.MANAGE)
def add_user(visit: Visit) -> Response:
    """Add somebody."""
    form = request.form
    body = {name: form.get(name, "") for name in ("email", "name", "role", "password")}
    visit.ask.write(create_user, {**body, "client_ids": form.getlist("client_ids")})
    return visit.go("/settings/users", f"{body['name']} may sign in.")


@pages.post(_USER, may=Permission.MANAGE)
def act_on_user(visit: Visit, user_id: str) -> Response:
    """Change a role, let somebody in or not, give another password, sign out."""
    form = request.form
    match form.get("act", ""):
        case "role":
            visit.ask.write(change_user, {"role": form.get("role", "")}, user_id=user_id)
        case "deactivate":
            visit.ask.write(change_user, {"active": False}, user_id=user_id)
        case "activate":
            visit.ask.write(change_user, {"active": True}, user_id=user_id)
        case "password":
            visit.ask.write(set_user_password, {"password": form.get("password", "")}, user_id=user_id)
        case "sign-out":
            visit.ask.write(sign_user_out, user_id=user_id)
        case _:
            raise field_error("act", "There is no such act.")
    return visit.go("/settings/users", "Done.")


@pages.get("/settings/keys", may=Permission.WRITE)
def keys(visit: Visit) -> Response:
    """Keys for programs."""
    query = {"limit": _A_PAGE, "filter[revoked_at][is_null]": "true"}
    if request.args.get("cursor"):
        query["cursor"] = request.args["cursor"]
    found = visit.ask.read(list_api_keys, visit.of_client(**query))
    return visit.show("settings/keys.html", found=found, scopes=[scope.value for scope in KEY_SCOPES])


@pages.post("/settings/keys")
def make_key(visit: Visit) -> Response:
    """Make a key; it is shown once, on this answer."""
    form = request.form
    body = {"name": form.get("name", ""), "client_id": form.get("client_id") or None, "scopes": form.getlist("scopes")}
    made = visit.ask.write(create_api_key, body)
    return visit.part("settings/key_made.html", made=made)


@pages.post("/settings/keys/<id:key_id>/revoke")
def revoke_key(visit: Visit, key_id: str) -> Response:
    """It is refused at once."""
    visit.ask.write(revoke_api_key, key_id=key_id)
    return visit.go("/settings/keys", "Revoked: it is refused from now on.")


@pages.get("/settings/do-not-contact")
def do_not_contact(visit: Visit) -> Response:
    """Who must not be contacted."""
    query = {"limit": _A_PAGE}
    for name, filtered in (("kind", "filter[kind]"), ("value", "filter[value][contains]"), ("cursor", "cursor")):
        if request.args.get(name):
            query[filtered] = request.args[name]
    found = visit.ask.read(list_do_not_contact, visit.of_client(**query))
    return visit.show("settings/do_not_contact.html", found=found, kinds=_KINDS)


@pages.post("/settings/do-not-contact")
def add_entry(visit: Visit) -> Response:
    """Put one on the list, or many by lines."""
    form = request.form
    kind, client_id = form.get("kind", "person"), form.get("client_id") or None
    values = [line.strip() for line in form.get("values", "").splitlines() if line.strip()]
    reason = form.get("reason") or None
    if len(values) == 1:
        body = {"client_id": client_id, "kind": kind, "value": values[0], "reason": reason}
        visit.ask.write(add_do_not_contact, body)
        return visit.go("/settings/do-not-contact", f"{values[0]} is on the list.")
    lines = [{"kind": kind, "value": value, "reason": reason} for value in values]
    done = visit.ask.write(add_many_do_not_contact, {"client_id": client_id, "lines": lines})
    said = f"{done['added']} added, {done['known']} known already, {done['unreadable']} unreadable."
    return visit.go("/settings/do-not-contact", said, tone="warn" if done["unreadable"] else "good")


@pages.post("/settings/do-not-contact/<id:entry_id>/remove")
def remove_entry(visit: Visit, entry_id: str) -> Response:
    """Take one off."""
    visit.ask.write(remove_do_not_contact, entry_id=entry_id)
    return visit.go("/settings/do-not-contact", "Taken off the list.")


@pages.get("/settings/me", may=Permission.SELF)
def me(visit: Visit) -> Response:
    """One's own password and sign-ins."""
    found = visit.ask.read(list_sessions, {"limit": "50"})
    return visit.show("settings/me.html", found=found, mine=visit.principal.session_id)


@pages.post("/settings/me/password", may=Permission.SELF)
def own_password(visit: Visit) -> Response:
    """Change it; all other sign-ins end."""
    form = request.form
    body = {"current_password": form.get("current_password", ""), "new_password": form.get("new_password", "")}
    visit.ask.write(change_password, body)
    return visit.go("/settings/me", "Changed. All your other sign-ins have ended.")


@pages.post("/settings/me/sessions/<id:session_id>/end", may=Permission.SELF)
def end_sign_in(visit: Visit, session_id: str) -> Response:
    """End one sign-in."""
    visit.ask.write(end_session, session_id=session_id)
    return visit.go("/settings/me", "Ended.")


@pages.post("/settings/me/sessions/end-others", may=Permission.SELF)
def end_others(visit: Visit) -> Response:
    """End all but this one."""
    done = visit.ask.write(end_other_sessions)
    return visit.go("/settings/me", f"{done['ended']} sign-ins ended.")


def _lines(text: str) -> list[str]:
    return [each.strip() for each in text.replace(",", "\n").splitlines() if each.strip()]
