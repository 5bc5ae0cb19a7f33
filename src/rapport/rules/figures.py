"""What an event adds to the figures, in each place it counts: client, campaign, account, step, variant, day and hour.

What happens many times (a send, a word) is counted each time. What happens to a person once in a campaign (invited,
accepted, messaged, replied, interested) is a milestone: the earliest instant counts, so one that is told of late moves
to the day it belongs to, in whatever order events arrive.
Example: a reply of Friday that is read on Monday counts on Friday, by the step it answered and in that step's hour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol
from zoneinfo import ZoneInfo


class Dim(StrEnum):
    """By what is counted."""

    CLIENT = "client"
    CAMPAIGN = "campaign"
    ACCOUNT = "account"
    SENDER = "sender"
    """An account within a campaign."""
    STEP = "step"
    VARIANT = "variant"


class Span(StrEnum):
    """Over which stretch of time is counted."""

    TOTAL = "total"
    DAY = "day"
    """Of UTC."""
    LOCAL_DAY = "local_day"
    """Of the campaign's timezone; of the client's where no campaign is."""
    HOUR = "hour"
    """Of the local week: Monday's first is 0, Sunday's last is 167."""


class Metric(StrEnum):
    """What is counted."""

    ENROLLED = "enrolled"
    CONTACTED = "contacted"
    INVITED = "invited"
    ACCEPTED = "accepted"
    MESSAGED = "messaged"
    REPLIED = "replied"
    INTERESTED = "interested"
    SENT = "sent"
    INVITES = "invites"
    MESSAGES = "messages"
    INMAILS = "inmails"
    EMAILS = "emails"
    VISITS = "visits"
    FOLLOWS = "follows"
    REACTIONS = "reactions"
    WITHDRAWALS = "withdrawals"
    REFUSED = "refused"
    BY_HAND = "by_hand"
    """Sent by a person from the inbox."""
    REPLIES = "replies"
    AWAY = "away"
    RECEIVED = "received"
    WRITTEN = "written"
    CONTACTS = "contacts"
    """Sends that somebody can answer, by the hour in which they went out."""
    ANSWERED = "answered"
    """Those of them that were answered, by the hour in which they went out."""


MILESTONES = (
    *(Metric.ENROLLED, Metric.CONTACTED, Metric.INVITED, Metric.ACCEPTED, Metric.MESSAGED, Metric.REPLIED),
    Metric.INTERESTED,
)
OF_KIND = {
    "invite": Metric.INVITES,
    "message": Metric.MESSAGES,
    "inmail": Metric.INMAILS,
    "email": Metric.EMAILS,
    "visit": Metric.VISITS,
    "follow": Metric.FOLLOWS,
    "react": Metric.REACTIONS,
    "withdraw": Metric.WITHDRAWALS,
}
_SPEAKING = frozenset({"invite", "message", "inmail", "email"})
_INTEREST = frozenset({"interested", "meeting"})
HOURS = 7 * 24

Key = tuple[str, str, str, str, str, str, str, int]
"""Dim, span, campaign, account, step, variant, metric, slot; what does not apply is empty."""
MarkKey = tuple[str, str]
"""Whose it is (an enrollment, for interest a conversation), and the milestone."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A milestone that was reached."""

    at: datetime
    campaign_id: str
    account_id: str
    step: str = ""
    variant: str = ""
    sent_at: datetime | None = None
    """When the step went out that it answers."""


class Told(Protocol):
    """What is asked of an event."""

    type: str
    occurred_at: datetime
    campaign_id: str | None
    enrollment_id: str | None
    account_id: str | None
    conversation_id: str | None
    data: Mapping[str, Any]


class Figures:
    """Figures as events change them: differences to what was counted before, and the milestones as they stand."""

    def __init__(
        self,
        *,
        zone: str,
        zones: Mapping[str, str],
        marks: MutableMapping[MarkKey, Mark | None],
        last: dict[str, datetime],
    ) -> None:
        """`zone` is the client's and `zones` are the campaigns'; `last` says when something last happened, by campaign
        and, under an empty name, at all.
        """
        self._zone = zone
        self._zones = zones
        self.marks = marks
        self.last = last
        self.counts: Counter[Key] = Counter()
        self.moved: set[MarkKey] = set()
        """The milestones that are other than before."""

    def read(self, event: Told) -> None:
        """Let one event move the figures."""
        count = _COUNTED.get(event.type)
        if count is not None:
            count(self, event)
            for key in {"", event.campaign_id or ""}:
                self.last[key] = max(self.last.get(key, event.occurred_at), event.occurred_at)

    def zone_of(self, campaign: str) -> str:
        """In which zone a campaign is counted; one that is gone in the client's."""
        return self._zones.get(campaign, self._zone)

    # What is counted each time

    def add(
        self,
        metric: Metric,
        at: datetime,
        campaign: str,
        account: str,
        *,
        step: str = "",
        variant: str = "",
        by: int = 1,
    ) -> None:
        """Count at an instant, in every place it belongs to."""
        day = at.astimezone(UTC).toordinal()
        local = at.astimezone(ZoneInfo(self._zone)).toordinal()
        places = [("client", "", "", "", "")]
        if account:
            places.append(("account", "", account, "", ""))
        self._count(places, metric, day, local, by)
        if campaign:
            local = at.astimezone(ZoneInfo(self.zone_of(campaign))).toordinal()
            places = [("campaign", campaign, "", "", "")]
            if account:
                places.append(("sender", campaign, account, "", ""))
            if step:
                places.append(("step", campaign, "", step, ""))
            if variant:
                places.append(("variant", campaign, "", step, variant))
            self._count(places, metric, day, local, by)

    def _count(
        self, places: list[tuple[str, str, str, str, str]], metric: Metric, day: int, local: int, by: int
    ) -> None:
        counts, word = self.counts, metric.value
        for dim, campaign, account, step, variant in places:
            counts[dim, "total", campaign, account, step, variant, word, 0] += by
            counts[dim, "day", campaign, account, step, variant, word, day] += by
            counts[dim, "local_day", campaign, account, step, variant, word, local] += by

    def in_hour(self, metric: Metric, at: datetime, *, campaign: str, by: int = 1) -> None:
        """Count in an hour of the week, on the client's wall and on the campaign's."""
        self.counts["client", "hour", "", "", "", "", metric.value, hour_of_week(at, self._zone)] += by
        if campaign:
            slot = hour_of_week(at, self.zone_of(campaign))
            self.counts["campaign", "hour", campaign, "", "", "", metric.value, slot] += by

    # What happens once

    def reach(self, whose: str, milestone: Metric, mark: Mark) -> None:
        """A milestone is reached; one that was reached earlier stays."""
        key = (whose, milestone.value)
        kept = self.marks.get(key)
        if kept is not None:
            if kept.at <= mark.at:
                return
            self._mark(milestone, kept, -1)
        self._mark(milestone, mark, 1)
        self.marks[key] = mark
        self.moved.add(key)

    def lose(self, whose: str, milestone: Metric) -> None:
        """Somebody took it back."""
        key = (whose, milestone.value)
        kept = self.marks.get(key)
        if kept is not None:
            self._mark(milestone, kept, -1)
            self.marks[key] = None
            self.moved.add(key)

    def _mark(self, milestone: Metric, mark: Mark, by: int) -> None:
        self.add(
            milestone,
            mark.at,
            mark.campaign_id,
            mark.account_id,
            step=mark.step,
            variant=mark.variant,
            by=by,
        )
        if milestone is Metric.REPLIED and mark.sent_at is not None:
            self.in_hour(Metric.ANSWERED, mark.sent_at, campaign=mark.campaign_id, by=by)


