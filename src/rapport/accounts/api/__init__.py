"""LinkedIn accounts over HTTP."""
