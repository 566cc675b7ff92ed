"""Live streams that break off: whoever takes them up again has every change once, and misses none."""

import asyncio
import json
import random
from itertools import cycle

import httpx
import pytest
from e2e.faults import beside, kill, stopped
from e2e.shop import Shop
from testkit.waiting import until

pytestmark = pytest.mark.system
SEED = 7
TOKENS = ("tok_visa", "tok_visa", "tok_insufficient_funds")


class Viewer:
    """Follows one order at several gateways in turn; `seen` is all that it was told, in order."""

    def __init__(
        self, shop: Shop, order_id: str, gateways: list[str], chance: random.Random
    ) -> None:
        self._shop = shop
        self._path = f"/v1/orders/{order_id}/events"
        self._gateways = cycle(gateways)
        self._chance = chance
        self.order_id = order_id
        self.seen: list[int] = []
        self.cuts = 0

    async def follow(self) -> None:
        """Follow until told that the order has ended, cutting each stream after a change or two."""
        while not await self._listen():
            self.cuts += 1

    async def _listen(self) -> bool:
        """Read one stream until it is cut; whether that was the order's end."""
        headers = await self._shop.tokens.headers("cus_1")
        if self.seen:
            headers = headers | {"Last-Event-ID": str(self.seen[-1])}
        address = next(self._gateways) + self._path
        async with self._shop.http.stream("GET", address, headers=headers) as answer:
            if answer.status_code == 204:
                return True
            return await self._read(answer, changes=self._chance.randint(1, 2))

    async def _read(self, answer: httpx.Response, changes: int) -> bool:
        event = ""
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                event = value
            elif field == "data" and event == "closed":
                return bool(json.loads(value)["code"] == 1000)
            elif field == "data":
                self.seen.append(json.loads(value)["sequence"])
                changes -= 1
            if not changes:
                return False
        return False


async def test_a_stream_that_is_cut_at_two_gateways_in_turn_tells_every_change_once(
    shop: Shop,
) -> None:
    chance = random.Random(SEED)
    async with beside(shop.system, "gateway", {}) as (second, _):
        gateways = [shop.system.url("gateway"), second]
        orders = [
            await shop.place(token=TOKENS[number % 3], name=f"SLOW {number}")
            for number in range(12)
        ]
        viewers = [Viewer(shop, order_id, gateways, chance) for order_id in orders]
        await asyncio.gather(*(viewer.follow() for viewer in viewers))
    for viewer in viewers:
        history = (await shop.client.get(viewer.order_id, "cus_1"))["history"]
        assert viewer.seen == [step["sequence"] for step in history]
    assert all(viewer.cuts for viewer in viewers)


@pytest.mark.alone
async def test_nobody_misses_a_change_while_gateway_and_broker_die(shop: Shop) -> None:
    async with stopped(shop.system, "payment-worker", "payment-worker-2"):
        orders = [await shop.place() for _ in range(5)]
        changes: dict[str, list[int]] = {order_id: [] for order_id in orders}

        async def follow(order_id: str) -> None:
            async for change in shop.client.changes(order_id, "cus_1"):
                changes[order_id].append(change["sequence"])

        following = [asyncio.create_task(follow(order_id)) for order_id in orders]
        await until("every customer has the first change", lambda: all(changes.values()))
        await kill(shop.system, "gateway")
        await kill(shop.system, "kafka")
    await asyncio.gather(*following)
    for order_id, seen in changes.items():
        history = (await shop.client.get(order_id, "cus_1"))["history"]
        assert seen == [step["sequence"] for step in history]
        assert len(seen) > 1
