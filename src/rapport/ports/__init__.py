"""What the rooms may ask of the outside world, and what it may answer: protocols and values."""
