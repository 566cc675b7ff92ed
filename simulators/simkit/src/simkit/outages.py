"""Remembers since when somebody is out, so that an outage ends by itself after its time."""

import time

from simkit.database import Books

SCHEMA = "CREATE TABLE IF NOT EXISTS outages (what TEXT PRIMARY KEY, until REAL) WITHOUT ROWID;"


class Outages:
    """Outages that begin with the first request, kept in the books: a restart does not begin them again."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.extend(SCHEMA)

    def lasts(self, what: str, seconds: float) -> bool:
        """Return whether less than these seconds have passed since the first request for `what`."""
        now = time.time()
        self._books.execute("INSERT OR IGNORE INTO outages VALUES (?, ?)", what, now + seconds)
        row = self._books.one("SELECT until FROM outages WHERE what = ?", what)
        return row is not None and now < row["until"]
