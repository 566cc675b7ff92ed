import asyncio
from collections.abc import Callable

import pytest
from gateway.intake.store import OrderStore
from messaging import Publisher, Relay, set_aside_unpublishable
from servicekit import migrations, open_pool

pytestmark = pytest.mark.postgres
USED = """
    INSERT INTO idempotency_keys (customer_id, key, body_hash, order_id, created_at)
    SELECT 'cus_1', age, '', 'ord_' || age, now() - age::interval FROM unnest($1::text[]) AS age
"""


async def test_keys_are_kept_for_a_day(postgres: Callable[[], str]) -> None:
    url = postgres()
    await asyncio.to_thread(migrations.upgrade, "gateway", url)
    pool = await open_pool(url)
    try:
        await pool.execute(USED, ["1 minute", "23 hours 59 minutes", "24 hours 1 minute", "1 year"])
        await OrderStore(
            pool, Relay(pool, Publisher("nowhere", "test"), set_aside_unpublishable("gateway"))
        ).purge_keys()
        kept = await pool.fetch("SELECT key FROM idempotency_keys ORDER BY created_at DESC")
        assert [row["key"] for row in kept] == ["1 minute", "23 hours 59 minutes"]
    finally:
        await pool.close()
