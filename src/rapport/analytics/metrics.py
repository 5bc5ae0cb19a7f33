"""Which figures are shown of what."""

from __future__ import annotations

from rapport.rules.figures import MILESTONES, OF_KIND, Metric

OF_CAMPAIGN = (*MILESTONES, Metric.SENT, *OF_KIND.values(), Metric.REFUSED, Metric.REPLIES)
OF_CLIENT = (*OF_CAMPAIGN, Metric.BY_HAND, Metric.AWAY, Metric.RECEIVED, Metric.WRITTEN)
OF_STEP = (Metric.SENT, Metric.ACCEPTED, Metric.REPLIED)
OF_SENDER = (*MILESTONES, Metric.SENT, Metric.REPLIES)
STAGES = (Metric.INVITED, Metric.ACCEPTED, Metric.MESSAGED, Metric.REPLIED, Metric.INTERESTED)
