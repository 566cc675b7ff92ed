"""What can be had of a product, as a shop front asks for it: over HTTP, answered over gRPC."""

import re
import subprocess
import sys
from asyncio import to_thread
from pathlib import Path

import pytest
from e2e.shelves import UNITS
from e2e.shop import Shop
from testkit.waiting import until

PAGE = Path(__file__).parents[2] / "docs" / "grpc.md"
pytestmark = pytest.mark.system


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


async def test_the_program_on_the_page_asks_inventory_itself(shop: Shop) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    port, sku = shop.system.settings.inventory_grpc_port, shop.product()
    ours = program.replace("18004", str(port)).replace("85123A", sku)
    assert ours.count(str(port)) == ours.count(sku) == 1
    argv = [sys.executable, "-c", ours]
    result = await to_thread(subprocess.run, argv, capture_output=True, text=True, check=True)
    assert re.fullmatch(rf"{UNITS} \d{{4}}-\d\d-\d\d .*\n", result.stdout)
