"""A customer asks to cancel at every moment of an order's life: shipping decides, and all books agree."""

from pathlib import Path

import pytest
from e2e.asking_to_cancel import assert_promise_kept
from e2e.cancellations import MOMENTS, Moment
from e2e.shop import Shop

PAGE = Path(__file__).parents[2] / "docs" / "cancelling.md"
BEGINS, ENDS = "<!-- promised -->\n", "<!-- end -->"
IN_TIME = [moment for moment in MOMENTS if moment.deadline_s is None]


# One after the other: two of them that hold up services at once would wait for each other.
@pytest.mark.xdist_group("services stand still")
@pytest.mark.system
@pytest.mark.parametrize("moment", IN_TIME, ids=lambda moment: moment.when)
async def test_whoever_asks_to_cancel_gets_what_is_promised(shop: Shop, moment: Moment) -> None:
    await assert_promise_kept(shop, moment)


@pytest.mark.system
async def test_asking_again_once_it_is_cancelled_is_answered_as_before(shop: Shop) -> None:
    order_id = await shop.place(token="tok_slow")
    await shop.client.cancel(order_id, "cus_1")
    await shop.end(order_id)
    assert (await shop.client.cancel(order_id, "cus_1"))["status"] == "cancelled"


def test_the_page_promises_what_is_tested() -> None:
    table = PAGE.read_text().partition(BEGINS)[2].partition(ENDS)[0]
    assert table.splitlines()[2:] == [moment.row() for moment in MOMENTS]
