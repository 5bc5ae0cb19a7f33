"""Why a lead waits or is left alone, and which gate says so: the only place for these words and sentences.

Every screen, answer, event and report says a reason by its value and shows its sentence.
Example: `daily_limit` is shown as "Ada Lovelace has done 25 of 25 invitations for today."
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Gate(StrEnum):
    """The questions a send must pass, in the order they are asked."""

    CAMPAIGN = "campaign"
    DATES = "dates"
    ENROLLMENT = "enrollment"
    REPLY = "reply"
    DO_NOT_CONTACT = "do_not_contact"
    UNSETTLED = "unsettled"
    AWAY = "away"
    SENDER = "sender"
    COOL_DOWN = "cool_down"
    WORKING_HOURS = "working_hours"
    DELAY = "delay"
    CONDITION = "condition"
    DAILY_LIMIT = "daily_limit"
    WEEKLY_LIMIT = "weekly_limit"
    PENDING_INVITES = "pending_invites"
    SPACING = "spacing"
    TEMPLATE = "template"

    @property
    def is_shared(self) -> bool:
        """Whether its answer is the same for every lead of one campaign, sender and kind of step."""
        return self in _SHARED

    @property
    def question(self) -> str:
        return _QUESTIONS[self]


_SHARED = frozenset(
    {
        Gate.CAMPAIGN,
        Gate.DATES,
        Gate.SENDER,
        Gate.COOL_DOWN,
        Gate.WORKING_HOURS,
        Gate.DAILY_LIMIT,
        Gate.WEEKLY_LIMIT,
        Gate.PENDING_INVITES,
        Gate.SPACING,
    }
)

_QUESTIONS: dict[Gate, str] = {
    Gate.CAMPAIGN: "Is the campaign active?",
    Gate.DATES: "Is the campaign within its dates?",
    Gate.ENROLLMENT: "Is the lead still in the campaign?",
    Gate.REPLY: "Has the person not replied?",
    Gate.DO_NOT_CONTACT: "May the person be contacted?",
    Gate.UNSETTLED: "Is the last action settled?",
    Gate.AWAY: "Is the person not out of office?",
    Gate.SENDER: "Is the sender ready?",
    Gate.COOL_DOWN: "Has the sender cooled down?",
    Gate.WORKING_HOURS: "Is it working time?",
    Gate.DELAY: "Is the step due?",
    Gate.CONDITION: "Does the step's condition hold?",
    Gate.DAILY_LIMIT: "Is there room in the sender's day?",
    Gate.WEEKLY_LIMIT: "Is there room in the sender's last seven days?",
    Gate.PENDING_INVITES: "Is there room among the sender's pending invitations?",
    Gate.SPACING: "Is it the sender's next turn?",
    Gate.TEMPLATE: "Is the text complete?",
}


class Reason(StrEnum):
    """Why nothing is sent now."""

    CAMPAIGN_DRAFT = "campaign_draft"
    CAMPAIGN_PAUSED = "campaign_paused"
    CAMPAIGN_COMPLETED = "campaign_completed"
    CAMPAIGN_ARCHIVED = "campaign_archived"
    CAMPAIGN_NOT_BEGUN = "campaign_not_begun"
    CAMPAIGN_OVER = "campaign_over"
    PAUSED = "paused"
    STOPPED = "stopped"
    ERROR = "error"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"
    MERGED = "merged"
    STEP_REMOVED = "step_removed"
    REPLIED = "replied"
    REPLIED_ELSEWHERE = "replied_elsewhere"
    DO_NOT_CONTACT = "do_not_contact"
    IN_FLIGHT = "in_flight"
    UNCERTAIN = "uncertain"
    OUT_OF_OFFICE = "out_of_office"
    NO_SENDER = "no_sender"
    SERVICE_HELD = "service_held"
    SENDER_NOT_IN_CAMPAIGN = "sender_not_in_campaign"
    SENDER_PAUSED = "sender_paused"
    SENDER_NOT_OK = "sender_not_ok"
    COOLING_DOWN = "cooling_down"
    OUTSIDE_HOURS = "outside_hours"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    DAY_OFF = "day_off"
    NEVER_OPEN = "never_open"
    OUTSIDE_SENDER_HOURS = "outside_sender_hours"
    HOURS_NEVER_MEET = "hours_never_meet"
    NOT_DUE = "not_due"
    OVERRIDDEN = "overridden"
    WAITING_FOR_CONDITION = "waiting_for_condition"
    NOT_CONNECTED = "not_connected"
    INVITED_RECENTLY = "invited_recently"
    NO_EMAIL = "no_email"
    NO_MAILBOX = "no_mailbox"
    NOT_LOOKED_UP = "not_looked_up"
    DAILY_LIMIT = "daily_limit"
    DAILY_LIMIT_ZERO = "daily_limit_zero"
    WEEKLY_LIMIT = "weekly_limit"
    WEEKLY_LIMIT_ZERO = "weekly_limit_zero"
    PENDING_INVITES = "pending_invites"
    SPACING = "spacing"
    MISSING_VARIABLE = "missing_variable"


_SENTENCES: dict[Reason, str] = {
    Reason.CAMPAIGN_DRAFT: "The campaign has not been started.",
    Reason.CAMPAIGN_PAUSED: "The campaign is paused.",
    Reason.CAMPAIGN_COMPLETED: "The campaign is completed.",
    Reason.CAMPAIGN_ARCHIVED: "The campaign is archived.",
    Reason.CAMPAIGN_NOT_BEGUN: "The campaign's first day has not come.",
    Reason.CAMPAIGN_OVER: "The campaign's last day is over.",
    Reason.PAUSED: "This lead is paused.",
    Reason.STOPPED: "This lead was stopped.",
    Reason.ERROR: "This lead ended in an error.",
    Reason.WITHDRAWN: "The invitation was withdrawn and nothing follows.",
    Reason.COMPLETED: "Every step is done.",
    Reason.MERGED: "The lead was merged with another; the person goes on in that one's enrollment.",
    Reason.STEP_REMOVED: "The step was removed; the lead is being carried over to the new version.",
    Reason.REPLIED: "The person has replied.",
    Reason.REPLIED_ELSEWHERE: "The person has replied in another campaign.",
    Reason.DO_NOT_CONTACT: "The person is on a do-not-contact list ({entry}).",
    Reason.IN_FLIGHT: "An action is being sent.",
    Reason.UNCERTAIN: "It is uncertain whether the last action was sent; it is being settled.",
    Reason.OUT_OF_OFFICE: "The person is out of office.",
    Reason.NO_SENDER: "The campaign has no sender for this lead.",
    Reason.SENDER_NOT_IN_CAMPAIGN: "{sender} keeps this person but does not send for this campaign.",
    Reason.SERVICE_HELD: "Nothing leaves the service until an admin lets it: {why}.",
    Reason.SENDER_PAUSED: "{sender} is paused.",
    Reason.SENDER_NOT_OK: "{sender} is not ready: {status}.",
    Reason.COOLING_DOWN: "{sender} is cooling down.",
    Reason.OUTSIDE_HOURS: "It is outside the working hours ({zone}).",
    Reason.WEEKEND: "It is the weekend ({zone}).",
    Reason.HOLIDAY: "It is a holiday ({zone}).",
    Reason.DAY_OFF: "It is one of the campaign's days off ({zone}).",
    Reason.NEVER_OPEN: "The campaign has no working time.",
    Reason.OUTSIDE_SENDER_HOURS: "It is outside the working hours of {sender} ({zone}).",
    Reason.HOURS_NEVER_MEET: "The campaign and {sender} never work at the same time.",
    Reason.NOT_DUE: "The step follows {delay} after the one before it.",
    Reason.OVERRIDDEN: "An operator set when this lead is next due.",
    Reason.WAITING_FOR_CONDITION: "The lead waits for: {condition}.",
    Reason.NOT_CONNECTED: "The person has not accepted the invitation.",
    Reason.INVITED_RECENTLY: "The person may not be invited again for {days} days after a withdrawal.",
    Reason.NO_EMAIL: "No email address is known.",
    Reason.NOT_LOOKED_UP: "The person's profile must be read first, and {sender} may read no more for now.",
    Reason.NO_MAILBOX: "{sender} has no mailbox to send an email from.",
    Reason.DAILY_LIMIT: "{sender} has done {used} of {limit} {budget} for today.",
    Reason.DAILY_LIMIT_ZERO: "{sender} may do no {budget}: the limit is 0.",
    Reason.WEEKLY_LIMIT: "{sender} has sent {used} of {limit} invitations in the last seven days.",
    Reason.WEEKLY_LIMIT_ZERO: "{sender} may send no invitations: the weekly limit is 0.",
    Reason.PENDING_INVITES: "{sender} has {used} pending invitations of at most {limit}.",
    Reason.SPACING: "{sender} leaves a gap after its last action.",
    Reason.MISSING_VARIABLE: "The text lacks: {missing}.",
}


def sentence(reason: Reason, details: Mapping[str, object]) -> str:
    """The reason as an operator reads it."""
    return _SENTENCES[reason].format(**details)
