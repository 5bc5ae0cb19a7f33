"""Enrollments and what a campaign does with them, as they cross the API."""
