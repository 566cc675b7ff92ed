import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from made_spans import MIB, row
from traces.files import SpanFiles
from traces.store import Store, StoreUnavailableError


def databases(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.db"))


def fill(store: Store, rows: int, size: int = 10_000) -> None:
    for _ in range(rows):
        store.add([row(size=size)])


def test_spans_are_found_by_trace_and_by_order(store: Store) -> None:
    about, other = row("ord_1", trace_id=b"a" * 16), row("ord_2", trace_id=b"b" * 16)
    nameless = row(trace_id=b"a" * 16)
    store.add([about, other, nameless])
    assert store.of_trace(b"b" * 16) == [other]
    assert store.of_order("ord_1") == [about, nameless]
    assert store.of_order("ord_3") == []


def test_a_trace_is_found_whole_though_it_lies_in_several_files(
    store: Store, tmp_path: Path
) -> None:
    store.add([row("ord_1", trace_id=b"a" * 16)])
    fill(store, 20)
    store.add([row(trace_id=b"a" * 16)])
    assert len(databases(tmp_path)) > 1
    assert len(store.of_order("ord_1")) == 2


def test_the_oldest_files_go_and_the_room_is_never_exceeded_for_long(
    store: Store, tmp_path: Path
) -> None:
    store.add([row("ord_1")])
    for _ in range(150):
        fill(store, 1)
        used = sum(path.stat().st_size for path in tmp_path.iterdir())
        assert used < MIB + MIB // 4
    assert store.of_order("ord_1") == []
    assert databases(tmp_path)[0] != "spans-00000001.db"


def test_less_room_than_before_takes_effect_with_the_next_file(
    store: Store, tmp_path: Path
) -> None:
    fill(store, 90)
    store.close()
    smaller = Store(SpanFiles(tmp_path, MIB // 4))
    fill(smaller, 5)
    smaller.close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= MIB // 4


def test_only_the_owner_reads_what_is_kept(store: Store, tmp_path: Path) -> None:
    store.add([row()])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes


@pytest.mark.parametrize("noticed_by", ["a reader", "a writer"])
def test_a_file_that_cannot_be_read_is_set_aside_and_told_once(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], noticed_by: str
) -> None:
    store.add([row("ord_1")])
    if noticed_by == "a writer":
        store.close()
    spoil(tmp_path / "spans-00000001.db")
    if noticed_by == "a reader":
        assert store.of_order("ord_1") == []
    for _ in range(3):
        store.add([row("ord_2")])
    assert store.of_order("ord_2")
    assert store.of_order("ord_1") == []
    assert (tmp_path / "spans-00000001.db.corrupt").exists()
    assert databases(tmp_path) == ["spans-00000002.db"]
    assert capsys.readouterr().out.count("spans_unreadable") == 1


def test_an_old_file_that_cannot_be_read_does_not_hide_the_others(
    store: Store, tmp_path: Path
) -> None:
    fill(store, 20)
    store.add([row("ord_1")])
    (tmp_path / "spans-00000001.db").write_bytes(b"this is no database" * 1000)
    assert len(store.of_order("ord_1")) > 0
    assert (tmp_path / "spans-00000001.db.corrupt").exists()


def test_what_was_set_aside_is_within_the_room_too(store: Store, tmp_path: Path) -> None:
    (tmp_path / "spans-00000001.db").write_bytes(b"this is no database" * 1000)
    fill(store, 150)
    assert not list(tmp_path.glob("*.corrupt"))


async def test_a_full_disk_is_told_once_and_loses_nothing_that_was_kept(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.add([row("ord_1")])
    assert await store.check() is None
    with no_file_beyond(bytes_allowed=40_000):
        for _ in range(3):
            with pytest.raises(StoreUnavailableError):
                store.add([row("ord_2", size=100_000)])
        assert "spans cannot be written" in str(await store.check())
        assert len(store.of_order("ord_1")) == 1
    store.add([row("ord_3")])
    assert await store.check() is None
    assert (len(store.of_order("ord_1")), store.of_order("ord_2")) == (1 + 1, [])
    said = capsys.readouterr().out
    assert (said.count("spans_not_written"), said.count("spans_written_again")) == (1, 1)


def test_a_file_that_somebody_has_removed_is_made_again(store: Store, tmp_path: Path) -> None:
    store.add([row("ord_1")])
    for path in tmp_path.iterdir():
        path.unlink()
    store.add([row("ord_2")])
    assert store.of_order("ord_2")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(SpanFiles(tmp_path / "file" / "data", MIB))
    with pytest.raises(StoreUnavailableError, match="Not a directory"):
        store.add([row()])


def spoil(path: Path) -> None:
    """Overwrite what a database and its log hold."""
    for one in path.parent.glob(f"{path.name}*"):
        if not one.name.endswith("-shm"):
            one.write_bytes(b"\xff" * max(8192, one.stat().st_size))


@contextmanager
def no_file_beyond(*, bytes_allowed: int) -> Iterator[None]:
    """No file of this process can grow beyond so many bytes, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_allowed, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
