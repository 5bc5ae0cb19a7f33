"""All laws over one history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attribution import attribute
from .limits import counters_agree, inside_hours, never_over_the_line
from .once import never_twice, right_words
from .records import told_once, webhooks_kept
from .replies import never_after_reply
from .states import everything_done, nothing_lost

if TYPE_CHECKING:
    from .history import History
    from .verdict import Finding

JUDGES = (
    never_twice,
    never_after_reply,
    never_over_the_line,
    inside_hours,
    right_words,
    nothing_lost,
    counters_agree,
    webhooks_kept,
    told_once,
    everything_done,
)


def judge(history: History) -> list[Finding]:
    """The ten findings, L1 first."""
    attribution = attribute(history)
    return [law(history, attribution) for law in JUDGES]
