"""Forms over HTTP."""
