"""The parcel has left and the provider does not hand over the money that it holds."""

import pytest
from client import RefusedError
from e2e.faults import replaced, stopped
from e2e.shop import Shop
from testkit.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.alone]
IMPATIENT = {"REVIEW_AFTER_TRIES": "3"}


async def test_the_order_is_shown_to_people_and_ends_when_the_money_comes_after_all(
    shop: Shop,
) -> None:
    async with (
        stopped(shop.system, "payment-worker-2"),
        replaced(shop.system, {"payment-worker": IMPATIENT}),
    ):
        order_id = await shop.place(name="SLOW Tester")

        async def stands_at(status: str) -> bool:
            return await shop.status(order_id) == status

        await until("the goods are reserved", lambda: stands_at("reserved"))
        async with stopped(shop.system, "psp"):
            await until("people are told", lambda: stands_at("payment_review"))
            with pytest.raises(RefusedError) as refused:
                await shop.client.cancel(order_id, "cus_1")
            assert refused.value.code == "already_shipped"
        assert (await shop.end(order_id))["status"] == "completed"
    (intent,) = await shop.books.intents(order_id)
    assert intent["status"] == "succeeded"
