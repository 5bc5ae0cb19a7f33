"""The API's manners, one of each: errors, guards, bodies, lists, idempotency, ETags, cache, documentation.

Rooms' `api` modules declare operations through `Room` (see `operation.py`) and return plain values; all
that HTTP is happens here. Owns the table `idempotency_key`.
"""
