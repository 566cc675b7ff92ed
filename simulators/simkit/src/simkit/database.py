"""A simulator's own books: one SQLite file, one connection, safe against kill -9."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = 1000
_LIST_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


class Books:
    """What happened, written down before it is answered. It names people: only its owner reads it.

    A commit is in the file (write-ahead log) when it returns, so it survives the death of the
    process; `synchronous=NORMAL` gives up the last moments only if the whole machine loses power.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # SQLite gives its other files the mode of this one
        for file in path.parent.glob(f"{path.name}*"):
            file.chmod(0o600)  # an earlier version has made them readable
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")

    def extend(self, schema: str) -> None:
        """Add tables (`CREATE TABLE IF NOT EXISTS …`) to the books."""
        self._connection.executescript(schema)

    def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(sql, values)

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        """Give the first row, if there is one."""
        row: sqlite3.Row | None = self.execute(sql, *values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Give all rows."""
        return self.execute(sql, *values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is written inside, or nothing; no `await` belongs in it."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    def pages(self, table: str) -> Iterator[list[sqlite3.Row]]:
        """Give a table in the order of its `seq`, a page at a time; writers may go on meanwhile."""
        after = 0
        while page := self.all(
            f"SELECT * FROM {table} WHERE seq > ? ORDER BY seq LIMIT {PAGE}",  # noqa: S608 - our own names
            after,
        ):
            yield page
            after = page[-1]["seq"]

    def clear(self) -> None:
        """Empty every table."""
        with self.transaction():
            for row in self.all(_LIST_TABLES):
                self.execute(f"DELETE FROM {row['name']}")  # noqa: S608 - the names are our own

    def check(self) -> None:
        """Read something.

        Raises:
            sqlite3.Error: if the books cannot be read.
        """
        self.one("SELECT 1")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
