"""Everything that decides whether, when and to whom a client's reports go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.flags.names import Feature
from rapport.flags.queries import is_on
from rapport.kernel.tx import Reading, Tx
from rapport.outbox import stops
from rapport.outbox.words import MailTopic
from rapport.people import clients
from rapport.people import queries as people
from rapport.reports import plan
from rapport.reports.send import Terms


def shown(reading: Reading, client_id: str, terms: Terms, *, mail_set_up: bool) -> dict[str, Any]:
    """The settings of a client, and when its next report is due."""
    client = people.client(reading, client_id)
    wishes = client["report_preferences"]
    planned, clock = plan.kept(reading, client_id), plan.terms_of(client)
    against = stops.reasons(reading, client_id, wishes["emails"], topic=MailTopic.REPORTS)
    return {
        "client_id": client_id,
        "timezone": client["timezone"],
        **{name: wishes[name] for name in ("enabled", "emails", "weekday", "hour")},
        "feature_on": is_on(reading, Feature.REPORTS, client_id, off=terms.off),
        "mail_set_up": mail_set_up,
        "reachable": bool(terms.base),
        "stopped": [{"email": email, "reason": reason.value} for email, reason in sorted(against.items())],
        "next_at": planned.at if planned is not None and clock is not None else None,
    }


def change(tx: Tx, client_id: str, changes: Mapping[str, Any]) -> None:
    """Change what is named. The next report is planned anew at once."""
    clients.change(tx, clients.get(tx, client_id), {"report_preferences": dict(changes)})
    tx.flush()
    plan.reckon(tx, client_id)
    tx.flush()
