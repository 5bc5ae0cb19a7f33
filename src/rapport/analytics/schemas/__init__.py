"""Figures as they cross the API: what is asked, and what is shown."""
