"""Follow-up tasks: what is to be done by when, and for whom."""
