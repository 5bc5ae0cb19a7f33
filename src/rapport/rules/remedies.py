"""What an operator could change when a gate is closed, in a sentence and the operation that does it.

Only what is theirs to change is named: nobody can make a weekend pass, but a schedule can be given one more window.
Example: under `daily_limit` stands "Raise the sender's daily limit" with the operation `changeAccount`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rapport.rules.reasons import Reason


@dataclass(frozen=True, slots=True)
class Remedy:
    """A way to open a gate: what to do, and the API's operation for it."""

    sentence: str
    operation: str


_RESUME_SENDER = Remedy("Resume the sender.", "resumeAccount")
_RECONNECT = Remedy("Reconnect the sender, or give the lead to another one.", "giveEnrollment")
_ADD_SENDER = Remedy("Let the sender send for this campaign.", "addSender")
_SCHEDULE = Remedy("Change the campaign's working hours.", "changeCampaign")
_LIMITS = Remedy("Raise the sender's limit, or give the lead to another sender.", "changeAccount")
_HOURS = Remedy("Change the sender's working hours, or give the lead to another sender.", "changeAccount")
_RESTART = Remedy("Restart the lead.", "restartEnrollment")
_DATES = Remedy("Change the campaign's dates.", "changeCampaign")
_SKIP = Remedy("Skip the step for this lead.", "skipStep")
_LEAD = Remedy("Complete the lead's data, or give the text a default.", "changeLead")
_MAILBOX = Remedy("Say which mailbox at Unipile is the sender's.", "changeAccount")
_OVERRIDE = Remedy("Set when the next step is due.", "overrideEnrollment")

REMEDIES: Mapping[Reason, tuple[Remedy, ...]] = {
    Reason.CAMPAIGN_DRAFT: (Remedy("Start the campaign.", "startCampaign"),),
    Reason.CAMPAIGN_PAUSED: (Remedy("Resume the campaign.", "resumeCampaign"),),
    Reason.CAMPAIGN_NOT_BEGUN: (_DATES,),
    Reason.CAMPAIGN_OVER: (_DATES,),
    Reason.PAUSED: (Remedy("Resume the lead.", "resumeEnrollment"),),
    Reason.MERGED: (Remedy("Undo the merge, if these are two persons.", "unmergeLeads"),),
    Reason.STOPPED: (_RESTART,),
    Reason.ERROR: (_RESTART,),
    Reason.WITHDRAWN: (_RESTART,),
    Reason.DO_NOT_CONTACT: (Remedy("Take the entry off the do-not-contact list.", "removeDoNotContact"),),
    Reason.OUT_OF_OFFICE: (_OVERRIDE,),
    Reason.NO_SENDER: (_ADD_SENDER,),
    Reason.SENDER_NOT_IN_CAMPAIGN: (
        _ADD_SENDER,
        Remedy("Give the lead to a sender of the campaign.", "giveEnrollment"),
    ),
    Reason.SERVICE_HELD: (Remedy("An admin puts right what is wrong, and lifts the hold.", "liftServiceHold"),),
    Reason.SENDER_PAUSED: (_RESUME_SENDER,),
    Reason.SENDER_NOT_OK: (_RECONNECT,),
    Reason.COOLING_DOWN: (Remedy("Give the lead to another sender.", "giveEnrollment"),),
    Reason.OUTSIDE_HOURS: (_SCHEDULE,),
    Reason.WEEKEND: (_SCHEDULE,),
    Reason.HOLIDAY: (_SCHEDULE,),
    Reason.DAY_OFF: (_SCHEDULE,),
    Reason.NEVER_OPEN: (_SCHEDULE,),
    Reason.OUTSIDE_SENDER_HOURS: (_HOURS,),
    Reason.HOURS_NEVER_MEET: (_HOURS, _SCHEDULE),
    Reason.NOT_DUE: (_OVERRIDE, _SKIP),
    Reason.OVERRIDDEN: (_OVERRIDE,),
    Reason.WAITING_FOR_CONDITION: (_SKIP,),
    Reason.NOT_CONNECTED: (_SKIP,),
    Reason.NO_EMAIL: (_LEAD, _SKIP),
    Reason.NO_MAILBOX: (_MAILBOX, _SKIP),
    Reason.NOT_LOOKED_UP: (_LIMITS,),
    Reason.DAILY_LIMIT: (_LIMITS,),
    Reason.DAILY_LIMIT_ZERO: (_LIMITS,),
    Reason.WEEKLY_LIMIT: (_LIMITS,),
    Reason.WEEKLY_LIMIT_ZERO: (_LIMITS,),
    Reason.PENDING_INVITES: (Remedy("Withdraw old invitations, or raise the limit.", "changeAccount"),),
    Reason.MISSING_VARIABLE: (_LEAD, _SKIP),
}
