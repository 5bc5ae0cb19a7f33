"""Offerings over HTTP."""
