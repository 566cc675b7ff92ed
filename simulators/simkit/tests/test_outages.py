from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from simkit import Books, Outages


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "books.sqlite3"


@pytest.fixture
def outages(path: Path) -> Iterator[Outages]:
    with closing(Books(path)) as books:
        yield Outages(books)


def test_an_outage_begins_with_the_first_request_and_ends_after_its_time(outages: Outages) -> None:
    assert outages.lasts("an order", 3600)
    assert outages.lasts("an order", 0)  # it ends when it was to end from the first
    assert not outages.lasts("another", 0)


def test_a_restart_does_not_begin_an_outage_anew(outages: Outages, path: Path) -> None:
    assert not outages.lasts("an order", 0)
    with closing(Books(path)) as books:
        assert not Outages(books).lasts("an order", 3600)
