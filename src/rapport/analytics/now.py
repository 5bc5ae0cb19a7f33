"""How it stands at this moment: the last hour, what is on its way, who waits in the inbox, and all of it on a page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rapport.analytics import queries
from rapport.analytics.beside import queries as beside
from rapport.analytics.breakdowns import campaigns
from rapport.analytics.metrics import OF_CLIENT
from rapport.analytics.queries import Period, Subject
from rapport.analytics.words import about, filled, rates, rounded, written
from rapport.enrichment.queries import stale
from rapport.inbox.queries.conversations import listed
from rapport.kernel.listing import Asked
from rapport.kernel.tx import Reading
from rapport.rules.statistics import quantile, share
from rapport.rules.zones import DAY, instant_at, local_day

_HOUR = timedelta(hours=1)
_LAST_HOUR = {
    "sent": "action.sent",
    "refused": "action.refused",
    "accepted": "relation.accepted",
    "replies": "reply.received",
    "received": "message.received",
}
RECENT = 10


def live(reading: Reading, subject: Subject, consumer: str) -> dict[str, Any]:
    """The last hour, what has begun and not ended, and how far the figures are behind the log."""
    told = beside.since(reading, subject.client_id, reading.now - _HOUR, tuple(_LAST_HOUR.values()))
    behind, since = beside.behind(reading, consumer, subject.client_id)
    return {
        **about(subject),
        "at": reading.now,
        "last_hour": {name: told[event_type] for name, event_type in _LAST_HOUR.items()},
        "in_flight": beside.on_their_way(reading, subject.client_id),
        "lag": {"events": behind, "seconds": int((reading.now - since).total_seconds()) if since else 0},
    }


def inbox(reading: Reading, subject: Subject, period: Period) -> dict[str, Any]:
    """How soon people are answered, how often later than promised, and for how long what came lies unread."""
    first = instant_at(_midnight(period.first), subject.zone)
    found = beside.waits(reading, subject.client_id, first, instant_at(_midnight(period.last + DAY), subject.zone))
    times = sorted((row.ended_at - row.since).total_seconds() / 60 for row in found if row.ended_at is not None)
    in_time = sum(row.breached_at is None for row in found if row.ended_at is not None)
    oldest = beside.oldest_unread(reading, subject.client_id)
    return {
        **about(subject),
        "from": period.first,
        "to": period.last,
        "conversations": beside.threads(reading, subject.client_id),
        "oldest_unread_at": oldest,
        "oldest_unread_minutes": int((reading.now - oldest).total_seconds() // 60) if oldest else None,
        "waits": len(found),
        "answered": len(times),
        "warned": sum(row.warned_at is not None for row in found),
        "breached": sum(row.breached_at is not None for row in found),
        "median_minutes": rounded(quantile(times, 0.5)),
        "p90_minutes": rounded(quantile(times, 0.9)),
        "in_time": written(share(in_time, len(times))),
    }


def _midnight(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a time on a wall, which `instant_at` reads


def dashboard(reading: Reading, subject: Subject | None) -> dict[str, Any]:
    """The last seven days, the inbox and the newest conversations: of a client, or of all that one may see."""
    today = local_day(reading.now, subject.zone if subject else "UTC")
    found = _of_all(reading, subject, Period(today - 6 * DAY, today))
    return {
        "client_id": subject.client_id if subject else None,
        "at": reading.now,
        "last_7_days": filled(found, OF_CLIENT),
        "rates": rates(found),
        "conversations": beside.threads(reading, subject.client_id if subject else None),
        "answered": answered(reading, subject, _midnight_of(today - 6 * DAY, subject)),
        "recent": recent(reading, subject),
    }


def _midnight_of(day: Any, subject: Subject | None) -> datetime:
    return instant_at(_midnight(day), subject.zone if subject else "UTC")


def answered(reading: Reading, subject: Subject | None, since: datetime) -> dict[str, Any]:
    """Of the conversations in which somebody wrote of late, how many wait for no answer. Channels that are not
    connected are left out of the share, for nobody could answer there, and are shown with why.
    """
    found = beside.by_channel(reading, subject.client_id if subject else None, since)
    counted = [row for row in found if row.is_connected]
    return {
        "share": written(share(sum(row.answered for row in counted), sum(row.many for row in counted))),
        "channels": [
            {
                "channel": row.channel,
                "is_counted": bool(row.is_connected),
                "why": None if row.is_connected else "channel_not_connected",
                "conversations": row.many,
                "answered": row.answered,
            }
            for row in found
        ],
    }


def _of_all(reading: Reading, subject: Subject | None, period: Period) -> queries.Numbers:
    by_client = queries.numbers_by_client(reading, period)
    if subject is not None:
        return by_client.get(subject.client_id, {})
    total: queries.Numbers = {}
    for numbers in by_client.values():
        for metric, value in numbers.items():
            total[metric] = total.get(metric, 0) + value
    return total


def series(reading: Reading, subject: Subject | None, period: Period) -> dict[str, Any]:
    """Every figure of each day, of a client or of all one may see."""
    only = subject.only if subject else {}
    found = queries.by_slot(
        reading,
        queries.Dim.CLIENT,
        period.span,
        first=period.first.toordinal(),
        last=period.last.toordinal(),
        **only,
    )
    return {
        "client_id": subject.client_id if subject else None,
        "from": period.first,
        "to": period.last,
        "days": [{"day": day, **filled(found.get(day.toordinal(), {}), OF_CLIENT)} for day in period.all()],
    }


def recent(reading: Reading, subject: Subject | None) -> list[dict[str, Any]]:
    """The conversations in which something was written last."""
    conditions = (queries.of_client(subject.client_id),) if subject else ()
    found = listed(reading, Asked(conditions, "last_message_at", "desc", RECENT, None))
    names = ("id", "client_id", "lead_id", "lead", "campaign_id", "campaign", "account_id", "account", "status")
    more = ("temperature", "outcome", "unread_count", "last_message_at")
    return [{name: item[name] for name in (*names, *more)} for item in found.items]


def snapshot(reading: Reading, subject: Subject) -> dict[str, Any]:
    """The few numbers by which a client's state is watched from outside."""
    arrived, ended = beside.webhooks_since(reading, subject.client_id, reading.now - DAY)
    return {
        "client_id": subject.client_id,
        "at": reading.now,
        "leads_total": beside.leads(reading, subject.client_id),
        "conversations_open": beside.threads(reading, subject.client_id)["open"],
        "webhook_success_rate_24h": rounded(arrived / ended) if ended else None,
        "enrichments_stale_count": stale(reading, subject.client_id),
        "campaign_performance": campaigns(reading, subject, None)["campaigns"],
    }
