"""Unipile's API v1 behind the port: everything that is of this version of theirs stays in this folder."""
