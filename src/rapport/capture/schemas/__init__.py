"""Forms and submissions as they cross the API."""
