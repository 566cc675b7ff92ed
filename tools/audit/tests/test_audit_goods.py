"""Money, stock and parcels that do not add up are seen."""

from dataclasses import replace

import pytest
from audit import judge
from audit.books import Books
from audit.records import Intent, Label
from audit.testing import BOUGHT, STOPPED, TOTAL, change, found, without


def test_a_charge_that_was_never_taken_is_reported_with_the_sum_that_is_missing(
    books: Books,
) -> None:
    held = change(books.intents, BOUGHT, status="requires_capture", captured=0, captures=0)
    report = judge(replace(books, intents=held))
    assert {one.rule for one in report.violations} == {"money"}
    assert "0 taken, completed orders 1998: -1998 minor units" in str(report.violations[0])


def test_a_second_capture_is_reported(books: Books) -> None:
    second = Intent(BOUGHT, "pi_9", "succeeded", "GBP", TOTAL.amount, 0, 1)
    assert found(replace(books, intents=[*books.intents, second])) == {
        "money": ["GBP", BOUGHT, BOUGHT]
    }


def test_money_still_held_for_an_order_that_was_stopped_is_reported(books: Books) -> None:
    held = replace(books, intents=change(books.intents, STOPPED, status="requires_capture"))
    assert found(held) == {"money": [STOPPED]}


def test_money_kept_from_an_order_that_was_stopped_is_reported(books: Books) -> None:
    kept = change(books.intents, STOPPED, status="succeeded", captured=5, captures=1)
    assert found(replace(books, intents=kept)) == {"money": ["GBP", STOPPED]}


def test_a_refund_of_all_that_was_taken_makes_it_right_again(books: Books) -> None:
    back = change(books.intents, STOPPED, status="succeeded", captured=5, refunded=5, captures=1)
    assert found(replace(books, intents=back)) == {}


def test_money_in_another_currency_is_reported(books: Books) -> None:
    euros = replace(books, intents=change(books.intents, BOUGHT, currency="EUR"))
    assert found(euros)["money"] == ["EUR", "GBP", BOUGHT]


def test_payments_that_the_two_books_disagree_on_are_reported(books: Books) -> None:
    for wrong in ({"status": "voided"}, {"total": None}, {"payment_id": "pi_unknown"}):
        payments = change(books.payments, BOUGHT, **wrong)
        assert found(replace(books, payments=payments)) == {"money": [BOUGHT]}


def test_money_for_an_order_that_there_is_not_is_reported(books: Books) -> None:
    stray = Intent("ord_none", "pi_9", "requires_capture", "GBP", 0, 0, 0)
    assert found(replace(books, intents=[*books.intents, stray])) == {"money": ["ord_none"]}


@pytest.mark.parametrize("wrong", [{"on_hand": 7}, {"reserved": 1, "on_hand": 7}, {"initial": 9}])
def test_units_that_vanish_or_are_reserved_for_nobody_are_reported(books: Books, wrong) -> None:
    shelf = [books.products[0]._replace(**wrong)]
    assert set(found(replace(books, products=shelf))["stock"]) == {"MUG"}


def test_a_negative_shelf_is_reported(books: Books) -> None:
    shelf = [books.products[0]._replace(initial=1, on_hand=-1)]
    assert found(replace(books, products=shelf)) == {"stock": ["MUG"]}


def test_a_reservation_that_did_not_follow_its_order_is_reported(books: Books) -> None:
    kept = change(books.reservations, STOPPED, status="reserved")
    shelf = [books.products[0]._replace(on_hand=6, reserved=2)]
    assert found(replace(books, reservations=kept, products=shelf)) == {"stock": [STOPPED]}


def test_goods_that_nobody_ordered_are_reported(books: Books) -> None:
    orders = change(books.orders, BOUGHT, units=(("MUG", 1), ("CUP", 1)))
    assert found(replace(books, orders=orders)) == {"stock": [BOUGHT]}


def test_a_reservation_that_ended_twice_is_reported(books: Books) -> None:
    (end,) = books.events_of["StockReleased", STOPPED]
    twice = (*books.events, end._replace(id="again", sequence=3))
    assert found(replace(books, events=twice))["stock"] == [STOPPED]


def test_a_second_parcel_is_reported(books: Books) -> None:
    second = Label(BOUGHT, "shp_9", "pre_transit", "T9")
    assert found(replace(books, labels=[*books.labels, second])) == {"parcels": [BOUGHT]}


def test_a_parcel_for_an_order_that_was_stopped_is_reported(books: Books) -> None:
    live = change(books.labels, STOPPED, status="pre_transit")
    assert found(replace(books, labels=live)) == {"parcels": [STOPPED]}


def test_a_completed_order_without_its_parcel_is_reported(books: Books) -> None:
    assert found(replace(books, labels=without(books.labels, BOUGHT))) == {"parcels": [BOUGHT]}
    none = without(books.shipments, BOUGHT)
    assert BOUGHT in found(replace(books, shipments=none))["parcels"]


def test_parcels_that_the_two_books_disagree_on_are_reported(books: Books) -> None:
    other = change(books.labels, BOUGHT, tracking_code="T2")
    assert found(replace(books, labels=other)) == {"parcels": [BOUGHT]}


def test_a_parcel_for_an_order_that_there_is_not_is_reported(books: Books) -> None:
    stray = Label("ord_none", "shp_9", "pre_transit", "T9")
    assert found(replace(books, labels=[*books.labels, stray])) == {"parcels": ["ord_none"]}
