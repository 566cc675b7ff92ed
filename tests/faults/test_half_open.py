"""Lines that are neither there nor gone: packets vanish, connections stand and carry nothing.

Every process that has orders to do with goes to PostgreSQL and to Kafka through a door of its own store,
all of them at once. Each must be well again by itself, in bounded time, whatever it was at.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from e2e.faults import replaced, stopped
from e2e.shop import Shop
from orderstream.health import DEGRADED, READY, health
from orderstream.platform import System
from testkit.doors import Door, door_before
from testkit.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.alone]
LED = str(Path(__file__).parents[1] / "e2e" / "led")
WORKERS = ("order", "payment", "inventory", "shipping", "notifier", "analytics")
APIS = ("order-api", "inventory-api", "payment-api", "notifier-api", "gateway")
DROPPED_S = 25
"""Longer than the client's patience with any answer; packets that were held back come late."""
KAFKA_DROPPED_S = 12
"""Longer than a group waits for a sign of life, and than a client for an answer."""
BACK_WITHIN_S = 20
SLACK = float(os.environ.get("ORDERSTREAM_TEST_SLACK", "3"))
"""The machine may be busy with other things; a worker that is deaf for 83 s is found out all the same."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The doors before both stores."""

    postgres: Door
    kafka: Door


@pytest.fixture(scope="module")
async def lines(open_doors: Shop) -> AsyncIterator[Lines]:
    """Each kind of process once, led to the stores through doors, for the trials of this file."""
    system = open_doors.system
    settings = system.settings
    kinds = [*(f"{service}-worker" for service in WORKERS), *APIS]
    async with AsyncExitStack() as stack:
        lines = Lines(
            await stack.enter_async_context(door_before("127.0.0.1", settings.postgres_port)),
            await stack.enter_async_context(door_before("127.0.0.1", settings.kafka_port)),
        )
        await stack.enter_async_context(
            stopped(system, *(f"{service}-worker-2" for service in WORKERS))
        )
        led = {kind: _led(system, kind, lines) for kind in kinds}
        await stack.enter_async_context(replaced(system, led))
        yield lines


def _led(system: System, kind: str, lines: Lines) -> Mapping[str, str]:
    port, door = system.settings.kafka_port, lines.kafka.port
    told = {"PYTHONPATH": LED, "LED": f"{port}={door}", "KAFKA_BOOTSTRAP": f"127.0.0.1:{door}"}
    database = system.process(kind).environment.get("DATABASE_URL")
    if database is not None:
        url = urlsplit(database)
        told["DATABASE_URL"] = url._replace(
            netloc=f"{url.username}@127.0.0.1:{lines.postgres.port}"
        ).geturl()
    return told


async def test_postgres_drops_every_packet_for_a_while(shop: Shop, trial, lines: Lines) -> None:
    fault = f"PostgreSQL drops every packet for {DROPPED_S} s"
    async with trial(shop, fault, per_second=4) as running:
        async with running.fault():
            lines.postgres.freeze()
            await asyncio.sleep(DROPPED_S)
            lines.postgres.thaw()
        running.found = await back(shop)


async def test_every_connection_to_postgres_becomes_a_black_hole(
    shop: Shop, trial, lines: Lines
) -> None:
    async with trial(shop, "every connection to PostgreSQL dies without a word") as running:
        async with running.fault():
            lines.postgres.swallow()
        running.found = await back(shop)


async def test_kafka_drops_every_packet_for_a_while(shop: Shop, trial, lines: Lines) -> None:
    fault = f"Kafka drops every packet for {KAFKA_DROPPED_S} s"
    async with trial(shop, fault, per_second=6) as running:
        async with running.fault():
            lines.kafka.freeze()
            await asyncio.sleep(KAFKA_DROPPED_S)
            lines.kafka.thaw()
        running.found = await back(shop)


async def test_every_connection_to_kafka_becomes_a_black_hole(
    shop: Shop, trial, lines: Lines
) -> None:
    async with trial(shop, "every connection to Kafka dies without a word") as running:
        async with running.fault():
            lines.kafka.swallow()
        running.found = await back(shop)


async def back(shop: Shop) -> str:
    """Wait until every process is well and its topics are followed; say how long that took."""
    began = time.monotonic()
    took: dict[str, float] = {}

    async def all_are_well() -> bool:
        answers = await health(shop.system)
        for name in filter(lambda name: not _stands_by(name), answers):
            if _is_well(answers[name]):
                took.setdefault(name, time.monotonic() - began)
            else:
                took.pop(name, None)
        return all(_is_well(answer) for name, answer in answers.items() if not _stands_by(name))

    await until("every process is well", all_are_well, seconds=SLACK * BACK_WITHIN_S)
    slowest = max(took, key=lambda name: took[name])
    return f"; all processes well after {max(took.values()):.0f} s, the last {slowest}"


def _is_well(answer: str) -> bool:
    """Whether a process is ready, and misses nobody but those who are stopped here."""
    what, _, missing = answer.partition(": ")
    return what == READY or (what == DEGRADED and all(map(_stands_by, missing.split(", "))))


def _stands_by(name: str) -> bool:
    return name.endswith("-worker-2")
