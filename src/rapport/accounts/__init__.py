"""LinkedIn accounts: the senders, with their limits, warm-up and health.

Owns `account`, `account_usage`, `account_cooldown`. Promises: a Unipile account belongs to one row; limits are
settings of the account, never constants in code; what counts against them is counted in the database. Written
only by the verbs here.
"""
