"""A store is started once for all workers of a test run, whether or not that succeeds."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from stack import Settings, find, free_ports, infrastructure, load, pick, up

from testkit.stores.looping import in_own_loop


def started_once(state_dir: Path, store: str) -> Settings:
    """Start a store that has this folder, unless another worker has done so, or has failed to."""
    with locked(state_dir.with_suffix(".lock")):
        running = find(state_dir)
        if running:
            return running.settings
        with one_failure(state_dir.with_suffix(".failed"), state_dir.name):
            settings = load(state_dir=state_dir, **free_ports())
            return in_own_loop(up(settings, pick(infrastructure(settings), [store]))).settings


@contextmanager
def one_failure(record: Path, what: str) -> Iterator[None]:
    """Report the first failure in any worker, and skip all others with a word on where."""
    if record.exists():
        pytest.skip(f"{what} did not start: its cause is shown at {record.read_text()}")
    try:
        yield
    except BaseException:
        record.write_text(os.environ.get("PYTEST_CURRENT_TEST", "").partition(" (")[0])
        raise


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep all other processes of the test run out that ask for the same file."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
