"""A second broker for tests that no other may disturb, used by one of them at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack import Settings, wipe

from testkit.stores.looping import in_own_loop
from testkit.stores.starting import locked, started_once

NAME = "spare"


@contextmanager
def spare_kafka(folder: Path) -> Iterator[Settings]:
    """Have it for oneself, with every topic, for as long as the block lasts; others wait."""
    with locked(folder / f"{NAME}.turn"):
        yield started_once(folder / NAME, "kafka")


def end(folder: Path) -> None:
    """Stop it."""
    in_own_loop(wipe(folder / NAME))
