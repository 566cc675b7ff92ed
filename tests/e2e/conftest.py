"""One whole system for all tests of this folder: real processes, real Kafka and PostgreSQL."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from e2e.faults import unwell
from e2e.shelves import write_seed_file
from e2e.shop import Shop, open_shop
from e2e.telling import restarts_of, tell
from orderstream.platform import System, down, free_ports, load, up

CALL = pytest.StashKey[pytest.CallInfo[None]]()


@pytest.fixture(scope="session")
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Where the system lives; it is kept, with its logs, if a test has failed."""
    folder = Path(tempfile.mkdtemp(prefix="orderstream-e2e-"))
    folder.chmod(0o755)  # PostgreSQL's own user must get in
    yield folder
    if not request.session.testsfailed:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def system(folder: Path) -> AsyncIterator[System]:
    """Two instances of every worker; the payment provider and the carrier answer at once."""
    settings = load(
        state_dir=folder / "state",
        seed_file=write_seed_file(folder / "seed.json"),
        instances=2,
        psp_latency_ms_max=0,
        carrier_latency_ms_max=0,
        **free_ports(),
    )
    yield await up(settings)
    await down(settings.state_dir)


@pytest.fixture(scope="session")
async def open_doors(system: System) -> AsyncIterator[Shop]:
    async with open_shop(system) as shop:
        yield shop


@pytest.fixture
async def shop(
    open_doors: Shop, system: System, request: pytest.FixtureRequest
) -> AsyncIterator[Shop]:
    """The shop, with no orders of this test yet; when the test has failed, tells what it knows."""
    open_doors.placed.clear()
    before = restarts_of(system)
    yield open_doors
    call = request.node.stash.get(CALL, None)
    failed = call is None or call.excinfo is not None
    if failed or unwell(system):
        # pytest shows what a failed test's fixtures print.
        print(await tell(system, open_doors.placed, before))  # noqa: T201  # as said above
    assert not unwell(system), "a process does not run any more"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    if call.when == "call":
        item.stash[CALL] = call
    return (yield)
