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
from e2e.waiting import until
from orderstream.platform import System, down, free_ports, load, up, wipe

CALL = pytest.StashKey[pytest.CallInfo[None]]()


@pytest.fixture(scope="session")
async def system(request: pytest.FixtureRequest) -> AsyncIterator[System]:
    """Two instances of every worker; the payment provider and the carrier answer at once.

    If a test has failed, its data and logs stay.
    """
    folder = make_folder()
    settings = load(
        state_dir=folder / "state",
        seed_file=write_seed_file(folder / "seed.json"),
        instances=2,
        start_seconds=180,  # a busy machine is no failure
        psp_latency_ms_max=0,
        carrier_latency_ms_max=0,
        **free_ports(),
    )
    yield await up(settings)
    await down(settings.state_dir)
    if not request.session.testsfailed:
        await wipe(settings.state_dir)
        shutil.rmtree(folder)


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
    if call is None or call.excinfo is not None:
        # pytest shows what a failed test's fixtures print.
        print(await tell(system, open_doors.placed, before))  # noqa: T201  # as said above
    await until("every process runs", lambda: not unwell(system), seconds=20)


def make_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="orderstream-e2e-"))
    folder.chmod(0o755)  # PostgreSQL's own user must get in
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    if call.when == "call":
        item.stash[CALL] = call
    return (yield)
