"""The outbox over HTTP."""
