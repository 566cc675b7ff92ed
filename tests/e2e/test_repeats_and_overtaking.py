"""What Kafka may do: deliver twice, and one topic before another. Nothing is charged or shipped twice."""

import asyncio
from asyncio.subprocess import Process

import pytest
from e2e.faults import CRASHED, replaced
from e2e.repeating import FOLLOWED, everything_published_twice
from e2e.shop import Shop
from messaging.outbound.relay import LEADER_LOCK
from stack import connect
from testkit.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.alone]
ORDERS = 200
IN_INBOX = "SELECT count(*) FROM inbox WHERE event_id::text = ANY($1)"
TOMBSTONES = {
    "shipping": "SELECT status = 'cancelled' FROM shipments WHERE order_id = $1",
    "payments": "SELECT status = 'voided' FROM payments WHERE order_id = $1",
    "inventory": "SELECT status = 'released' FROM reservations WHERE order_id = $1",
}


async def test_when_everything_is_reported_twice_everything_is_done_once(shop: Shop) -> None:
    async with everything_published_twice(shop.system.settings.kafka_bootstrap) as seen:
        order_ids = await shop.place_many(ORDERS)
        await shop.all_ended(order_ids)
        await until("all was said twice", lambda: min(seen.values()) > 1)
    assert {topic for topic, *_ in seen} >= set(FOLLOWED) - {"order-overdue", "dead-letters"}
    placed = [
        dict(headers)["ce_id"].decode() for topic, *_, headers in seen if topic == "order-placed"
    ]
    assert len(placed) == ORDERS
    assert await shop.books.ask("payments", IN_INBOX, placed) == ORDERS


async def test_a_cancellation_that_overtakes_its_order_stops_it_before_it_is_known(
    shop: Shop,
) -> None:
    """The gateway dies with the order in its outbox; whoever sweeps that is held up by a lock.

    The cancellation is relayed from memory meanwhile, so that all services learn of it first.
    """
    sweeper = await connect(shop.system.settings, "gateway")
    leading = asyncio.create_task(sweeper.execute("SELECT pg_advisory_lock($1)", LEADER_LOCK))
    try:
        async with replaced(shop.system, {"gateway": {"CRASH_AT": "after-commit:1"}}) as gateways:
            placing = asyncio.create_task(shop.place())
            await assert_crashed(gateways["gateway"])
            await leading
        order_id = await placing  # tried again with the same key until the gateway was back
        await shop.client.cancel(order_id, "cus_1")

        async def all_have_stopped_it() -> bool:
            stopped = [await shop.books.ask(*asked, order_id) for asked in TOMBSTONES.items()]
            return all(stopped)

        await until("everybody has stopped an order that is not known yet", all_have_stopped_it)
        assert (
            await shop.books.ask(
                "orders", "SELECT status FROM orders WHERE order_id = $1", order_id
            )
            is None
        )
    finally:
        await sweeper.close()
    order = await shop.end(order_id)
    assert (order["status"], order["reason"]) == ("cancelled", "by_customer")
    assert await shop.books.intents(order_id) == []
    assert await shop.books.labels(order_id) == []


async def assert_crashed(process: Process) -> None:
    assert await asyncio.wait_for(process.wait(), 60) == CRASHED
