"""An order that no broker takes blocks no other: the gateway sets its record aside."""

import asyncpg
import pytest
from events.topics import ORDER_PLACED
from gateway_stage.shop import Shop
from testkit.samples import new_order
from testkit.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
TOO_LARGE, MANY = 1_200_000, 12
WRITE = """
    INSERT INTO outbox (topic, key, value, headers) VALUES ($1, $2, $3, '[]')
"""
LETTERS = "SELECT count(*) FROM dead_letters WHERE origin = 'outbox:order-placed' AND key = ANY($1)"
DISCARD = """
    INSERT INTO dead_letter_actions (dead_letter_id, action, reason, operator)
    SELECT id, 'discard', 'a test', 'ann' FROM dead_letters WHERE key = ANY($1)
"""
OUTCOMES = """
    SELECT count(*) FROM dead_letter_actions AS a JOIN dead_letters AS l ON l.id = a.dead_letter_id
    WHERE l.key = ANY($1) AND a.outcome = 'discarded'
"""


async def test_records_that_no_broker_takes_are_set_aside_and_orders_go_on(shop: Shop) -> None:
    orders = [new_order() for _ in range(MANY)]
    database = await asyncpg.connect(shop.environment["DATABASE_URL"])
    rows = [(ORDER_PLACED.name, order.encode(), bytes(TOO_LARGE)) for order in orders]
    await database.executemany(WRITE, rows)

    async def are_set_aside() -> bool:
        return await database.fetchval(LETTERS, orders) == MANY

    await until("they are set aside", are_set_aside)
    placed = await shop.place(shop.customer())
    assert placed.status_code == 202
    order_id = placed.json()["id"]
    await until("the order is published", lambda: shop.ear.of(ORDER_PLACED.name, order_id))
    await database.execute(DISCARD, orders)

    async def are_given_up() -> bool:
        return await database.fetchval(OUTCOMES, orders) == MANY

    await until("they are given up", are_given_up)
    await database.close()
