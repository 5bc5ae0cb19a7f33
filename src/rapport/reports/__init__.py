"""Weekly reports: what was done for a client in a week and what came of it, mailed to whom the client names.

Owns `report`, `report_mail`, `report_plan`. Promises: one report for each client and ISO week, whatever restarts and
however many processes look; whoever opted out, or whose address bounces, gets none; what was not sent says why. Reports
are made by `send.due` and `send.by_hand` only, and leave through the outbox.
"""
