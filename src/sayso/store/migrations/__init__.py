"""Alembic migrations, one linear series: `0001`, `0002`, …

`make migration MESSAGE="what changes"` writes the next one in a checkout. On SQLite a migration must not make a table
anew (Alembic's batch mode) to which others refer: dropping the old one deletes what hangs on it.
"""
