from collections.abc import Iterator
from pathlib import Path

import pytest
from simkit import Answer, Books, IdempotencyKeys, Tries

SCHEMA = "CREATE TABLE IF NOT EXISTS facts (seq INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT)"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    opened = Books(tmp_path / "below" / "books.sqlite3")
    opened.extend(SCHEMA)
    yield opened
    opened.close()


def add(books: Books, what: str) -> None:
    books.execute("INSERT INTO facts (what) VALUES (?)", what)


def add_half(books: Books) -> None:
    with books.transaction():
        add(books, "forgotten")
        raise RuntimeError


def test_a_transaction_keeps_all_or_nothing(books: Books) -> None:
    with books.transaction():
        add(books, "kept")
    with pytest.raises(RuntimeError):
        add_half(books)
    assert [row["what"] for row in books.all("SELECT what FROM facts")] == ["kept"]


def test_pages_go_on_while_others_write(books: Books) -> None:
    with books.transaction():
        for number in range(1500):
            add(books, str(number))
    pages = books.pages("facts")
    first = next(pages)
    add(books, "late")
    assert (len(first), [len(page) for page in pages]) == (1000, [501])


async def test_an_answer_is_forgotten_with_the_effect_that_failed(books: Books) -> None:
    keys = IdempotencyKeys(books)

    async def nothing() -> None:
        return

    def broken() -> Answer:
        add(books, "half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await keys.once("key", "request", wait=nothing, effect=broken)
    assert books.one("SELECT * FROM facts") is None
    answer = await keys.once("key", "request", wait=nothing, effect=lambda: Answer(200, {}))
    assert (answer.status, answer.replayed) == (200, False)


def test_only_the_first_try_is_the_first(books: Books) -> None:
    tries = Tries(books)
    assert [tries.first("a"), tries.first("a"), tries.first("b")] == [True, False, True]
    books.clear()
    assert tries.first("a")


def test_only_their_owner_reads_books_old_ones_too(tmp_path: Path) -> None:
    path = tmp_path / "books.sqlite3"
    path.touch(mode=0o644)
    opened = Books(path)
    opened.extend(SCHEMA)
    add(opened, "somebody's address")
    files = list(tmp_path.iterdir())
    assert len(files) > 1  # the log and its index
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
    opened.close()
