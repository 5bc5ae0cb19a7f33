"""Leads over HTTP."""
