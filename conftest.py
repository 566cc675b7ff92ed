"""A real Kafka and a real PostgreSQL for every test that asks: one of each per test run."""

import asyncio
import fcntl
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
from hypothesis import settings
from orderstream.platform import (
    System,
    create_database,
    find,
    free_ports,
    infrastructure,
    load,
    pick,
    up,
    wipe,
)

FOLDER = "ORDERSTREAM_TEST_FOLDER"
PREFIX = "orderstream-tests-"
STORES = ("kafka", "postgres")
T = TypeVar("T")

settings.register_profile("orderstream", deadline=None)  # a busy machine is no finding
settings.load_profile("orderstream")


def pytest_configure(config: pytest.Config) -> None:
    if _is_controller(config):
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as after Ctrl-C
        _wipe_abandoned()
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        folder.chmod(0o755)  # PostgreSQL's own user must get in
        os.environ[FOLDER] = str(folder)  # the workers of pytest-xdist inherit it


def pytest_unconfigure(config: pytest.Config) -> None:
    if _is_controller(config) and FOLDER in os.environ:
        _wipe(Path(os.environ.pop(FOLDER)))


@pytest.fixture(scope="session")
def kafka() -> str:
    """The address of a broker that has every topic of the system."""
    return _started("kafka").settings.kafka_bootstrap


@pytest.fixture(scope="session")
def postgres() -> Callable[[], str]:
    """Call it for the address of a new, empty database with a role of its own."""
    settings = _started("postgres").settings

    def create() -> str:
        return in_own_loop(create_database(settings, f"test_{uuid.uuid4().hex[:16]}"))

    return create


def in_own_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, whether or not the calling thread is inside of a loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _started(store: str) -> System:
    """Start the store unless another worker of this test run has done so."""
    state_dir = Path(os.environ[FOLDER]) / store
    with (state_dir.parent / f"{store}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        settings = load(state_dir=state_dir, **free_ports())
        return find(state_dir) or in_own_loop(up(settings, pick(infrastructure(settings), [store])))


def _wipe(folder: Path) -> None:
    for store in STORES:
        in_own_loop(wipe(folder / store))
    shutil.rmtree(folder, ignore_errors=True)


def _wipe_abandoned() -> None:
    """Stop what a test run that was killed has left running."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        mine = folder.stat().st_uid == os.getuid()
        if pid.isdecimal() and mine and not psutil.pid_exists(int(pid)):
            _wipe(folder)


def _is_controller(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")
