"""What the processes count of their own work, and PostgreSQL of theirs: for figures an order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import asyncpg
from client.http import open_http
from stack import DATABASES, System, connect

from orderstream.metrics.judging import Sample
from orderstream.metrics.reading import read_all

COUNTERS = {
    "orderstream_batch_records_count": "batches",
    "orderstream_batch_records_sum": "facts",
    "orderstream_publish_seconds_count": "publishes",
    "orderstream_published_total": "records",
    "orderstream_command_seconds_count": "calls",
    "orderstream_gateway_requests_total": "requests",
    "simulator_requests_total": "requests",
}
"""Counters of the processes, with what they are called here."""
COMMITS = (
    "SELECT datname, xact_commit + xact_rollback FROM pg_stat_database WHERE datname = ANY($1)"
)
SCANNED = "SELECT relname, seq_tup_read FROM pg_stat_user_tables"
POSTGRES, TRANSACTIONS, SCANS = "postgres", "transactions", "rows scanned"

Counts = dict[str, dict[str, float]]
"""Numbers by process and by what was counted."""


async def read_counts(system: System, connection: asyncpg.Connection) -> Counts:
    """Read what every process has counted so far, and what PostgreSQL has of their statements.

    Rows are scanned where a statement reads a whole table: that grows with the shop.
    """
    async with open_http() as http:
        counts = sum_up(await read_all(http, system.processes))
    rows = await connection.fetch(COMMITS, list(DATABASES.values()))
    scanned = await read_scans(system)
    counts[POSTGRES] = {
        TRANSACTIONS: float(sum(number for _, number in rows)),
        SCANS: float(sum(scanned.values())),
    }
    return counts


async def read_scans(system: System) -> dict[str, int]:
    """Read how many rows were read by going through whole tables, by database and table."""
    found: dict[str, int] = {}
    for database in DATABASES.values():
        connection = await connect(system.settings, database)
        try:
            rows = await connection.fetch(SCANNED)
        finally:
            await connection.close()
        found |= {f"{database}.{table}": number for table, number in rows}
    return found


def sum_up(samples: Iterable[Sample]) -> Counts:
    """Sum up the counters by process; instances of one process count together."""
    counts: Counts = defaultdict(lambda: defaultdict(float))
    for sample in samples:
        if sample.name in COUNTERS:
            counts[sample.labels["service"]][COUNTERS[sample.name]] += sample.value
    return {name: dict(numbers) for name, numbers in counts.items()}


def counted_per_order(before: Counts, after: Counts, orders: int) -> Mapping[str, dict[str, float]]:
    """Give what was counted between two readings for each order, by process."""
    return {
        name: {
            what: (number - before.get(name, {}).get(what, 0.0)) / orders
            for what, number in numbers.items()
        }
        for name, numbers in after.items()
        if orders
    }
