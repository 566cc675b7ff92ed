"""What the system says of an order that waits: where, for what, and what ends the wait."""

import asyncio
import json

import pytest
from e2e.asking import Run, command_line
from e2e.faults import CRASHED, replaced, stopped
from e2e.shop import Shop
from testkit.waiting import until

pytestmark = pytest.mark.system
INVENTORY = ("inventory-worker", "inventory-worker-2")
STRANGE = "ord_0123456789abcdef0123456789abcdef"


@pytest.fixture
def run(shop: Shop) -> Run:
    return command_line(shop)


async def explained(run: Run, order_id: str, *wanted: str) -> str:
    """The explanation, once it says all of this."""

    async def look() -> str | None:
        result = await run("explain", order_id)
        assert result.exit_code == 0, result.output
        return result.stdout if all(words in result.stdout for words in wanted) else None

    return str(await until(f"it says {wanted}", look))


@pytest.mark.alone
async def test_an_order_that_waits_for_the_payment_provider(shop: Shop, run: Run) -> None:
    async with stopped(shop.system, "psp"):
        order_id = await shop.place()
        # More than once: how often exactly depends on how soon one looks.
        words = await explained(run, order_id, " times, last with")
        assert "It is accepted since" in words
        assert "It waits for payment to emit PaymentAuthorized or PaymentDeclined." in words
        assert "payment has asked the payment provider to hold the money" in words
        assert "psp: does not answer" in words
        assert "order emits OrderOverdue, shipping decides" in words
    assert (await shop.end(order_id))["status"] == "completed"
    words = await explained(run, order_id, "It is completed, since")
    assert "it waits for nothing" in words


@pytest.mark.alone
async def test_orders_that_wait_for_a_service_that_is_down(shop: Shop, run: Run) -> None:
    async with stopped(shop.system, *INVENTORY):
        order_ids = [await shop.place() for _ in range(20)]
        for order_id in order_ids:
            words = await explained(run, order_id, "It is authorized since")
            assert "inventory has not handled PaymentAuthorized, emitted by payment" in words
            assert "inventory-worker: does not answer" in words
        facts = json.loads((await run("explain", order_ids[-1], "--json")).stdout)
        (event,) = facts["unhandled"]
        assert event["before"] > 0
    await shop.all_ended(order_ids)


@pytest.mark.alone
async def test_an_order_that_is_stopped_while_shipping_is_down(shop: Shop, run: Run) -> None:
    async with stopped(shop.system, "shipping-worker", "shipping-worker-2"):
        order_id = await shop.place()
        await explained(run, order_id, "It is reserved since", "not handled StockReserved")
        await shop.client.cancel(order_id, "cus_1")
        words = await explained(run, order_id, "It is cancelling since")
        assert "It waits for shipping to decide" in words
        assert "shipping has not handled CancellationRequested, emitted by gateway" in words
    await shop.end(order_id)


@pytest.mark.alone
async def test_an_order_whose_next_event_is_not_published(shop: Shop, run: Run) -> None:
    """The only instance of inventory dies right after its commit."""
    dies = {"CRASH_AT": "after-commit"}
    async with (
        stopped(shop.system, INVENTORY[1]),
        replaced(shop.system, {INVENTORY[0]: dies}) as replacements,
    ):
        order_id = await shop.place()
        assert await asyncio.wait_for(replacements[INVENTORY[0]].wait(), 60) == CRASHED
        words = await explained(run, order_id, "inventory has emitted StockReserved")
        assert "it is in its outbox and not on its topic" in words
        assert "It is authorized since" in words
    assert (await shop.end(order_id))["status"] == "completed"


async def test_a_declined_order_is_explained_by_the_end_of_its_id(shop: Shop, run: Run) -> None:
    order_id = await shop.place(token="tok_declined")
    await shop.end(order_id)
    words = await explained(run, order_id[-12:], "It is cancelled, payment declined, since")
    assert order_id in words


@pytest.mark.parametrize(
    ("named", "error"),
    [
        (STRANGE, f"The order {STRANGE} is unknown: the gateway never accepted it"),
        ("0123456789abcdef", "No order"),
        ("order-7", "'order-7' is no order. Give an order's id"),
    ],
)
async def test_what_is_no_order_is_reported_in_plain_words(
    run: Run, named: str, error: str
) -> None:
    result = await run("explain", named)
    assert result.exit_code == 1
    assert error in result.stderr
