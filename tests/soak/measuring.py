"""What a soak measures of the system: memory by process, orders by status, records not consumed yet."""

import json
from collections.abc import Mapping

import asyncpg
from aiokafka.errors import KafkaError
from audit import CannotAuditError
from audit.auditing import FOLLOWED
from audit.broker import open_all, read_acknowledged
from e2e.shop import Shop
from orderstream.bench.costs import read_memory
from reading import read_ends

STATUSES = """
    SELECT json_object_agg(status, number)
    FROM (SELECT status, count(*) AS number FROM orders GROUP BY status) AS counted
"""
OPEN = "SELECT count(*) FROM orders WHERE final_at IS NULL"
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, CannotAuditError)
MEBIBYTE = 1024 * 1024


async def memory(shop: Shop) -> dict[str, int]:
    """Resident MiB of every process; pages that PostgreSQL's share count once."""
    return {name: held // MEBIBYTE for name, held in read_memory(shop.system).items()}


async def open_orders(shop: Shop) -> int | None:
    """How many orders have not ended; None while this cannot be read."""
    try:
        return int(await shop.books.ask("orders", OPEN))
    except AWAY:
        return None


async def statuses(shop: Shop) -> dict[str, int]:
    """How many orders stand where."""
    return dict(json.loads(await shop.books.ask("orders", STATUSES)))


async def lag(shop: Shop) -> int:
    """How many records no service that follows them has acknowledged."""
    bootstrap = shop.system.settings.kafka_bootstrap
    async with open_all(bootstrap) as consumer:
        ends = await read_ends(consumer)
    acknowledged: Mapping[tuple[str, str, int], int] = await read_acknowledged(bootstrap)
    return sum(
        max(0, end - max(0, acknowledged.get((service, place.topic, place.partition), 0)))
        for service, topic in FOLLOWED
        for place, end in ends.items()
        if place.topic == topic
    )
