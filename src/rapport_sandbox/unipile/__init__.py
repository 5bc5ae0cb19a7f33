"""Unipile's API v1, played over the world: requests judged as strictly, answers shaped the same."""
