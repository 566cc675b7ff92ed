"""A pytest plugin: a real Kafka and a real PostgreSQL for every test that asks, one of each per run."""

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from testkit.stores import choosing
from testkit.stores.looping import in_own_loop

OWN = {"settings", "system"}
"""Fixtures of those who start, break or configure stores of their own."""
QUICK_TO_START = "-XX:TieredStopAtLevel=1"
"""Brokers of tests live for minutes, and some are started again and again: the second compiler costs more
than it gains."""
NOTHING_TO_OUTLIVE = "-c fsync=off"
"""No data of a test is to survive a loss of power, and a disk that others keep busy must hold up no commit."""
OWN_STORES = "starts stores of its own, and those come as packages"


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the test run, whose stores end with it even if it is told to end."""
    if _conducts(config):
        choosing.kind()
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as after Ctrl-C
        os.environ.setdefault("ORDERSTREAM_KAFKA_JAVA_OPTIONS", QUICK_TO_START)
        os.environ.setdefault("ORDERSTREAM_POSTGRES_OPTIONS", NOTHING_TO_OUTLIVE)
        choosing.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    if _conducts(config):
        choosing.end()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, in containers, who has stores of its own."""
    if choosing.kind() == choosing.CONTAINERS:
        for item in items:
            needs_stores = any(
                item.get_closest_marker(name) for name in ("kafka", "postgres", "system")
            )
            if needs_stores and not OWN.isdisjoint(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.skip(reason=OWN_STORES))


@pytest.fixture(scope="session")
def kafka() -> str:
    """Return the address of a broker that has every topic of the system."""
    bootstrap: str = _settings_of("kafka").kafka_bootstrap
    return bootstrap


@pytest.fixture(scope="session")
def kafka_data() -> Path:
    """Return where that broker keeps its records, for who changes them behind its back."""
    if choosing.kind() == choosing.CONTAINERS:
        pytest.skip("what lies in a container is out of reach")
    platform = import_module("stack.kafka")
    folder: Path = platform.data_folder(_settings_of("kafka"), 1)
    return folder


@pytest.fixture
def spare_kafka() -> Iterator[str]:
    """Yield the address of another broker, which no other test uses meanwhile; what they published lies there."""
    with import_module("testkit.stores.spare").spare_kafka(choosing.folder()) as settings:
        yield settings.kafka_bootstrap


@pytest.fixture(scope="session")
def postgres() -> Callable[[], str]:
    """Call it for the address of a new, empty database with a role of its own."""
    settings = _settings_of("postgres")
    create_database = import_module("stack").create_database

    def create() -> str:
        address: str = in_own_loop(create_database(settings, f"test_{uuid.uuid4().hex[:16]}"))
        return address

    return create


@pytest.fixture(scope="session")
def postgres_port() -> int:
    """Return where that server listens."""
    port: int = _settings_of("postgres").postgres_port
    return port


def _settings_of(store: str) -> Any:
    return choosing.stores().settings_of(store, choosing.folder())


def _conducts(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")
