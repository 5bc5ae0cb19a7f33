"""Campaigns: a sequence, a set of senders, a schedule and a goal.

Owns `campaign`, `campaign_sender`, `sequence_version`. Promises: a version of a sequence that was used never
changes; a campaign starts only when nothing is wrong with it, and says everything that is. Written only by the
verbs here.
"""
