"""Replies: whatever a person writes or does on the channel is noticed, and what is automatic stops.

Owns `account_watch`, `relation_seen`. Promises: a message found by webhook and by polling is one; nobody is taken for
somebody by a guess, and each recognition is kept with its evidence; from the first sign of a reply on, nothing
automatic reaches the person. Written only by the verbs here.
"""
