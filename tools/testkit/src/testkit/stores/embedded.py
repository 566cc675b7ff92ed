"""Kafka and PostgreSQL from packages: each is started by the first test that asks for it."""

from pathlib import Path

from stack import Settings, down, wipe

from testkit.stores.looping import in_own_loop
from testkit.stores.starting import started_once

STORES = ("kafka", "postgres")
SYSTEM = ".system"
"""How the record of a whole system ends that a test has started; it says where its state is."""


def settings_of(store: str, folder: Path) -> Settings:
    """Start the store unless another worker of this test run has done so."""
    return started_once(folder / store, store)


def end(folder: Path) -> None:
    """Stop what was started; a whole system that still runs keeps its data and logs."""
    for store in STORES:
        in_own_loop(wipe(folder / store))
    for record in folder.glob(f"*{SYSTEM}"):
        in_own_loop(down(Path(record.read_text())))
