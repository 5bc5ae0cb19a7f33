"""The outside: one file or folder per service, each implementing a port. Imported by the assembly only."""
