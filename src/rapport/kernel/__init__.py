"""What every room stands on: settings, database, transaction, tenancy, clock, chance, ids, crypto, log.

Owns no table of its own and knows no subject. Nothing here imports Flask or starts a thread.
"""
