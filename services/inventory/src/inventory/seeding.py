"""Filling the shelves: products, prices and opening stock from a file."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from events import Envelope, Money, ProductListed, Sku
from messaging.outbox import records_of, write_outbox
from messaging.publisher import Publisher
from messaging.relay import Relay
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from servicekit import Connection, open_pool
from servicekit.schema import require_schema
from uuid_utils.compat import uuid7

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


class SeedProduct(BaseModel):
    """One product: price in minor units, units on hand at the start."""

    model_config = ConfigDict(extra="forbid")

    sku: Sku
    name: Annotated[str, Field(min_length=1)]
    unit_price: Annotated[int, Field(ge=0)]
    on_hand: Annotated[int, Field(ge=0)]


class SeedFile(BaseModel):
    """What a seed file holds."""

    model_config = ConfigDict(extra="forbid")

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    products: Annotated[list[SeedProduct], Field(min_length=1)]


def read_seed(path: Path) -> SeedFile:
    """Read a seed file; says in one line what is wrong with it and ends with exit code 2."""
    try:
        return SeedFile.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = f"{place or 'file'}: {first['msg']}"
    print(f"cannot seed from {path}: {reason}", file=sys.stderr)  # noqa: T201  # a command's own words
    raise SystemExit(2)


async def seed(settings: SeedSettings, content: SeedFile) -> int:
    """List the products and publish the catalogue; returns how many were new or changed."""
    await require_schema("inventory", settings.database_url, settings.start_wait_s)
    pool = await open_pool(settings.database_url, max_size=2)
    publisher = Publisher(settings.kafka_bootstrap, "inventory-seed")
    relay = Relay(pool, publisher)
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
