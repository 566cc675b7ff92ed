from pathlib import Path

from simkit import Books, Outages


def test_an_outage_begins_with_the_first_request_and_ends_after_its_time(tmp_path: Path) -> None:
    outages = Outages(Books(tmp_path / "books.sqlite3"))
    assert outages.lasts("an order", 3600)
    assert outages.lasts("an order", 0)  # it ends when it was to end from the first
    assert not outages.lasts("another", 0)


def test_a_restart_does_not_begin_an_outage_anew(tmp_path: Path) -> None:
    path = tmp_path / "books.sqlite3"
    assert not Outages(Books(path)).lasts("an order", 0)
    assert not Outages(Books(path)).lasts("an order", 3600)
