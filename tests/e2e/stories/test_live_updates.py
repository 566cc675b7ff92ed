"""A customer sees the order move, over server-sent events and over a WebSocket."""

import json
from typing import Any

import pytest
from e2e.shop import Shop
from websockets.asyncio.client import connect

pytestmark = pytest.mark.system
DONE = 1000


async def test_every_change_is_reported_once_over_server_sent_events(
    shop: Shop, customer: str
) -> None:
    order_id = await shop.place(customer, name="SLOW Tester")
    seen = [change async for change in shop.client.changes(order_id, customer)]
    await assert_sent_once(shop, order_id, customer, seen)


async def test_every_change_is_reported_once_over_a_websocket(shop: Shop, customer: str) -> None:
    order_id = await shop.place(customer, name="SLOW Tester")
    async with await follow(shop, order_id, customer) as socket:
        seen = [json.loads(message) async for message in socket]
        assert socket.close_code == DONE
    await assert_sent_once(shop, order_id, customer, seen)


async def test_who_comes_late_is_given_the_history(shop: Shop, customer: str) -> None:
    order_id = await shop.place(customer)
    await shop.end(order_id, customer)
    async with await follow(shop, order_id, customer) as socket:
        seen = [json.loads(message) async for message in socket]
    await assert_sent_once(shop, order_id, customer, seen)


async def assert_sent_once(
    shop: Shop, order_id: str, customer: str, seen: list[dict[str, Any]]
) -> None:
    """What was told is what the order service has noted: a status may be skipped, none is untold."""
    noted = (await shop.client.get(order_id, customer))["history"]
    assert [(change["sequence"], change["status"]) for change in seen] == [
        (number, change["status"]) for number, change in enumerate(noted, start=1)
    ]
    assert (seen[0]["status"], seen[-1]["status"]) == ("accepted", "completed")


async def follow(shop: Shop, order_id: str, customer: str) -> Any:
    """A WebSocket that tells of the order."""
    gateway = shop.system.url("gateway").replace("http:", "ws:")
    return connect(
        f"{gateway}/v1/orders/{order_id}/ws",
        additional_headers=await shop.tokens.headers(customer),
        proxy=None,
    )
