"""A broker of one's own for `tests/architecture/test_starting.py`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orderstream.platform import Settings, free_ports, infrastructure, load, pick, up, wipe
from testkit.stores.looping import in_own_loop


@contextmanager
def own_kafka(folder: Path) -> Iterator[Settings]:
    """A broker that no other test uses, with every topic, for as long as the block lasts."""
    settings = load(state_dir=folder, **free_ports())
    try:
        in_own_loop(up(settings, pick(infrastructure(settings), ["kafka"])))
        yield settings
    finally:
        in_own_loop(wipe(folder))
