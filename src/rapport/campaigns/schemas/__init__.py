"""Campaigns, sequences and what is found about them, as they cross the API."""
