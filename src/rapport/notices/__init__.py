"""Notices: who is told what, on which channel, and when.

Owns `notice_rule`. Promises: every event that a rule names becomes one delivery for each receiver, at once or together
with others; what is not sent says why. Deliveries are the outbox's: this room only writes them.
"""
