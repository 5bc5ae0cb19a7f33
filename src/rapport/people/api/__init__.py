"""People over HTTP: signing in, clients, users, keys."""
