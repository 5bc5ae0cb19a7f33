"""CRMs over HTTP."""
