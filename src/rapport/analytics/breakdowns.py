"""Figures side by side: steps, accounts, variants, campaigns, clients; and which of two variants is better."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from rapport.accounts import utilisation
from rapport.accounts.facts import Pending
from rapport.analytics import queries
from rapport.analytics.elsewhere import showing
from rapport.analytics.metrics import OF_CAMPAIGN, OF_CLIENT, OF_SENDER, OF_STEP
from rapport.analytics.queries import Period, Subject
from rapport.analytics.words import about, filled, limits, rate, rates, rounded, written
from rapport.kernel.tx import Reading
from rapport.rules.figures import Dim, Metric
from rapport.rules.statistics import Verdict, difference, share


def steps(reading: Reading, subject: Subject, period: Period | None) -> dict[str, Any]:
    """Of each step of a campaign how often it was sent, and how many of those it reached accepted or replied to it."""
    found = queries.numbers(reading, Dim.STEP, period, **subject.only)
    order = queries.order_of_steps(reading, subject.campaign_id)
    keys = sorted((key[2] for key in found), key=lambda key: (order.get(key, (len(order), ""))[0], key))
    return {
        **about(subject),
        **limits(period),
        "steps": [
            {
                "step": key,
                "kind": order[key][1] if key in order else None,
                **_of_step(found[subject.campaign_id, "", key, ""]),
            }
            for key in keys
        ],
    }


def variants(reading: Reading, subject: Subject, period: Period | None) -> dict[str, Any]:
    """The same of each variant of each step."""
    found = queries.numbers(reading, Dim.VARIANT, period, **subject.only)
    return {
        **about(subject),
        **limits(period),
        "variants": [{"step": key[2], "variant": key[3], **_of_step(found[key])} for key in sorted(found)],
    }


def _of_step(found: queries.Numbers) -> dict[str, Any]:
    return {
        **filled(found, OF_STEP),
        "acceptance": rate(found, Metric.ACCEPTED, Metric.SENT),
        "reply": rate(found, Metric.REPLIED, Metric.SENT),
    }


def verdicts(reading: Reading, subject: Subject, period: Period | None) -> dict[str, Any]:
    """Every two variants of a step against each other: by acceptances where the step invites, else by replies."""
    found = queries.numbers(reading, Dim.VARIANT, period, **subject.only)
    order = queries.order_of_steps(reading, subject.campaign_id)
    shown = []
    for first, second in combinations(sorted(found), 2):
        if first[2] != second[2]:
            continue
        invites = order.get(first[2], (0, ""))[1] == "invite"
        shown.append(_compared(first, second, found, Metric.ACCEPTED if invites else Metric.REPLIED))
    return {**about(subject), **limits(period), "verdicts": shown}


def _compared(
    first: tuple[str, ...], second: tuple[str, ...], found: dict[tuple[str, ...], queries.Numbers], by: Metric
) -> dict[str, Any]:
    one, other = (share(found[key].get(by.value, 0), found[key].get(Metric.SENT.value, 0)) for key in (first, second))
    apart = difference(one, other)
    return {
        "step": first[2],
        "by": by.value,
        "first": first[3],
        "second": second[3],
        "of_first": written(one),
        "of_second": written(other),
        "difference": rounded(apart.value),
        "low": rounded(apart.low),
        "high": rounded(apart.high),
        "verdict": apart.verdict.value,
        "sentence": _SENTENCES[apart.verdict].format(first=first[3], second=second[3]),
    }


_SENTENCES = {
    Verdict.FIRST: "{first} is better than {second}.",
    Verdict.SECOND: "{second} is better than {first}.",
    Verdict.NO_DIFFERENCE: "No clear difference between {first} and {second} yet.",
    Verdict.NOT_ENOUGH: "Not enough data: each variant needs at least 30 sends before anything is said.",
}


def accounts(reading: Reading, subject: Subject, period: Period | None) -> dict[str, Any]:
    """What each account did and what came of it, in a campaign or in all of a client's."""
    dim = Dim.SENDER if subject.campaign_id else Dim.ACCOUNT
    found = {key[1]: numbers for key, numbers in queries.numbers(reading, dim, period, **subject.only).items()}
    names = queries.account_names(reading, found)
    return {
        **about(subject),
        **limits(period),
        "accounts": [
            {"account_id": key, "account": names.get(key), **filled(found[key], OF_SENDER), **rates(found[key])}
            for key in sorted(found, key=lambda key: (names.get(key) or "", key))
        ],
    }


def campaigns(reading: Reading, subject: Subject, period: Period | None) -> dict[str, Any]:
    """A client's campaigns that have begun, side by side."""
    found = queries.numbers(reading, Dim.CAMPAIGN, period, client_id=subject.client_id)
    elsewhere = showing.by_campaign(reading, subject, period)
    return {
        **about(subject),
        **limits(period),
        "campaigns": [
            {
                "campaign": row.name,
                "id": row.id,
                "state": row.state,
                "started_at": row.started_at,
                "last_activity_at": row.last_at,
                **filled(found.get((row.id, "", "", ""), {}), OF_CAMPAIGN),
                **rates(found.get((row.id, "", "", ""), {})),
                "external": elsewhere.get(row.id) or showing.summed({}),
            }
            for row in queries.campaigns_of(reading, subject.client_id)
        ],
    }


def clients(reading: Reading, period: Period | None) -> dict[str, Any]:
    """The clients the caller may see, side by side."""
    found = queries.numbers_by_client(reading, period)
    return {
        **limits(period),
        "clients": [
            {
                "client_id": row.id,
                "client": row.name,
                "last_activity_at": row.last_at,
                **filled(found.get(row.id, {}), OF_CLIENT),
                **rates(found.get(row.id, {})),
            }
            for row in queries.clients_seen(reading)
        ],
    }


def usage(reading: Reading, subject: Subject, pending: Pending) -> dict[str, Any]:
    """What each account of a client has used of its limits today and in seven days, as the sending sees it."""
    ids = queries.accounts_of(reading, subject.client_id)
    used = utilisation.of(reading, ids, pending=pending(reading, ids))
    return {
        **about(subject),
        "at": reading.now,
        "accounts": [
            {
                "account_id": each["account_id"],
                "account": each["name"],
                "status": each["status"],
                "paused": each["paused"],
                "day": each["day"],
                "invites": _used(each["today"]["invites"]),
                "messages": _used(each["today"]["messages"]),
                "invites_in_seven_days": _used(each["invites_in_seven_days"]),
                "pending_invites": _used(each["pending_invites"]),
                "next_slot_at": each["next_slot_at"],
            }
            for each in used
        ],
    }


def _used(found: dict[str, Any]) -> dict[str, Any]:
    used, limit = found["used"], found["limit"]
    return {"used": used, "limit": limit, "share": rounded(used / limit) if limit else None}
