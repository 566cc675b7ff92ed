"""Lines that are neither there nor gone: packets vanish, connections stand and carry nothing.

Every process that has orders to do with goes to PostgreSQL and to Kafka through a door of its own store,
all of them at once. Each must be well again by itself, in bounded time, whatever it was at.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from e2e.faults import replaced, stopped
from e2e.shop import Shop
from stack import System
from testkit.doors import Door, door_before
from testkit.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.alone]
LED = str(Path(__file__).parents[1] / "e2e" / "led")
WORKERS = ("order", "payment", "inventory", "shipping", "notifier", "analytics")
APIS = ("order-api", "inventory-api", "payment-api", "notifier-api", "gateway")
KINDS = (*(f"{service}-worker" for service in WORKERS), *APIS)
BACK_WITHIN_S = 20
ASKED_S = 5
SLACK = float(os.environ.get("ORDERSTREAM_TEST_SLACK", "3"))
"""The machine may be busy with other things; a worker that consumes nothing for 83 s is found out all the same."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The doors before both stores."""

    postgres: Door
    kafka: Door


@dataclass(frozen=True, slots=True)
class Store:
    """What is tried on a store: for so long its packets are dropped."""

    name: str
    door_of: Callable[[Lines], Door]
    dropped_s: int


STORES = (
    # Longer than the client's patience with any answer; packets that were held back come late.
    Store("PostgreSQL", lambda lines: lines.postgres, dropped_s=25),
    # Longer than a group waits for a sign of life, and than a client for an answer.
    Store("Kafka", lambda lines: lines.kafka, dropped_s=12),
)


@pytest.fixture(scope="module")
async def lines(open_doors: Shop) -> AsyncIterator[Lines]:
    """Each kind of process once, led to the stores through doors, for the trials of this file."""
    system = open_doors.system
    settings = system.settings
    async with AsyncExitStack() as stack:
        lines = Lines(
            await stack.enter_async_context(door_before("127.0.0.1", settings.postgres_port)),
            await stack.enter_async_context(door_before("127.0.0.1", settings.kafka_port)),
        )
        await stack.enter_async_context(
            stopped(system, *(f"{service}-worker-2" for service in WORKERS))
        )
        led = {kind: _led(system, kind, lines) for kind in KINDS}
        await stack.enter_async_context(replaced(system, led))
        yield lines


def _led(system: System, kind: str, lines: Lines) -> Mapping[str, str]:
    port, door = system.settings.kafka_port, lines.kafka.port
    variables = {"PYTHONPATH": LED, "LED": f"{port}={door}", "KAFKA_BOOTSTRAP": f"127.0.0.1:{door}"}
    database = system.process(kind).environment.get("DATABASE_URL")
    if database is not None:
        url = urlsplit(database)
        variables["DATABASE_URL"] = url._replace(
            netloc=f"{url.username}@127.0.0.1:{lines.postgres.port}"
        ).geturl()
    return variables


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.name)
async def test_a_store_drops_every_packet_for_a_while(
    shop: Shop, trial, lines: Lines, store: Store
) -> None:
    fault = f"{store.name} drops every packet for {store.dropped_s} s"
    door = store.door_of(lines)
    async with trial(shop, fault) as running:
        async with running.fault():
            door.freeze()
            await asyncio.sleep(store.dropped_s)
            door.thaw()
        running.found = await back(shop)


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.name)
async def test_every_connection_to_a_store_becomes_a_black_hole(
    shop: Shop, trial, lines: Lines, store: Store
) -> None:
    fault = f"every connection to {store.name} dies without a word"
    async with trial(shop, fault) as running, running.fault():
        store.door_of(lines).swallow()
    assert time.monotonic() - running.over_at < SLACK * BACK_WITHIN_S
    await back(shop)


async def back(shop: Shop) -> str:
    """Wait until every process is well; say how long that took, and whom it took longest."""
    began = time.monotonic()
    took: dict[str, float] = {}
    lacks: dict[str, str] = {}

    async def all_are_well() -> bool:
        found = await asyncio.gather(*(lack(shop, kind) for kind in KINDS))
        lacks.clear()
        lacks.update({kind: one for kind, one in zip(KINDS, found, strict=True) if one})
        for kind in KINDS:
            if kind in lacks:
                took.pop(kind, None)
            else:
                took.setdefault(kind, time.monotonic() - began)
        return not lacks

    try:
        await until("every process is well", all_are_well, seconds=SLACK * BACK_WITHIN_S)
    except AssertionError as error:
        raise AssertionError(f"{error}: {lacks}") from None
    slowest = max(took, key=lambda kind: took[kind])
    return f"; all processes well after {took[slowest]:.0f} s, the last {slowest}"


async def lack(shop: Shop, kind: str) -> str:
    """What a process says that is wrong with it, or with anybody but those who are stopped here."""
    try:
        answer = await shop.http.get(f"{shop.system.url(kind)}/readyz", timeout=ASKED_S)
    except httpx.TransportError as error:
        return repr(error)
    document = answer.json()
    if answer.is_success and all(one.endswith("-worker-2") for one in document["degraded"]):
        return ""
    return f"{answer.status_code} {document}"
