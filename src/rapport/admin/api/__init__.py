"""Health and diagnostics over HTTP."""
