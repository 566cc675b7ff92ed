"""One of three instances behind the gateway fails while orders are read: what customers see of it."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from e2e.faults import kill, ready, standing_still
from e2e.shop import Shop
from faults.reading import ReadRow, reads_of
from stack import Supervisor, running, scale
from testkit.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.alone]
API, VICTIM, INSTANCES = "order-api", "order-api-2", 3
LASTS_S = 5
STANDS_S, RUNS_S = 0.4, 0.05
"""How long a slow instance stands still, and runs in between."""
RETRIES = re.compile(r'upstream_retries_total\{(?=.*"order-api")(?=.*"tried").*\} (\S+)')


@pytest.fixture(scope="module")
async def three(open_doors: Shop) -> AsyncIterator[None]:
    """Three instances of the order API, for the trials of this file."""
    state_dir = open_doors.system.settings.state_dir
    await scale(state_dir, API, INSTANCES)
    yield
    await scale(state_dir, API, 1)


@asynccontextmanager
async def watched(shop: Shop, fault: str, table: Callable[[Any], None]) -> AsyncIterator[None]:
    """Reads of an order around a fault: not one of them may fail."""
    order_id = await shop.place()
    await shop.all_ended([order_id])
    before = await sent_again(shop)
    async with reads_of(shop, order_id) as reads:
        await until("orders are read", lambda: len(reads.took_ms) >= 10)
        yield
    row: ReadRow = reads.row(fault, await sent_again(shop) - before)
    table(row)
    assert reads.failures == []
    await until("all are in again", lambda: all_in(shop))


async def sent_again(shop: Shop) -> int:
    metrics = await shop.http.get(f"{shop.system.url('gateway')}/metrics")
    found = RETRIES.search(metrics.text)
    assert found is not None
    return int(float(found[1]))


async def all_in(shop: Shop) -> bool:
    """Whether the gateway knows all three instances, and sends requests to each."""
    return await found_of(shop) == "ok"


async def found_of(shop: Shop) -> str:
    answer = await shop.http.get(f"{shop.system.url('gateway')}/readyz")
    return str(answer.json()["checks"][API])


def pid_of(shop: Shop) -> int:
    states = Supervisor(running(shop.system.settings.state_dir).folders).states()
    pid = states[VICTIM].pid
    assert pid is not None
    return pid


@asynccontextmanager
async def listed_too(shop: Shop, answer: bytes) -> AsyncIterator[str]:
    """One more instance, that is ready by its own words and answers everything else like this."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            while await reader.readline() != b"\r\n":
                pass
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" if b"/readyz" in line else answer
            )
        writer.close()

    listing = shop.system.folders.listing("order_api_port")
    before = listing.read_text()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        listing.write_text(f"{before}{address}\n")
        try:
            yield address
        finally:
            listing.write_text(before)


@pytest.mark.usefixtures("three")
async def test_an_instance_is_killed(shop: Shop, table: Callable[[Any], None]) -> None:
    async with watched(shop, "kill -9 of one of three", table):
        await kill(running(shop.system.settings.state_dir), VICTIM)
        await ready(running(shop.system.settings.state_dir), VICTIM)


@pytest.mark.usefixtures("three")
async def test_an_instance_hangs(shop: Shop, table: Callable[[Any], None]) -> None:
    async with watched(shop, "one of three hangs", table):
        with standing_still(pid_of(shop)):
            await until("it is out", lambda: is_out(shop))
            await asyncio.sleep(LASTS_S)


@pytest.mark.usefixtures("three")
async def test_an_instance_is_slow(shop: Shop, table: Callable[[Any], None]) -> None:
    pid = pid_of(shop)
    async with watched(shop, "one of three stands still eight ninths of the time", table):
        for _ in range(round(LASTS_S / (STANDS_S + RUNS_S))):
            with standing_still(pid):
                await asyncio.sleep(STANDS_S)
            await asyncio.sleep(RUNS_S)


@pytest.mark.usefixtures("three")
async def test_an_instance_answers_500(shop: Shop, table: Callable[[Any], None]) -> None:
    async with watched(shop, "one of four answers 500 and says that it is ready", table):
        answer = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"
        async with listed_too(shop, answer) as address:
            await until("it is out", lambda: is_out(shop, address))
            await asyncio.sleep(LASTS_S)


@pytest.mark.usefixtures("three")
async def test_instances_come_and_go(shop: Shop, table: Callable[[Any], None]) -> None:
    state_dir = shop.system.settings.state_dir
    async with watched(shop, "two of three leave in order, and two come", table):
        await scale(state_dir, API, 1)
        await scale(state_dir, API, INSTANCES)


async def is_out(shop: Shop, address: str = "") -> bool:
    found = await found_of(shop)
    return " out: " in found and address in found
