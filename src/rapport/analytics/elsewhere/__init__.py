"""Figures that are counted elsewhere: told to us by day, and shown beside our own, which nobody can tell."""
