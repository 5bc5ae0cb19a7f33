"""What the log says of the work in the inbox, in sentences: never what was written."""

from __future__ import annotations

from rapport.events.titles import title

REPLY_WRITTEN = title("reply.written", "A reply was written and goes when its account may send it")
REPLY_RETRIED = title("reply.retried", "A reply that did not arrive is tried again")
TAGGED = title("conversation.tagged", "A conversation was tagged: {tags}")
UNTAGGED = title("conversation.untagged", "Tags were taken off a conversation: {tags}")
NOTED = title("conversation.noted", "A note was written about a conversation")
NOTE_REMOVED = title("conversation.note_removed", "A note about a conversation was removed")
QUEUE_CREATED = title("inbox.queue_created", "The queue {name} was made")
QUEUE_RENAMED = title("inbox.queue_renamed", "The queue {before} is called {name} now")
QUEUE_REMOVED = title("inbox.queue_removed", "The queue {name} was removed")
SHARING_CHANGED = title("inbox.sharing_changed", "How conversations are shared out was changed")
CANNED_CREATED = title("canned_reply.created", "The canned reply {name} was made")
CANNED_CHANGED = title("canned_reply.changed", "The canned reply {name} was changed")
CANNED_REMOVED = title("canned_reply.removed", "The canned reply {name} was removed")
WAIT_NEARLY_OVER = title("sla.warning", "{lead} has waited for an answer for most of the time allowed")
WAIT_OVER = title("sla.breach", "{lead} has waited for an answer longer than the {minutes} minutes allowed")
WAIT_TERMS_CHANGED = title("sla.terms_changed", "How long people may wait for an answer was changed")
TASK_CREATED = title("task.created", "A follow-up task was made, due {due_at}")
TASK_CHANGED = title("task.changed", "A follow-up task was changed: {fields}")
TASK_COMPLETED = title("task.completed", "A follow-up task is done")
TASK_CANCELLED = title("task.cancelled", "A follow-up task was cancelled")
TASK_OVERDUE = title("task.overdue", "A follow-up task was due {due_at} and is not done")
