"""One whole system for the trials of this folder, and the tables of what came of them."""

import pickle
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from e2e.shop import Shop, open_shop
from e2e.systems import for_one_test, own_system, pytest_runtest_makereport
from faults.page import title, write
from faults.row import as_markdown
from faults.trial import trial as trial_of
from orderstream.platform import System

__all__ = ["pytest_runtest_makereport"]
TABLES = pytest.StashKey[dict[str, list[Any]]]()


@pytest.fixture(scope="session")
async def system(request: pytest.FixtureRequest) -> AsyncIterator[System]:
    """Two instances of every worker; the outside world takes long enough to be interrupted."""
    latencies = {
        "psp_latency_ms_min": 100,
        "psp_latency_ms_max": 300,
        "carrier_latency_ms_min": 50,
        "carrier_latency_ms_max": 150,
    }
    async with own_system(request.session, instances=2, **latencies) as system:
        yield system


@pytest.fixture(scope="session")
async def open_doors(system: System) -> AsyncIterator[Shop]:
    async with open_shop(system) as shop:
        yield shop


@pytest.fixture
async def shop(open_doors: Shop, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    async with for_one_test(open_doors, request.node) as shop:
        yield shop


@pytest.fixture
def table(request: pytest.FixtureRequest) -> list[Any]:
    """The rows of the file whose trial this is."""
    return request.config.stash[TABLES].setdefault(title(request.path), [])


@pytest.fixture
def trial(table: list[Any]) -> partial:
    """Begins a trial: `async with trial(shop, "what happens") as running`."""
    return partial(trial_of, table=table)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-table", action="store_true", help="put the tables into docs/faults.md"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TABLES] = {}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let whoever prints the tables have the rows of a part of the files."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tables"] = pickle.dumps(session.config.stash[TABLES])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the rows of one of several processes that share the files."""
    tables = getattr(node, "workeroutput", {}).get("tables")
    if tables is not None:  # a process that has crashed has none
        node.config.stash[TABLES].update(pickle.loads(tables))  # noqa: S301  # our own


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    measured = {name: rows for name, rows in sorted(config.stash[TABLES].items()) if rows}
    for name, rows in measured.items():
        terminalreporter.section(name)
        for line in as_markdown(rows):
            terminalreporter.write_line(line)
    if config.getoption("--write-table"):
        write(measured)
