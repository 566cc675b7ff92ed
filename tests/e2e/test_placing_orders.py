"""Orders are placed in every way in which things can go wrong: one key is one order, or none."""

from pathlib import Path

import pytest
from e2e import placing
from e2e.keys import ACCEPTED, CASES, Case, told_all
from e2e.shop import Shop, fresh_key

PAGE = Path(__file__).parents[2] / "docs" / "placing-orders.md"
BEGINS, ENDS = "<!-- promised -->\n", "<!-- end -->"
UNDER_THE_KEY = """
    SELECT coalesce(array_agg(order_id), '{}') FROM accepted_orders JOIN idempotency_keys USING (order_id)
    WHERE key = $1
"""
SAID = "SELECT count(*) FROM orders WHERE order_id = ANY($1)"


@pytest.mark.system
@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_whoever_places_an_order_is_told_what_is_promised(shop: Shop, case: Case) -> None:
    key = fresh_key()["Idempotency-Key"]
    answers = await getattr(placing, case.name)(placing.Client(shop, key))
    found = told_all(answers)
    assert set(found) <= set(case.answers)
    assert found.count(ACCEPTED) <= 1
    order_ids = await shop.books.ask("gateway", UNDER_THE_KEY, key)
    assert len(order_ids) in case.orders
    assert {one.json()["id"] for one in answers if one.is_success} <= set(order_ids)
    await shop.all_ended(order_ids)


@pytest.mark.system
@pytest.mark.timeout(300)
async def test_all_books_agree_on_what_was_placed(shop: Shop) -> None:
    await shop.audited()


def test_the_page_promises_what_is_tested() -> None:
    table = PAGE.read_text().partition(BEGINS)[2].partition(ENDS)[0]
    assert table.splitlines()[2:] == [case.row() for case in CASES]
