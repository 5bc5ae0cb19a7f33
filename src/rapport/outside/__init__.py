"""The outside world behind its ports: one folder or file for each service. Imports no room and no Flask."""
