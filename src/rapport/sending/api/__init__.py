"""Actions and the scheduler over HTTP."""
