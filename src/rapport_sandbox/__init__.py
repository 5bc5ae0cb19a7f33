"""A local stand-in for every outside service, with people in it.

It speaks over real HTTP, imports nothing of `rapport`, and writes each request to a ledger on disk
before it answers: what the ledger says arrived is what the product is judged by.
"""
