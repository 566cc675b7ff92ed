"""What can be had of a product, as a shop front asks for it: over HTTP, answered over gRPC."""

import pytest
from e2e.shelves import UNITS
from e2e.shop import Shop
from e2e.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


async def test_what_an_order_sets_aside_can_be_had_again_once_it_is_cancelled(shop: Shop) -> None:
    sku = shop.product()

    async def available() -> int:
        return int((await shop.client.availability(sku))["available"])

    async def has(units: int) -> bool:
        return await available() == units

    assert await available() == UNITS
    order_id = await shop.place(sku=sku, quantity=3, name="SLOW Tester")
    await until("three units are set aside", lambda: has(UNITS - 3))
    await shop.client.cancel(order_id, "cus_1")
    assert (await shop.end(order_id))["status"] == "cancelled"
    await until("they are back", lambda: has(UNITS))
