"""Alerts: what of the service's work is not as it should be, told once when it begins and once when it is over.

Owns `alert`. Promises: every look measures the same things from the database, whatever process does it; an alert is
raised and cleared by two looks in a row, with an event and a mail to the admins each time. Written by `watching.look`
only, by the job `alerts.look`.
"""
