"""One whole system for all tests of this folder: real processes, real Kafka and PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
from e2e.shop import Shop, open_shop
from e2e.systems import for_one_test, own_system, pytest_runtest_makereport
from orderstream.platform import System

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture(scope="session")
async def system(request: pytest.FixtureRequest) -> AsyncIterator[System]:
    """Two instances of every worker; the payment provider and the carrier answer at once."""
    at_once = {"psp_latency_ms_max": 0, "carrier_latency_ms_max": 0}
    async with own_system(request.session, instances=2, **at_once) as system:
        yield system


@pytest.fixture(scope="session")
async def open_doors(system: System) -> AsyncIterator[Shop]:
    async with open_shop(system) as shop:
        yield shop


@pytest.fixture
async def shop(open_doors: Shop, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    async with for_one_test(open_doors, request.node) as shop:
        yield shop
