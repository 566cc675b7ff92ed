"""Filling the shelves: products, prices and opening stock from a file."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from events import Envelope, Money, ProductListed
from messaging import Publisher, Relay, records_of, set_aside_unpublishable, write_outbox
from servicekit import Connection, open_pool
from servicekit.schema import require_schema
from uuid_utils.compat import uuid7

from inventory.seed_file import SeedFile, read_seed
from inventory.settings import SeedSettings

# Stock is what was counted when the product was first listed; later files change name and price.
UPSERT = """
    INSERT INTO products AS old (sku, name, unit_price, currency, initial, on_hand)
    SELECT new.sku, new.name, new.unit_price, $5, new.on_hand, new.on_hand
    FROM unnest($1::text[], $2::text[], $3::int[], $4::int[]) AS new(sku, name, unit_price, on_hand)
    ON CONFLICT (sku) DO UPDATE
        SET name = excluded.name, unit_price = excluded.unit_price, version = old.version + 1
        WHERE (old.name, old.unit_price) IS DISTINCT FROM (excluded.name, excluded.unit_price)
    RETURNING sku, name, unit_price, currency, version
"""
PUBLISH_TIMEOUT_S = 30.0


async def seed(settings: SeedSettings, content: SeedFile) -> int:
    """List the products and publish the catalogue; returns how many were new or changed."""
    await require_schema("inventory", settings.database_url, settings.start_wait_s)
    pool = await open_pool(settings.database_url, max_size=2)
    publisher = Publisher(settings.kafka_bootstrap, "inventory-seed")
    relay = Relay(pool, publisher, set_aside_unpublishable("inventory"))
    try:
        async with pool.acquire() as connection, connection.transaction():
            envelopes = await _list_products(connection, content)
            rows = await write_outbox(connection, records_of(envelopes))
        # Should this be cut short, the worker's relay finds the rest.
        relay.feed(rows)
        await relay.drain(PUBLISH_TIMEOUT_S)
    finally:
        await publisher.stop()
        await pool.close()
    return len(envelopes)


async def _list_products(connection: Connection, content: SeedFile) -> list[Envelope]:
    products = sorted(content.products, key=lambda product: product.sku)
    rows = await connection.fetch(
        UPSERT,
        [product.sku for product in products],
        [product.name for product in products],
        [product.unit_price for product in products],
        [product.on_hand for product in products],
        content.currency,
    )
    return [
        Envelope(
            event=ProductListed(
                sku=row["sku"],
                name=row["name"],
                unit_price=Money(amount=row["unit_price"], currency=row["currency"]),
            ),
            id=uuid7(),
            source="inventory",
            time=datetime.now(UTC),
            correlation_id=f"catalogue:{row['sku']}",
            sequence=row["version"],
        )
        for row in rows
    ]


def run(settings: SeedSettings, path: Path) -> None:
    """Seed from a file and say what was done."""
    changed = asyncio.run(seed(settings, read_seed(path)))
    print(f"{changed} products listed")  # noqa: T201  # a command's own words
