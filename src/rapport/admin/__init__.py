"""Looking after the service: health, migrations, bootstrap, diagnostics, the demo's seed.

The only diagnostic room: every route but the three health checks is behind one guard.
"""
