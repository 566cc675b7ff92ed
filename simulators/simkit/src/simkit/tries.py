"""Remembers what was tried before, so that a fault can strike the first try only."""

from simkit.database import Books

SCHEMA = "CREATE TABLE IF NOT EXISTS tried (what TEXT PRIMARY KEY) WITHOUT ROWID;"


class Tries:
    """First tries, kept in the books: a restart does not make a second try a first one."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.extend(SCHEMA)

    def first(self, what: str) -> bool:
        """Return whether `what` is tried for the first time; from now on it is not."""
        return self._books.execute("INSERT OR IGNORE INTO tried VALUES (?)", what).rowcount == 1
