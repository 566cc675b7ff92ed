"""A reset while orders run leaves nothing of them, and the shop works as on its first day."""

from typing import Any

import httpx
import pytest
from audit import audit
from e2e.charges import forget_charges
from e2e.judging import assert_clean_so_far
from e2e.shelves import SHARED_PRODUCTS
from e2e.shop import Shop
from e2e.systems import folder_of
from events.topics import PRODUCT_CATALOG
from orderstream.auditing import target_of
from stack import DATABASES, connect, reset
from stack.topics import read_contents
from testkit.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.alone]
KEPT = {"alembic_version", "products"}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
MUCH = 1_000_000


async def rows_of(shop: Shop, database: str) -> dict[str, int]:
    """How many rows each table of a service has, but for what a new shop has too."""
    connection = await connect(shop.system.settings, database)
    try:
        tables = [row[0] for row in await connection.fetch(TABLES) if row[0] not in KEPT]
        assert tables
        return {
            f"{database}.{table}": await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
            for table in tables
        }
    finally:
        await connection.close()


async def left_in(shop: Shop) -> dict[str, int]:
    """Everything that somebody still has of any order."""
    found: dict[str, int] = {}
    for database in DATABASES.values():
        found |= await rows_of(shop, database)
    for topic in await read_contents(shop.system.settings.kafka_bootstrap):
        if topic.name != PRODUCT_CATALOG.name:
            found[topic.name] = topic.records
    async with httpx.AsyncClient(trust_env=False) as http:
        for who in ("psp", "carrier"):
            found[who] = len((await http.get(f"{shop.system.url(who)}/books")).json())
        mails: dict[str, Any] = (
            await http.get(f"{shop.system.url('postbox')}/api/v1/messages")
        ).json()
        found["postbox"] = mails["total"]
    return {what: count for what, count in found.items() if count}


async def test_a_reset_forgets_finished_orders_and_those_on_their_way(shop: Shop) -> None:
    await assert_clean_so_far(shop.system)  # after it this cannot be checked any more
    finished = await shop.place_many(20)
    await shop.all_ended(finished)
    assert await shop.books.mails(finished[-1])
    on_their_way = await shop.place_many(20, token="tok_slow")
    await until("orders wait for the provider", lambda: shop.books.intents(on_their_way[-1]))
    before = await left_in(shop)
    assert {"orders.orders", "payments.inbox", "order-placed", "psp", "postbox"} <= set(before)

    await reset(shop.system.settings.state_dir)

    assert await left_in(shop) == {}
    assert await shop.books.stock(SHARED_PRODUCTS[0]) == {
        "on_hand": MUCH,
        "reserved": 0,
        "shipped": 0,
    }
    report = await audit(target_of(shop.system))
    assert report.clean
    shop.placed.clear()
    shop.client.ledger.entries.clear()
    forget_charges(folder_of(shop.system))
    await shop.all_ended(await shop.place_many(40))
