"""What the inbox reads, by subject."""
