"""Clients, the users who work for them, and every way to prove who one is.

Owns `client`, `user`, `membership`, `session`, `refresh_token`, `api_key`. Promises: secrets are kept as hashes;
a used refresh token ends its session; there is always an active admin. Every verb tells the event log.
"""
