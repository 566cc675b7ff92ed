from collections import Counter

import pytest
from orderstream.demo.plan import Plan, plan, plan_first_day
from retail import RetailOrder, catalogue, import_file, refused
from stack.opening_stock import FIRST_DAY, REAL_ORDERS


@pytest.fixture(scope="module")
def first_day() -> Plan:
    return plan_first_day()


def test_the_day_is_the_real_one_in_its_order_and_the_same_every_time(first_day: Plan) -> None:
    orders = [purchase.order for purchase in first_day.purchases]
    assert len(orders) == 127
    assert orders == sorted(orders, key=lambda order: order.position)
    assert plan_first_day() == first_day


def test_most_pay_with_a_good_card_and_a_handful_is_declined(first_day: Plan) -> None:
    tokens = Counter(purchase.token for purchase in first_day.purchases)
    assert tokens == {
        "tok_visa": 117,
        "tok_declined": 2,
        "tok_insufficient_funds": 2,
        "tok_expired_card": 1,
        "tok_processing_error_once": 3,
        "tok_slow": 2,
    }


def test_those_whose_goods_came_back_cancel_early_in_between_and_late(first_day: Plan) -> None:
    delays = {one.order.number: one.cancel_after_s for one in first_day.purchases}
    assert {number: delay for number, delay in delays.items() if delay is not None} == {
        "536395": 0,
        "536397": 1,
        "536488": 6,
        "536537": 0,
        "536557": 1,
        "536591": 6,
    }


def test_declined_cards_do_not_change_who_finds_the_shelves_empty(first_day: Plan) -> None:
    shelves = catalogue(import_file(REAL_ORDERS), FIRST_DAY)
    on_hand = {shelf.sku: shelf.on_hand for shelf in shelves.products}
    everybody = [one.order for one in first_day.purchases]
    paying = [one.order for one in first_day.purchases if one.token in ("tok_visa", "tok_slow")]
    assert len(refused(everybody, on_hand)) == 6
    assert refused(paying, on_hand) == refused(everybody, on_hand)


def test_a_short_day_has_as_many_troubled_cards_as_it_has_orders() -> None:
    def order(number: str) -> RetailOrder:
        return RetailOrder(number, FIRST_DAY, 1, "cus_1", "GB", (("MUG", 1),))

    purchases = plan([order("1"), order("2")], given_back=["2"], scarce=[])
    assert [one.token for one in purchases] == ["tok_declined", "tok_slow"]
    assert [one.cancel_after_s for one in purchases] == [None, 0]
