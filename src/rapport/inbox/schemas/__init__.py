"""The inbox as it crosses the API, by subject."""
