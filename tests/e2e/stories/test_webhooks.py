"""A customer's own system is told of every change, and knows who tells it."""

from typing import Any

import pytest
from e2e.composing import in_containers
from e2e.containers import address_among
from e2e.shop import Shop
from testkit.waiting import until

pytestmark = pytest.mark.system


def on_the_way(order: dict[str, Any]) -> list[str]:
    """The statuses that an order has had, as its own history has them: not each has them all."""
    return [change["status"] for change in order["history"]]


class OwnSystem:
    """A hook of the subscriber's that believes the secret of a subscription."""

    def __init__(self, shop: Shop, customer: str) -> None:
        self._shop = shop
        self.customer = customer
        outside = shop.system.url("subscriber")
        inside = address_among("subscriber") if in_containers() else outside
        self._here = f"{outside}/hooks/{customer}"
        self.url = f"{inside}/hooks/{customer}"  # as the notifier reaches it

    async def believes(self, *secrets: str, answers: tuple[int, ...] = ()) -> None:
        hook = {"secrets": secrets, "answers": answers}
        (await self._shop.http.put(self._here, json=hook)).raise_for_status()

    async def received(self) -> list[dict[str, Any]]:
        answer = await self._shop.http.get(self._here)
        return list(answer.raise_for_status().json()["received"])

    async def notified_of(self, order_id: str) -> list[str]:
        """The statuses of an order that were told and taken, in the order's own order."""
        taken = [
            one["body"]["data"]
            for one in await self.received()
            if one["answered"] == 204 and one["verified"]
        ]
        mine = {data["sequence"]: data["status"] for data in taken if data["order_id"] == order_id}
        return [mine[sequence] for sequence in sorted(mine)]


@pytest.fixture
def own_system(shop: Shop, customer: str) -> OwnSystem:
    return OwnSystem(shop, customer)


async def test_every_change_is_reported_signed_and_once(
    shop: Shop, customer: str, own_system: OwnSystem
) -> None:
    webhook = await shop.client.webhooks.add(customer, own_system.url)
    await own_system.believes(webhook["secret"])
    order_id = await shop.place(customer)
    changes = on_the_way(await shop.end(order_id, customer))

    async def all_notified() -> bool:
        log = await shop.client.webhooks.deliveries(customer, webhook["id"], 100)
        return [one["status"] for one in log] == ["delivered"] * len(changes)

    await until("every change is told", all_notified)
    assert await own_system.notified_of(order_id) == changes
    received = await own_system.received()
    assert all(one["verified"] for one in received)
    assert len({one["webhook_id"] for one in received}) == len(changes)


async def test_what_is_not_taken_at_first_comes_again(
    shop: Shop, customer: str, own_system: OwnSystem
) -> None:
    webhook = await shop.client.webhooks.add(customer, own_system.url)
    await own_system.believes(webhook["secret"], answers=(503, 500))
    order_id = await shop.place(customer)
    changes = on_the_way(await shop.end(order_id, customer))

    async def all_notified() -> bool:
        return await own_system.notified_of(order_id) == changes

    await until("every change is told", all_notified)
    ids = [one["webhook_id"] for one in await own_system.received()]
    assert len(ids) == len(changes) + 2
    assert len(set(ids)) == len(changes)


async def test_other_customers_orders_are_sent_to_others(
    shop: Shop, customer: str, own_system: OwnSystem
) -> None:
    webhook = await shop.client.webhooks.add(customer, own_system.url)
    await own_system.believes(webhook["secret"])
    other = await shop.place(f"{customer}-other")
    await shop.end(other, f"{customer}-other")
    mine = await shop.place(customer, token="tok_declined")
    await shop.end(mine, customer)

    async def is_notified() -> bool:
        return await own_system.notified_of(mine) == ["accepted", "cancelled"]

    await until("the own order is told", is_notified)
    assert await own_system.notified_of(other) == []


async def test_a_system_that_is_gone_is_not_notified_any_more(
    shop: Shop, customer: str, own_system: OwnSystem
) -> None:
    webhook = await shop.client.webhooks.add(customer, own_system.url)
    await own_system.believes(webhook["secret"], answers=(410,))
    await shop.end(await shop.place(customer), customer)

    async def is_disabled() -> bool:
        (found,) = await shop.client.webhooks.of(customer)
        return bool(found["status"] == "disabled")

    await until("it is disabled", is_disabled)
