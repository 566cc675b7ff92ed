"""A real Kafka and a real PostgreSQL for every test that asks: one of each per test run.

They come as packages, or with ORDERSTREAM_TEST_STORES=containers in containers.
"""

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import psutil
import pytest
from hypothesis import settings
from orderstream.platform import Settings, create_database
from stores.looping import in_own_loop

FOLDER = "ORDERSTREAM_TEST_FOLDER"
STORES = "ORDERSTREAM_TEST_STORES"
KINDS = ("embedded", "containers")
PREFIX = "orderstream-tests-"
OWN = {"settings", "system"}
"""Fixtures of those who start, break or configure stores of their own."""
OWN_STORES = "starts stores of its own, and those come as packages"

settings.register_profile("orderstream", deadline=None)  # a busy machine is no finding
settings.load_profile("orderstream")


def pytest_configure(config: pytest.Config) -> None:
    if _is_controller(config):
        if _kind() not in KINDS:
            raise pytest.UsageError(f"{STORES}={_kind()!r}: expected {' or '.join(KINDS)}")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as after Ctrl-C
        _wipe_abandoned()
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{_kind()}-{os.getpid()}-"))
        os.environ[FOLDER] = str(folder)  # the workers of pytest-xdist inherit it
        try:
            _stores(_kind()).begin(folder)
        except BaseException:
            _wipe(folder)
            raise


def pytest_unconfigure(config: pytest.Config) -> None:
    if _is_controller(config) and FOLDER in os.environ:
        _wipe(Path(os.environ.pop(FOLDER)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In containers there are only the stores that all share."""
    if _kind() == "containers":
        for item in items:
            needs_stores = any(
                item.get_closest_marker(name) for name in ("kafka", "postgres", "system")
            )
            if needs_stores and not OWN.isdisjoint(item.fixturenames):
                item.add_marker(pytest.mark.skip(reason=OWN_STORES))


@pytest.fixture(scope="session")
def kafka() -> str:
    """The address of a broker that has every topic of the system."""
    return _started("kafka").kafka_bootstrap


@pytest.fixture(scope="session")
def postgres() -> Callable[[], str]:
    """Call it for the address of a new, empty database with a role of its own."""
    settings = _started("postgres")

    def create() -> str:
        return in_own_loop(create_database(settings, f"test_{uuid.uuid4().hex[:16]}"))

    return create


@pytest.fixture(scope="session")
def postgres_port() -> int:
    """Where that server listens."""
    return _started("postgres").postgres_port


def _started(store: str) -> Settings:
    return _stores(_kind()).settings_of(store, Path(os.environ[FOLDER]))


def _kind() -> str:
    return os.environ.get(STORES) or KINDS[0]


def _stores(kind: str) -> ModuleType:
    """Only what is asked for is imported: embedded stores need no Docker."""
    return import_module(f"stores.{kind}")


def _wipe(folder: Path) -> None:
    kind = folder.name.removeprefix(PREFIX).partition("-")[0]
    _stores(kind).end(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _wipe_abandoned() -> None:
    """Stop what a test run that was killed has left running."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*-*"):
        pid = folder.name.removeprefix(PREFIX).split("-")[1]
        mine = folder.stat().st_uid == os.getuid()
        if pid.isdecimal() and mine and not psutil.pid_exists(int(pid)):
            _wipe(folder)


def _is_controller(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")
