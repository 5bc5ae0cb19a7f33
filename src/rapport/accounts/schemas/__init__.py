"""Senders as they cross the API, by subject."""
