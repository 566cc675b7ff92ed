"""Kafka and PostgreSQL from packages: each is started by the first test that asks for it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orderstream.platform import Settings, find, free_ports, infrastructure, load, pick, up, wipe
from stores.looping import in_own_loop

STORES = ("kafka", "postgres")


def begin(folder: Path) -> None:
    """Nothing runs yet; PostgreSQL's own user must get into the folder."""
    folder.chmod(0o755)


def settings_of(store: str, folder: Path) -> Settings:
    """Start the store unless another worker of this test run has done so."""
    state_dir = folder / store
    with (folder / f"{store}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        settings = load(state_dir=state_dir, **free_ports())
        started = find(state_dir) or in_own_loop(
            up(settings, pick(infrastructure(settings), [store]))
        )
    return started.settings


def end(folder: Path) -> None:
    """Stop what was started."""
    for store in STORES:
        in_own_loop(wipe(folder / store))


@contextmanager
def own_kafka(folder: Path) -> Iterator[Settings]:
    """A broker that no other test uses, with every topic, for as long as the block lasts."""
    settings = load(state_dir=folder, **free_ports())
    try:
        in_own_loop(up(settings, pick(infrastructure(settings), ["kafka"])))
        yield settings
    finally:
        in_own_loop(wipe(folder))
