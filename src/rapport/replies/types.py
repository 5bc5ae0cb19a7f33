"""The kinds of job by which replies are looked for. What each does is put to it where the provider is at hand.

On request: `replies.poll`, `replies.read_invitations` and `replies.name_threads` with `account_id` (and `since` for the
first), `replies.sync_relations` with `account_id`, `campaign_id` or neither, and `all`, `replies.match` with nothing.
"""

from __future__ import annotations

from datetime import timedelta

from rapport.jobs.registry import JobType

_PATIENT = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800))

LOOK = JobType("replies.look", "Asks the provider who wrote a message.", max_retries=5, waits=_PATIENT)
READ_CHAT = JobType("replies.read_chat", "Reads a chat in which something was written.", max_retries=5, waits=_PATIENT)
POLL = JobType(
    "replies.poll", "Reads the messages of an account that webhooks may have missed.", max_retries=8, on_request=True
)
MATCH = JobType("replies.match", "Looks again who wrote what nobody was known for.", on_request=True)
THREADS = JobType(
    "replies.name_threads",
    "Finds the chats of what was sent without learning in which chat.",
    max_retries=8,
    on_request=True,
)
INVITATIONS = JobType(
    "replies.read_invitations",
    "Reads an account's pending invitations: those that are no longer listed were accepted or withdrawn.",
    max_retries=8,
    on_request=True,
)
RELATIONS = JobType(
    "replies.sync_relations",
    "Reads the connections of accounts and knows the leads among them.",
    max_retries=8,
    on_request=True,
)
