"""The event log: what happened, appended once, never changed.

Owns `event`, `event_stream`, `event_cursor`. Promises: per client a gapless `seq` in the order of commits,
one row per fact, consumers that neither miss nor repeat. Rows are written only by `log.append`, at the end
of a transaction.
"""
