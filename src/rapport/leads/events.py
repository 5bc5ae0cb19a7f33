"""What the log says of leads, in sentences."""

from __future__ import annotations

from rapport.events.titles import title

CREATED = title("lead.created", "{name} was added ({source})")
CHANGED = title("lead.changed", "{name} was changed: {fields}")
TAGGED = title("lead.tagged", "{name} was tagged {tags}")
UNTAGGED = title("lead.untagged", "{name} lost the tag {tags}")
NOTED = title("lead.noted", "A note was written about {name}")
NOTE_REMOVED = title("lead.note_removed", "A note about {name} was removed")
DUPLICATE = title("lead.duplicate_found", "{name} may be the same person as another lead")
MERGED = title("lead.merged", "{merged} was merged into {name}")
UNMERGED = title("lead.unmerged", "The merge of {merged} into {name} was undone")
ERASED = title("lead.erased", "A person was erased")
DELETED = title("lead.deleted", "{name} was deleted")
SUPPRESSED = title("suppression.added", "{shown} must not be contacted: {reason}")
UNSUPPRESSED = title("suppression.removed", "{shown} may be contacted again")
IMPORT_STARTED = title("import.started", "The import of {name} began")
IMPORT_FINISHED = title("import.finished", "{name} was imported: {created} added, {updated} updated, {bad} refused")
IMPORT_FAILED = title("import.failed", "The import of {name} failed: {error}")
IMPORT_CANCELLED = title("import.cancelled", "The import of {name} was cancelled")
