"""Webhooks: who listens, what is said, and how stubbornly it is delivered."""