def hour_of_week(at: datetime, zone: str) -> int:
    """The hour of the local week in which an instant lies."""
    wall = at.astimezone(ZoneInfo(zone))
    return wall.weekday() * 24 + wall.hour


def _where(event: Told) -> tuple[str, str]:
    return event.campaign_id or "", event.account_id or ""


def _enrolled(figures: Figures, event: Told) -> None:
    if event.enrollment_id:
        figures.reach(event.enrollment_id, Metric.ENROLLED, _marked(event))


def _sent(figures: Figures, event: Told) -> None:
    data, at, where = event.data, event.occurred_at, _where(event)
    kind = data["kind"]
    if kind not in OF_KIND:  # told before the word outlived whoever was erased
        return
    if data["origin"] == "person":
        figures.add(Metric.BY_HAND, at, *where)
        return
    step, variant = data["step"] or "", data["variant"] or ""
    figures.add(OF_KIND[kind], at, *where)
    if not event.campaign_id or not event.enrollment_id:
        return
    figures.add(Metric.SENT, at, *where, step=step, variant=variant)
    if kind in _SPEAKING:
        figures.in_hour(Metric.CONTACTS, at, campaign=event.campaign_id)
        figures.reach(event.enrollment_id, Metric.CONTACTED, _marked(event))
        figures.reach(event.enrollment_id, Metric.INVITED if kind == "invite" else Metric.MESSAGED, _marked(event))


def _refused(figures: Figures, event: Told) -> None:
    figures.add(Metric.REFUSED, event.occurred_at, *_where(event))


def _accepted(figures: Figures, event: Told) -> None:
    answers = event.data.get("answers")
    if answers and event.enrollment_id:
        figures.reach(event.enrollment_id, Metric.ACCEPTED, _marked(event, answers))


def _replied(figures: Figures, event: Told) -> None:
    figures.add(Metric.REPLIES, event.occurred_at, *_where(event))
    figures.in_hour(Metric.REPLIES, event.occurred_at, campaign=event.campaign_id or "")
    answers = event.data.get("answers")
    if answers and event.enrollment_id:
        figures.reach(event.enrollment_id, Metric.REPLIED, _marked(event, answers))


def _outcome(figures: Figures, event: Told) -> None:
    if not event.conversation_id:
        return
    if event.data["outcome"] in _INTEREST:
        if figures.marks.get((event.conversation_id, Metric.INTERESTED.value)) is None:
            figures.reach(event.conversation_id, Metric.INTERESTED, _marked(event))
    else:
        figures.lose(event.conversation_id, Metric.INTERESTED)


def _marked(event: Told, answers: Mapping[str, Any] | None = None) -> Mark:
    mark = Mark(event.occurred_at, event.campaign_id or "", event.account_id or "")
    if answers is None:
        return mark
    return Mark(
        mark.at,
        mark.campaign_id,
        mark.account_id,
        answers["step"] or "",
        answers["variant"] or "",
        datetime.fromisoformat(answers["sent_at"]),
    )


def _each(metric: Metric) -> Callable[[Figures, Told], None]:
    def count(figures: Figures, event: Told) -> None:
        figures.add(metric, event.occurred_at, "", event.account_id or "")

    return count


_COUNTED: dict[str, Callable[[Figures, Told], None]] = {
    "enrollment.created": _enrolled,
    "action.sent": _sent,
    "action.refused": _refused,
    "relation.accepted": _accepted,
    "reply.received": _replied,
    "reply.out_of_office": _each(Metric.AWAY),
    "message.received": _each(Metric.RECEIVED),
    "message.sent": _each(Metric.WRITTEN),
    "conversation.outcome_set": _outcome,
}
TYPES = frozenset(_COUNTED)
"""The types of events that are counted."""
