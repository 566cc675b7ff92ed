"""Fills the databases with ended orders, so that an order is measured in a shop that is not new.

Every row is a copy of what the services wrote about one real order, with an id and times of its own:
so it has the columns and the size of real ones, whatever they are. Topics, and the books of the world
outside, hold nothing of these orders; an audit `since` a later moment leaves them out.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
from stack import DATABASES, Steps, System, connect

AT_ONCE = 20_000
"""Orders a statement: none takes longer than a connection waits for."""
WITHIN = timedelta(hours=20)
"""The time that the orders are spread over: nothing of them is old enough to be purged."""
CUSTOMERS = 10_000

TABLES = """
    SELECT table_name, column_name, data_type FROM information_schema.columns AS one
    WHERE table_schema = 'public' AND is_identity = 'NO'
      AND (table_name = 'inbox' OR EXISTS (
          SELECT 1 FROM information_schema.columns AS id
          WHERE id.table_name = one.table_name AND id.column_name = 'order_id'))
    ORDER BY table_name, ordinal_position
"""
# A UUIDv7 without hyphens: when it was made, and what a text that makes it unique is hashed to. Not a
# function, which would be called for every row.
ID = "{made} || substr(overlay(overlay(md5({what}) placing '7' from 13) placing '8' from 17), 13)"
COPY = """
    WITH copied AS MATERIALIZED (
        SELECT *, row_number() OVER () AS copied_row FROM {table} WHERE {of_the_order}
    ), shifted AS (
        SELECT number, $2::timestamptz - interval '1 minute' - $3::interval * ($4 - number) / $4 AS at
        FROM generate_series($5::bigint, $6::bigint) AS number
    ), stamped AS (
        SELECT *, lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS made FROM shifted
    ), placed AS MATERIALIZED (
        SELECT number, made, at - $8::timestamptz AS shift, 'ord_' || {order_id} AS order_id,
               'cus_before_' || number % {customers} AS customer_id
        FROM stamped
    )
    INSERT INTO {table} ({columns})
    SELECT {values} FROM placed CROSS JOIN copied AS c
    WHERE $1 <> $7 ORDER BY placed.number
"""
SOLD = """
    UPDATE products SET initial = initial + sold.units * $2, shipped = shipped + sold.units * $2
    FROM (SELECT line ->> 'sku' AS sku, sum((line ->> 'quantity')::int)::int AS units
          FROM reservations, jsonb_array_elements(lines) AS line WHERE order_id = $1 GROUP BY 1) AS sold
    WHERE products.sku = sold.sku
"""
FIND_CUSTOMER = "SELECT customer_id FROM accepted_orders WHERE order_id = $1"


@dataclass(frozen=True, slots=True)
class Original:
    """An order to be copied `count` times; it had ended at that moment, its copies before another."""

    order_id: str
    customer_id: str
    ended: datetime
    before: datetime
    count: int


async def fill(system: System, order_id: str, before: datetime, count: int, steps: Steps) -> None:
    """Copy what there is of an ended order `count` times, into the time before this moment.

    It must be the only order of the shop: an inbox does not say which order an event was about.
    Nothing of a copy lies behind that moment, however late after it the order was placed.
    """
    ended = datetime.now(UTC)
    gateway = await connect(system.settings, DATABASES["gateway"])
    try:
        customer_id = await gateway.fetchval(FIND_CUSTOMER, order_id)
    finally:
        await gateway.close()
    original = Original(order_id, customer_id, ended, before, count)
    with steps.step(f"{count:,} orders from before"):
        async with asyncio.TaskGroup() as filling:
            for service in DATABASES:
                filling.create_task(_fill(system, service, original))


async def _fill(system: System, service: str, of: Original) -> None:
    connection = await connect(system.settings, DATABASES[service])
    try:
        await connection.execute("SET synchronous_commit = off")
        for sql in await _copies(connection):
            for first, last in _ranges(of.count):
                range_of = (of.before, WITHIN, of.count, first, last)
                await connection.execute(sql, of.order_id, *range_of, of.customer_id, of.ended)
        if service == "inventory":
            await connection.execute(SOLD, of.order_id, of.count)
        # Otherwise it would be done soon, by itself and at somebody else's cost.
        await connection.execute("VACUUM (ANALYZE)", timeout=None)
    finally:
        await connection.close()


def _ranges(count: int) -> Iterator[tuple[int, int]]:
    """Number the orders from 1, some at a time."""
    for first in range(1, count + 1, AT_ONCE):
        yield first, min(first + AT_ONCE - 1, count)


async def _copies(connection: asyncpg.Connection) -> list[str]:
    """Give a statement for each table that holds something of the order."""
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in await connection.fetch(TABLES):
        tables.setdefault(table, {})[column] = kind
    return [_copy(table, columns) for table, columns in tables.items()]


def _copy(table: str, columns: Mapping[str, str]) -> str:
    return COPY.format(
        table=table,
        of_the_order="handled_at >= $2" if table == "inbox" else "order_id = $1",
        customers=CUSTOMERS,
        order_id=ID.format(made="made", what="number::text"),
        columns=", ".join(f'"{name}"' for name in columns),
        values=", ".join(_value(name, kind) for name, kind in columns.items()),
    )


SPECIAL = {
    "order_id": "placed.order_id",
    "customer_id": "placed.customer_id",
    "key": "md5(placed.number::text)",
}


def _value(name: str, kind: str) -> str:
    """Give what a column of a copied row holds: the ids and times of its own order."""
    if name in SPECIAL:
        return SPECIAL[name]
    match kind:
        case "timestamp with time zone":
            return f'c."{name}" + placed.shift'
        case "uuid":
            unique = "placed.number || '-' || c.copied_row"
            return f"({ID.format(made='placed.made', what=unique)})::uuid"
        case "text" | "jsonb":
            own = f'replace(c."{name}"::text, $1, placed.order_id)'
            return f"replace({own}, $7, placed.customer_id)::{kind}"
        case _:
            return f'c."{name}"'
