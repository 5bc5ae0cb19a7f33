"""Live streams over HTTP."""
