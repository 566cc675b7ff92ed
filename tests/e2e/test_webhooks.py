"""The payment provider answers twice, by call and by webhook: either may be lost, neither counts twice."""

import json
import time

import pytest
from e2e.outside import EVERY, misbehaving
from e2e.shop import Shop
from testkit.waiting import until

pytestmark = pytest.mark.system
ORDERS = 60
COPIES = 3
HANDLED = """
    SELECT count(*) FROM provider_notices
    WHERE split_part(command_key, ':', 1) = ANY($1) AND handled_at IS NOT NULL
"""
FORGED = "SELECT count(*) FROM provider_notices WHERE webhook_id = 'evt_forged'"


@pytest.mark.alone
async def test_where_every_answer_is_lost_the_webhooks_bring_it(shop: Shop) -> None:
    async with misbehaving(shop, "psp", lose_answer_next=EVERY):
        orders = await shop.place_many(ORDERS)
        await shop.all_ended(orders)


@pytest.mark.alone
async def test_webhooks_that_are_repeated_late_and_out_of_order_change_nothing(shop: Shop) -> None:
    wanted = {"webhook_copies": COPIES, "webhook_delay_ms_max": 3000}
    async with misbehaving(shop, "psp", **wanted):
        orders = await shop.place_many(ORDERS)
        await shop.all_ended(orders)
        changes = await changes_of(shop, orders)

        async def all_are_handled() -> bool:
            return await shop.books.ask("payments", HANDLED, orders) == changes

        await until("every webhook is handled, once", all_are_handled)


async def test_a_forged_webhook_is_refused_and_nothing_happens(shop: Shop) -> None:
    order_id = await shop.place(token="tok_slow")
    intent = {
        "id": "pi_forged",
        "metadata": {"order_id": order_id},
        "last_payment_error": {"decline_code": "expired_card"},
    }
    event = {
        "type": "payment_intent.payment_failed",
        "data": {"object": intent},
        "request": {"idempotency_key": f"{order_id}:AuthorizePayment"},
    }
    headers = {
        "webhook-id": "evt_forged",
        "webhook-timestamp": str(int(time.time())),
        "webhook-signature": "v1,Zm9yZ2Vk",
    }
    url = shop.system.url("payment-api") + "/webhooks/payments"
    answer = await shop.http.post(url, content=json.dumps(event), headers=headers)
    assert answer.status_code == 401
    assert (await shop.end(order_id))["status"] == "completed"
    assert await shop.books.ask("payments", FORGED) == 0


async def changes_of(shop: Shop, orders: list[str]) -> int:
    """How often the provider's books changed for these orders, and so had something to announce."""
    intents = [intent for order_id in orders for intent in await shop.books.intents(order_id)]
    settled = [one for one in intents if one["status"] in {"succeeded", "canceled"}]
    return len(intents) + len(settled)
