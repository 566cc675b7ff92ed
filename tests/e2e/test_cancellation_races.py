"""A customer asks to cancel at every moment of an order's life: shipping decides, and all books agree."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from e2e.cancellations import (
    GONE,
    MOMENTS,
    NEVER_BOUGHT,
    NONE,
    NOTHING,
    ON_ITS_WAY,
    ON_THE_SHELF,
    TAKEN,
    Moment,
    Sight,
)
from e2e.faults import replaced, stopped
from e2e.freezing import frozen
from e2e.shelves import UNITS
from e2e.shop import Shop, fresh_key
from e2e.waiting import until

PAGE = Path(__file__).parents[2] / "docs" / "cancelling.md"
BEGINS, ENDS = "<!-- promised -->\n", "<!-- end -->"
QUANTITY = 2
STOCK = {
    ON_THE_SHELF: {"on_hand": UNITS, "reserved": 0, "shipped": 0},
    GONE: {"on_hand": UNITS - QUANTITY, "reserved": 0, "shipped": QUANTITY},
}
MONEY = {
    NOTHING: {("canceled", 0), ("requires_payment_method", 0)},
    TAKEN: {("succeeded", QUANTITY * 250)},
}
SAID = """
    SELECT count(*) FROM accepted_orders
    WHERE order_id = $1 AND cancellation_requested_at IS NOT NULL
"""


async def ask(shop: Shop, moment: Moment, order_id: str) -> str:
    """The answer to the question, by its status and, if it is refused, by its code."""
    response = await shop.post(
        f"/v1/orders/{order_id}/cancel", None, fresh_key(), customer=moment.customer
    )
    code = "" if response.is_success else f" {response.json()['code']}"
    return f"{response.status_code}{code}"


async def see(shop: Shop, sight: Sight | None, order_id: str) -> None:
    if sight is not None:
        database, query = sight
        await until(query, lambda: shop.books.ask(database, query, order_id))


@asynccontextmanager
async def deadline(shop: Shop, seconds: int | None) -> AsyncIterator[None]:
    """Orders have so many seconds to end."""
    if seconds is None:
        yield
        return
    soon = {"order-worker": {"DEADLINE_S": str(seconds)}}
    async with stopped(shop.system, "order-worker-2"), replaced(shop.system, soon):
        yield


async def bring_to(shop: Shop, moment: Moment, sku: str) -> tuple[str, list[str]]:
    """Place an order, ask to cancel it at that moment, and let everything go on."""
    order_id = None
    if moment.begins is not None:
        order_id = await place(shop, moment, sku)
        await see(shop, moment.begins, order_id)
    async with frozen(shop.system, moment.frozen):
        order_id = order_id or await place(shop, moment, sku)
        await see(shop, moment.seen, order_id)
        answers = await asyncio.gather(*(ask(shop, moment, order_id) for _ in range(moment.times)))
        await see(shop, moment.heard, order_id)
    return order_id, answers


async def place(shop: Shop, moment: Moment, sku: str) -> str:
    return await shop.place(**{"sku": sku, "quantity": QUANTITY, **moment.wanted})


@pytest.mark.system
@pytest.mark.timeout(300)
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.when)
async def test_whoever_asks_to_cancel_gets_what_is_promised(shop: Shop, moment: Moment) -> None:
    sku = shop.product()
    async with deadline(shop, moment.deadline_s):
        order_id, answers = await bring_to(shop, moment, sku)
        order = await shop.end(order_id)
    assert answers == [moment.answer] * moment.times
    assert ": ".join(filter(None, (order["status"], order["reason"]))) in moment.ends
    intents = await shop.books.intents(order_id)
    assert {(one["status"], one["amount_received"]) for one in intents} <= MONEY[moment.money]
    assert len(intents) == 1 or moment.money == NOTHING
    assert await shop.books.stock(sku) == STOCK[moment.goods]
    labels = [label["status"] for label in await shop.books.labels(order_id)]
    assert (
        labels
        in {
            NEVER_BOUGHT: ([],),
            NONE: ([], ["cancelled"]),
            ON_ITS_WAY: (["pre_transit"],),
        }[moment.parcel]
    )
    statuses = [change["status"] for change in order["history"]]
    assert statuses.count("cancelling") <= 1
    assert len({"completed", "cancelled"} & set(statuses)) == 1
    asked = await shop.books.ask("gateway", SAID, order_id)
    assert asked == (moment.answer == "202")
    await shop.audited()


@pytest.mark.system
@pytest.mark.timeout(300)
async def test_asking_again_once_it_is_cancelled_is_answered_as_before(shop: Shop) -> None:
    order_id = await shop.place(token="tok_slow")
    await shop.client.cancel(order_id, "cus_1")
    await shop.end(order_id)
    assert (await shop.client.cancel(order_id, "cus_1"))["status"] == "cancelled"
    await shop.audited()


def test_the_page_promises_what_is_tested() -> None:
    table = PAGE.read_text().partition(BEGINS)[2].partition(ENDS)[0]
    assert table.splitlines()[2:] == [moment.row() for moment in MOMENTS]
