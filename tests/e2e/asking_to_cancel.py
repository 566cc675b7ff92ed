"""How a test comes to a moment at which a customer asks to cancel, and what it finds afterwards."""

import asyncio

from e2e.cancellations import (
    GONE,
    NEVER_BOUGHT,
    NONE,
    NOTHING,
    ON_ITS_WAY,
    ON_THE_SHELF,
    TAKEN,
    Moment,
    Sight,
)
from e2e.faults import hanging
from e2e.freezing import frozen
from e2e.shelves import UNITS
from e2e.shop import Shop, fresh_key
from testkit.waiting import until

QUANTITY = 2
STOCK = {
    ON_THE_SHELF: {"on_hand": UNITS, "reserved": 0, "shipped": 0},
    GONE: {"on_hand": UNITS - QUANTITY, "reserved": 0, "shipped": QUANTITY},
}
LABELS = {
    NEVER_BOUGHT: ([],),
    NONE: ([], ["cancelled"]),
    ON_ITS_WAY: (["pre_transit"],),
}
MONEY = {
    NOTHING: {("canceled", 0), ("requires_payment_method", 0)},
    TAKEN: {("succeeded", QUANTITY * 250)},
}
REQUESTED = """
    SELECT count(*) FROM accepted_orders
    WHERE order_id = $1 AND cancellation_requested_at IS NOT NULL
"""


async def assert_promise_kept(shop: Shop, moment: Moment) -> None:
    """Ask to cancel an order at that moment: the answer and all books are as promised."""
    sku = shop.product()
    order_id, answers = await _bring_to(shop, moment, sku)
    order = await shop.end(order_id)
    assert answers == [moment.answer] * moment.times
    assert ": ".join(filter(None, (order["status"], order["reason"]))) in moment.ends
    intents = await shop.books.intents(order_id)
    assert {(one["status"], one["amount_received"]) for one in intents} <= MONEY[moment.money]
    assert len(intents) == 1 or moment.money == NOTHING
    assert await shop.books.stock(sku) == STOCK[moment.goods]
    assert [one["status"] for one in await shop.books.labels(order_id)] in LABELS[moment.parcel]
    statuses = [change["status"] for change in order["history"]]
    assert statuses.count("cancelling") <= 1
    assert len({"completed", "cancelled"} & set(statuses)) == 1
    asked = await shop.books.ask("gateway", REQUESTED, order_id)
    assert asked == (moment.answer == "202")


async def _bring_to(shop: Shop, moment: Moment, sku: str) -> tuple[str, list[str]]:
    """Place an order, ask to cancel it at that moment, and let everything go on."""
    order_id = None
    if moment.begins is not None:
        order_id = await _place(shop, moment, sku)
        await _see(shop, moment.begins, order_id)
    with hanging(shop.system, *moment.hangs):
        return await _ask_at(shop, moment, sku, order_id)


async def _ask_at(
    shop: Shop, moment: Moment, sku: str, order_id: str | None
) -> tuple[str, list[str]]:
    async with frozen(shop.system, moment.frozen):
        order_id = order_id or await _place(shop, moment, sku)
        await _see(shop, moment.seen, order_id)
        answers = await asyncio.gather(*(_ask(shop, moment, order_id) for _ in range(moment.times)))
        await _see(shop, moment.noted, order_id)
    return order_id, answers


async def _place(shop: Shop, moment: Moment, sku: str) -> str:
    return await shop.place(**{"sku": sku, "quantity": QUANTITY, **moment.wanted})


async def _ask(shop: Shop, moment: Moment, order_id: str) -> str:
    """The answer to the question, by its status and, if it is refused, by its code."""
    response = await shop.post(
        f"/v1/orders/{order_id}/cancel", None, fresh_key(), customer=moment.customer
    )
    code = "" if response.is_success else f" {response.json()['code']}"
    return f"{response.status_code}{code}"


async def _see(shop: Shop, sight: Sight | None, order_id: str) -> None:
    if sight is not None:
        database, query = sight
        await until(query, lambda: shop.books.ask(database, query, order_id))
