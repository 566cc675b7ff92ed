"""Remembers what was asked before: a fault can strike the first try only, and an outage ends by itself."""

import time

from simkit.database import Books

TRIED = "CREATE TABLE IF NOT EXISTS tried (what TEXT PRIMARY KEY) WITHOUT ROWID;"
OUTAGES = "CREATE TABLE IF NOT EXISTS outages (what TEXT PRIMARY KEY, until REAL) WITHOUT ROWID;"


class Tries:
    """First tries, kept in the books: a restart does not make a second try a first one."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.extend(TRIED)

    def first(self, what: str) -> bool:
        """Return whether `what` is tried for the first time; from now on it is not."""
        return self._books.execute("INSERT OR IGNORE INTO tried VALUES (?)", what).rowcount == 1


class Outages:
    """Outages that begin with the first request, kept in the books: a restart does not begin them again."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.extend(OUTAGES)

    def lasts(self, what: str, seconds: float) -> bool:
        """Return whether less than these seconds have passed since the first request for `what`."""
        now = time.time()
        self._books.execute("INSERT OR IGNORE INTO outages VALUES (?, ?)", what, now + seconds)
        row = self._books.one("SELECT until FROM outages WHERE what = ?", what)
        return row is not None and now < row["until"]
