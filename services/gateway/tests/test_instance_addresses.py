"""The addresses of a service's instances, from a setting or a file that is watched."""

from pathlib import Path

import pytest
from gateway.upstreams import addresses as addresses_module
from gateway.upstreams.addresses import Addresses
from gateway.upstreams.pool import Pool


def test_addresses_are_listed_in_a_setting() -> None:
    assert Addresses(" http://a:1/, http://b:2,,http://a:1").look() == ("http://a:1", "http://b:2")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files of addresses be read at every look."""
    monkeypatch.setattr(addresses_module, "LOOK_EVERY_S", -1)


@pytest.mark.usefixtures("at_once")
def test_a_file_of_addresses_is_read_whenever_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "orders"
    pool = Pool(Addresses(f"file:{file}"))
    assert not pool.instances
    file.write_text("http://a:1\nhttp://b:2\n")
    pool.refresh()
    first, second = pool.instances
    first.answered = 7
    file.write_text("http://a:1\nhttp://c:3\n")
    pool.refresh()
    assert [one.address for one in pool.instances] == ["http://a:1", "http://c:3"]
    assert next(iter(pool.instances)) is first
    assert second not in pool.instances


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff"])
def test_a_file_that_cannot_be_used_leaves_the_last_addresses(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "orders"
    file.write_text("http://a:1")
    addresses = Addresses(f"file:{file}")
    addresses.look()
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    assert addresses.look() == ("http://a:1",)
