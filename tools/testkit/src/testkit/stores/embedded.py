"""Kafka and PostgreSQL from packages: each is started by the first test that asks for it."""

from pathlib import Path

from orderstream.platform import Settings, wipe

from testkit.stores.looping import in_own_loop
from testkit.stores.starting import started_once

STORES = ("kafka", "postgres")


def settings_of(store: str, folder: Path) -> Settings:
    """Start the store unless another worker of this test run has done so."""
    return started_once(folder / store, store)


def end(folder: Path) -> None:
    """Stop what was started."""
    for store in STORES:
        in_own_loop(wipe(folder / store))
