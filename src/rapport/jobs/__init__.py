"""Durable background work, run by a worker here or polled over HTTP by n8n.

Owns `job`, `cron_firing`. Promises: at most one live lease; a job's effect and its end in one commit; terminal
states change only by retry or dismissal; nothing that failed disappears unseen. Written only by the verbs here.
"""
