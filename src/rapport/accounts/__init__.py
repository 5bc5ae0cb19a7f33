"""LinkedIn accounts: the senders, with their limits, warm-up and health.

Owns `account`. Promises: a Unipile account belongs to one row; limits are settings of the account, never
constants in code. Written only by the verbs here.
"""
