"""Leads and do-not-contact lists as they cross the API."""
