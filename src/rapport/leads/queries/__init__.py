"""What is read of leads, by subject."""
