"""Accounts: how senders are, what they used of their limits, their warm-up, and connecting them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, request

from rapport.accounts.api.accounts import (
    add_account,
    change_account,
    list_accounts,
    pause_account,
    resume_account,
    show_account,
)
from rapport.accounts.api.connecting import connect_account
from rapport.accounts.api.usage import list_account_usage, list_account_usage_days, show_account_usage
from rapport.campaigns.api.campaigns import list_campaigns
from rapport.console import drawing
from rapport.console.forms import whole
from rapport.console.visits import Pages, Visit
from rapport.events.api import list_timeline
from rapport.kernel.errors import field_error
from rapport.kernel.schema import zones
from rapport.rules.limits import LIMITS, Budget
from rapport.rules.warmup import DAYS
from rapport.rules.zones import local_day

pages = Pages("accounts")
_ONE = "/accounts/<id:account_id>"
_A_PAGE = "50"
_BACK = timedelta(days=29)
_CHART = {"width": 720.0, "height": 160.0}
_SMALL = {"width": 720.0, "height": 110.0}
_DRAWN = (Budget.INVITES.value, Budget.MESSAGES.value, Budget.INMAILS.value, Budget.VISITS.value)


@pages.get("/accounts")
def accounts(visit: Visit) -> Response:
    """All senders with today's use."""
    query = {"limit": _A_PAGE, "sort": "name", "order": "asc"}
    if request.args.get("cursor"):
        query["cursor"] = request.args["cursor"]
    found = visit.ask.read(list_accounts, visit.of_client(**query))
    used = visit.ask.read(
        list_account_usage, visit.of_client(**{name: value for name, value in query.items() if name != "cursor"})
    )["items"]
    return visit.show(
        "accounts/list.html", found=found, used={each["account_id"]: each for each in used}, zones=sorted(zones())
    )


@pages.post("/accounts")
def add(visit: Visit) -> Response:
    """Add a sender, to be connected next."""
    form = request.form
    if not form.get("client_id"):
        raise field_error("client", "Choose whose account it is.")
    body = {"client_id": form["client_id"], "name": form.get("name", ""), "timezone": form.get("timezone", "")}
    made = visit.ask.write(add_account, body)
    return visit.go(f"/accounts/{made['id']}", "Added. Now connect it.")


@pages.get(_ONE)
def account(visit: Visit, account_id: str) -> Response:
    """One sender."""
    shown = visit.ask.read(show_account, account_id=account_id)
    last = local_day(visit.service.clock.now(), shown["timezone"])
    span = {"from": (last - _BACK).isoformat(), "to": last.isoformat()}
    days = visit.ask.read(list_account_usage_days, span, account_id=account_id)["days"]
    usage = visit.ask.read(show_account_usage, account_id=account_id)
    warmup = usage["warmup"]
    return visit.show(
        "accounts/account.html",
        account=shown,
        usage=usage,
        against=[
            drawing.against(
                days,
                kind,
                limit=usage["today"][kind]["full_limit"],
                started_on=warmup["started_on"] if warmup else None,
                ahead=max(0, (warmup["ends_on"] - last).days) + 1 if warmup else 0,
                **_SMALL,
            )
            | {"kind": kind}
            for kind in (Budget.INVITES.value, Budget.MESSAGES.value)
        ],
        chart=drawing.used(days, _DRAWN, **_CHART),
        campaigns=visit.ask.read(list_campaigns, {"filter[account_id]": account_id, "limit": "20"})["items"],
        feed=visit.ask.read(list_timeline, {"filter[account_id]": account_id, "limit": "15"})["items"],
        limits=list(LIMITS),
        warmup_days=DAYS,
        zones=sorted(zones()),
    )


@pages.post(_ONE)
def change(visit: Visit, account_id: str) -> Response:
    """Change name, zone, limits, warm-up."""
    form = request.form
    body: dict[str, Any] = {"name": form.get("name", ""), "timezone": form.get("timezone", "")}
    body["limits"] = {name: whole(name, form[name]) for name in LIMITS if form.get(name)}
    body["warmup"] = form.get("warmup") == "yes"
    visit.ask.write(change_account, body, account_id=account_id)
    return visit.go(f"/accounts/{account_id}", "Saved. It holds from the next send on.")


@pages.post(f"{_ONE}/pause")
def pause(visit: Visit, account_id: str) -> Response:
    """Nothing leaves it until it is resumed."""
    reason = request.form.get("reason") or "Paused in the console."
    visit.ask.write(pause_account, {"reason": reason}, account_id=account_id)
    return visit.go(f"/accounts/{account_id}", "Paused. Nothing leaves it; its leads wait.")


@pages.post(f"{_ONE}/resume")
def resume(visit: Visit, account_id: str) -> Response:
    """Let it send again."""
    visit.ask.write(resume_account, account_id=account_id)
    return visit.go(f"/accounts/{account_id}", "It sends again.")


@pages.post(f"{_ONE}/connect")
def connect(visit: Visit, account_id: str) -> Response:
    """To the provider's own page, on which the account's owner signs in."""
    made = visit.ask.write(connect_account, account_id=account_id)
    return visit.part("accounts/link.html", url=made["url"], expires_at=made["expires_at"])
