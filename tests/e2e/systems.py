"""A whole system for the tests of one folder, and what is told of it when one of them fails."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from e2e.faults import unwell
from e2e.shelves import write_seed_file
from e2e.shop import Shop
from e2e.telling import restarts_of, tell
from e2e.waiting import until
from orderstream.platform import System, down, free_ports, load, up, wipe

CALL = pytest.StashKey[pytest.CallInfo[None]]()


@asynccontextmanager
async def own_system(session: pytest.Session, **chosen: object) -> AsyncIterator[System]:
    """A system with ports and a folder of its own; `chosen` are settings of it.

    If a test has failed, its data and logs stay.
    """
    folder = make_folder()
    settings = load(
        state_dir=folder / "state",
        seed_file=write_seed_file(folder / "seed.json"),
        start_seconds=180,  # a busy machine is no failure
        **free_ports(),
        **({"rate_limit_scale": 0} | chosen),
    )
    yield await up(settings)
    await down(settings.state_dir)
    if not session.testsfailed:
        await wipe(settings.state_dir)
        shutil.rmtree(folder)


@asynccontextmanager
async def for_one_test(shop: Shop, test: pytest.Item) -> AsyncIterator[Shop]:
    """The shop, with no orders of this test yet; when the test has failed, tells what it knows."""
    shop.placed.clear()
    before = restarts_of(shop.system)
    yield shop
    if has_failed(test):
        # pytest shows what a failed test's fixtures print.
        print(await tell(shop.system, shop.placed, before))  # noqa: T201  # as said above
    await until("every process runs", lambda: not unwell(shop.system))


def has_failed(test: pytest.Item) -> bool:
    """Whether a test has failed, or has not even come to its call."""
    call = test.stash.get(CALL, None)
    return call is None or call.excinfo is not None


def make_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="orderstream-e2e-"))
    folder.chmod(0o755)  # PostgreSQL's own user must get in
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Keep how a test went, so that its fixtures know."""
    if call.when == "call":
        item.stash[CALL] = call
    return (yield)
