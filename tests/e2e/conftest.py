"""One whole system for all tests of this folder: real processes, real Kafka and PostgreSQL.

It is native unless ORDERSTREAM_E2E=compose: then it is a compose project, for the stories alone.
"""

import os
from collections.abc import AsyncIterator
from subprocess import CalledProcessError

import pytest
from e2e.composing import Project, composed, error_of, in_containers, no_engine
from e2e.hooks import PROJECT, plug_in
from e2e.one_test import for_one_test
from e2e.shelves import own_products
from e2e.shop import Shop, open_shop
from e2e.systems import shared_system
from stack import System

MISSING = "ORDERSTREAM_E2E_MISSING"
AT_ONCE = {"psp_latency_ms_max": 0, "carrier_latency_ms_max": 0}


def pytest_configure(config: pytest.Config) -> None:
    plug_in(config)
    try:
        wanted = in_containers() and not hasattr(config, "workerinput")
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    if not wanted:
        return
    if missing := no_engine():
        os.environ[MISSING] = missing  # the workers of pytest-xdist inherit it
    else:
        config.stash[PROJECT] = Project()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    if project := session.config.stash.get(PROJECT, None):
        print("Building and starting the containers: minutes the first time ...", flush=True)  # noqa: T201
        try:
            project.start()
        except BaseException as error:
            logs = project.keep_logs()
            project.remove(keep_folder=True)
            if not isinstance(error, CalledProcessError):
                raise
            words = f"The containers do not start: {error_of(error)}\nWhat they say: {logs}"
            pytest.exit(words, returncode=pytest.ExitCode.TESTS_FAILED)


@pytest.fixture(scope="session")
def system() -> System:
    """Natively two instances of every worker; the payment provider and the carrier answer at once."""
    if in_containers():
        if missing := os.environ.get(MISSING):
            pytest.skip(f"not tried in containers: {missing}")
        return composed()
    return shared_system("the shop of the stories", **AT_ONCE)


@pytest.fixture(scope="session")
async def open_doors(system: System) -> AsyncIterator[Shop]:
    async with open_shop(system, own_products()) as shop:
        yield shop


@pytest.fixture
async def shop(open_doors: Shop, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    async with for_one_test(open_doors, request.node) as shop:
        yield shop
