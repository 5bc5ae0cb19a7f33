"""Which features there are to be turned on and off, each with what that means."""

from __future__ import annotations

from enum import StrEnum


class Feature(StrEnum):
    """Something that can be off."""

    NOTICES = "notices"
    WEBHOOKS = "webhooks"
    LIVE = "live"
    CRM = "crm"
    BROADCASTS = "broadcasts"
    REPORTS = "reports"


class DecidedBy(StrEnum):
    """Whose word holds."""

    CLIENT = "client"
    EVERYBODY = "global"
    ENVIRONMENT = "environment"


MEANING: dict[Feature, str] = {
    Feature.NOTICES: "Clients are told of replies and whatever their rules name. Off: each notice is kept, skipped.",
    Feature.WEBHOOKS: "Events go to webhook endpoints. Off: each delivery is kept, skipped.",
    Feature.CRM: "Leads go to clients' CRMs. Off: each push is kept, skipped.",
    Feature.BROADCASTS: "Broadcasts leave. Off: none is begun, and one on its way waits.",
    Feature.REPORTS: "Clients get a weekly report by mail. Off: each week's report is kept, skipped.",
    Feature.LIVE: "Screens hear of events as they happen. Off: streams are refused, and screens ask now and then.",
}
