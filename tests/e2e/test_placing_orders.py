"""Orders are placed in every way in which things can go wrong: one key is one order, or none."""

from pathlib import Path

import pytest
from e2e import placing
from e2e.keys import ACCEPTED, CASES, Case, all_in_words
from e2e.shop import Shop, fresh_key

PAGE = Path(__file__).parents[2] / "docs" / "placing-orders.md"
BEGINS, ENDS = "<!-- promised -->\n", "<!-- end -->"
UNDER_THE_KEY = """
    SELECT coalesce(array_agg(order_id), '{}') FROM accepted_orders JOIN idempotency_keys USING (order_id)
    WHERE key = $1
"""
STANDS_STILL = {"running", "running_other_body", "gave_up", "locked", "locked_again"}


def one_of_many(case: Case):
    """A case; one in which the gateway stands still for everybody is tried alone."""
    marks = [pytest.mark.alone] if case.name in STANDS_STILL else []
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.system
@pytest.mark.parametrize("case", [one_of_many(case) for case in CASES])
async def test_whoever_places_an_order_is_given_what_is_promised(shop: Shop, case: Case) -> None:
    key = fresh_key()["Idempotency-Key"]
    answers = await getattr(placing, case.name)(placing.Client(shop, key))
    found = all_in_words(answers)
    assert set(found) <= set(case.answers)
    assert found.count(ACCEPTED) <= 1
    order_ids = await shop.books.ask("gateway", UNDER_THE_KEY, key)
    shop.placed.extend(order_ids)
    assert len(order_ids) in case.orders
    assert {one.json()["id"] for one in answers if one.is_success} <= set(order_ids)
    await shop.all_ended(order_ids)


def test_the_page_promises_what_is_tested() -> None:
    table = PAGE.read_text().partition(BEGINS)[2].partition(ENDS)[0]
    assert table.splitlines()[2:] == [case.row() for case in CASES]
