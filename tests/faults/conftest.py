"""The systems for the trials of this folder, and the tables of what came of them."""

import pickle
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from e2e.hooks import VERDICTS, has_failed, plug_in
from e2e.judging import judge
from e2e.one_test import for_one_test
from e2e.shop import Shop, open_shop
from e2e.systems import end
from faults.alarms import Look, fired, of_service, over, words
from faults.page import ALERTS, title, write
from faults.row import as_markdown, judged
from faults.systems import THREE, group_of, system_of
from faults.trial import trial as trial_of
from stack import System
from testkit.stores.looping import in_own_loop

TABLES = pytest.StashKey[dict[str, list[tuple[str, Any]]]]()
"""The rows by table, each with the test that it is of."""


@pytest.fixture(scope="module")
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """The system that this file is tried on; three brokers are stopped once no trial needs them."""
    group = group_of(request.path)
    found = system_of(group)
    yield found
    if group == THREE:
        verdict, charges = in_own_loop(judge(found))
        by_test = verdict.by_test(charges)
        request.config.stash[VERDICTS] |= by_test
        in_own_loop(end(found, keep=bool(request.session.testsfailed or by_test)))
        verdict.assert_clean()


@pytest.fixture(scope="module")
async def open_doors(system: System) -> AsyncIterator[Shop]:
    async with open_shop(system) as shop:
        yield shop


@pytest.fixture
async def shop(open_doors: Shop, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    async with for_one_test(open_doors, request.node) as shop:
        yield shop


@pytest.fixture
def table(request: pytest.FixtureRequest) -> Callable[[Any], None]:
    """Puts a row into the table of the file whose trial this is."""
    rows = request.config.stash[TABLES].setdefault(title(request.path), [])
    return lambda row: rows.append((request.node.nodeid, row))


@pytest.fixture
def trial(table: Callable[[Any], None]) -> partial:
    """Begins a trial: `async with trial(shop, "what happens") as running`."""
    return partial(trial_of, table=table)


@pytest.fixture
async def fires(
    shop: Shop, request: pytest.FixtureRequest
) -> AsyncIterator[Callable[[str, str | Look], Awaitable[None]]]:
    """Waits until a fault has fired an alert, `await fires("OutboxOld", "gateway")`; it ends with the trial."""
    rows = request.config.stash[TABLES].setdefault(ALERTS, [])
    seen: dict[str, Look] = {}

    async def wait(alert: str, told_by: str | Look) -> None:
        seen[alert] = of_service(shop, told_by) if isinstance(told_by, str) else told_by
        row = await fired(alert, seen[alert], words(request.node.name))
        rows.append((request.node.nodeid, row))

    yield wait
    if not has_failed(request.node):
        for alert, look in seen.items():
            await over(alert, look)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-table", action="store_true", help="put the tables into docs/faults.md"
    )


def pytest_configure(config: pytest.Config) -> None:
    plug_in(config)
    config.stash[TABLES] = {}


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each of the two systems has a process of its own for all that is tried on it."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group(group_of(item.path)), append=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let whoever prints the tables have the rows of a part of the files."""
    if hasattr(session.config, "workeroutput"):
        collected = session.config.stash[TABLES], session.config.stash[VERDICTS]
        session.config.workeroutput["trials"] = pickle.dumps(collected)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the rows of one of several processes that share the files."""
    collected = getattr(node, "workeroutput", {}).get("trials")
    if collected is not None:  # a process that has crashed has none
        tables, verdicts = pickle.loads(collected)  # noqa: S301  # our own
        node.config.stash[VERDICTS] |= verdicts
        for name, rows in tables.items():
            node.config.stash[TABLES].setdefault(name, []).extend(rows)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    verdicts = config.stash[VERDICTS]
    measured = {
        name: [judged(row, verdicts.get(test)) for test, row in rows]
        for name, rows in sorted(config.stash[TABLES].items())
        if rows  # a first trial that fails has none
    }
    for name, rows in measured.items():
        terminalreporter.section(name)
        for line in as_markdown(rows):
            terminalreporter.write_line(line)
    if config.getoption("--write-table"):
        write(measured)
