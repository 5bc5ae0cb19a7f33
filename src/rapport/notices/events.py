"""What the log says of notice rules, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

RULE_ADDED = title("notice_rule.added", "The notice rule {name} was added")
RULE_CHANGED = title("notice_rule.changed", "The notice rule {name} was changed: {fields}")
RULE_REMOVED = title("notice_rule.removed", "The notice rule {name} was removed")
