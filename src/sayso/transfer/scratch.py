"""What has to be remembered of a file while it is imported: on disk, so that it takes no memory however much it is."""

import sqlite3
from typing import Any


class Scratch:
    """Tables without a file name, which go when this ends (SQLite, "Temporary Databases"). Raises OSError."""

    def __init__(self, *tables: str) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for statement in ("PRAGMA synchronous=OFF", "PRAGMA journal_mode=OFF", *(f"CREATE TABLE {t}" for t in tables)):
            self._database.execute(statement)

    def run(self, statement: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise OSError(None, str(error), "the directory for temporary files") from error

    def first(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """The first row that is found."""
        row: tuple[Any, ...] | None = self.run(query, *values).fetchone()
        return row

    def close(self) -> None:
        self._database.close()
