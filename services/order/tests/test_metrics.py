"""What is told of orders: how many are open and how old, which are overdue, how long each took."""

import asyncio
from datetime import timedelta

import pytest
from events import OrderStatus
from order.metrics import note_end
from order.open_orders import LOOK, OpenOrders
from servicekit import migrations, open_pool
from servicekit.metrics import registry
from testkit.samples import NOON

INSERT = """
    INSERT INTO orders (order_id, status, overdue, placed_at, final_at)
    VALUES ($1, $2, $3, now() - make_interval(secs => $4), $5)
"""
ORDERS = (
    ("ord_1", "authorized", False, 5.0, None),
    ("ord_2", "authorized", True, 400.0, None),
    ("ord_3", "held", False, 20.0, None),
    ("ord_4", "completed", True, 900.0, NOON),
)


def value(name, **labels):
    return registry.get_sample_value(f"orderstream_{name}", labels)


@pytest.mark.postgres
async def test_open_orders_are_told_by_status_with_their_age(postgres):
    url = postgres()
    await asyncio.to_thread(migrations.upgrade, "order", url)
    orders = OpenOrders()
    async with await open_pool(url) as database:
        await database.executemany(INSERT, ORDERS)
        orders.note(await database.fetch(LOOK))
    assert value("orders_open", status="authorized") == 2
    assert value("orders_open", status="held") == 1
    assert value("orders_open", status="shipped") == 0
    assert value("orders_open", status="completed") is None
    assert value("orders_overdue") == 1
    assert 400 <= value("order_oldest_open_seconds", status="authorized") < 460


def test_an_order_that_has_ended_is_timed_by_its_outcome():
    def counted():
        return value("order_seconds_sum", outcome="completed") or 0

    before = counted()
    note_end(OrderStatus.COMPLETED, NOON, NOON + timedelta(seconds=2))
    assert counted() - before == 2
