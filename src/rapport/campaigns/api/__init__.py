"""The campaigns room over HTTP."""
