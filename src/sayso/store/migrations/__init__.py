"""Alembic migrations, one linear series: `0001`, `0002`, …

After a change of the declared tables, `python -m sayso.store.migrations "what changed"` writes the next one. Until
the first release there is only `0001`: delete it before that command and the initial one is written anew.
"""
