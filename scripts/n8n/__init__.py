"""A real n8n against a real service."""
