"""The status is a function of the facts: which they are counts, not the order in which they came."""

from dataclasses import replace

import pytest
from events import CancellationReason, OrderStatus
from hypothesis import given
from hypothesis import strategies as st
from order.lifecycle import Order, PaymentFact, ShipmentFact, StockFact, derive

PAY, STOCK, SHIP = PaymentFact, StockFact, ShipmentFact
REASON = CancellationReason
BLANK = Order("ord_" + "1" * 32)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({}, "accepted"),
        ({"payment": PAY.AUTHORIZED}, "authorized"),
        ({"payment": PAY.CAPTURED}, "authorized"),
        ({"stock": STOCK.RESERVED}, "reserved"),
        ({"payment": PAY.AUTHORIZED, "stock": STOCK.COMMITTED}, "reserved"),
        ({"shipment": SHIP.INITIATED}, "shipped"),
        ({"shipment": SHIP.INITIATED, "payment": PAY.CAPTURED}, "shipped"),
        ({"shipment": SHIP.INITIATED, "stopping": True}, "shipped"),
        ({"payment": PAY.UNDER_REVIEW}, "authorized"),
        ({"shipment": SHIP.INITIATED, "payment": PAY.UNDER_REVIEW}, "shipped"),
        (
            {
                "shipment": SHIP.INITIATED,
                "payment": PAY.UNDER_REVIEW,
                "stock": STOCK.COMMITTED,
            },
            "payment_review",
        ),
        ({"stopping": True}, "cancelling"),
        ({"shipment": SHIP.CANCELLED}, "cancelling"),
        ({"stock": STOCK.REJECTED}, "cancelling"),
        ({"stock": STOCK.RELEASED}, "cancelling"),
        ({"payment": PAY.VOIDED}, "cancelling"),
        ({"payment": PAY.VOIDED, "stock": STOCK.RELEASED}, "cancelling"),
        ({"payment": PAY.VOIDED, "shipment": SHIP.CANCELLED}, "cancelling"),
    ],
)
def test_an_open_order_stands_where_its_facts_say(facts, status):
    assert derive(replace(BLANK, **facts)) == (OrderStatus(status), None)


def test_an_order_is_completed_once_it_left_and_money_and_goods_are_settled():
    facts = {"payment": PAY.CAPTURED, "stock": STOCK.COMMITTED, "shipment": SHIP.INITIATED}
    assert derive(replace(BLANK, **facts)) == (OrderStatus.COMPLETED, None)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"payment": PAY.DECLINED}, REASON.PAYMENT_DECLINED),
        ({"payment": PAY.DECLINED, "shipment": SHIP.CANCELLED}, REASON.PAYMENT_DECLINED),
        ({"payment": PAY.VOIDED, "stock": STOCK.REJECTED}, REASON.OUT_OF_STOCK),
        (
            {
                "payment": PAY.VOIDED,
                "stock": STOCK.RELEASED,
                "shipment": SHIP.CANCELLED,
                "shipment_reason": REASON.OVERDUE,
            },
            REASON.OVERDUE,
        ),
    ],
)
def test_an_order_is_cancelled_once_nothing_is_held(facts, reason):
    assert derive(replace(BLANK, **facts)) == (OrderStatus.CANCELLED, reason)


ANY_FACTS = st.builds(
    lambda **facts: replace(BLANK, **facts),
    payment=st.none() | st.sampled_from(PAY),
    stock=st.none() | st.sampled_from(STOCK),
    shipment=st.none() | st.sampled_from(SHIP),
    shipment_reason=st.sampled_from(REASON),
    stopping=st.booleans(),
)


@given(ANY_FACTS)
def test_no_facts_whatever_show_a_charged_order_as_cancelled(order):
    status, reason = derive(order)
    if status is OrderStatus.CANCELLED:
        assert order.payment in (PAY.DECLINED, PAY.VOIDED)
        assert reason is not None
    else:
        assert reason is None


@given(ANY_FACTS)
def test_no_facts_whatever_show_an_unsettled_order_as_completed(order):
    if derive(order)[0] is OrderStatus.COMPLETED:
        settled = (order.payment, order.stock, order.shipment)
        assert settled == (PAY.CAPTURED, STOCK.COMMITTED, SHIP.INITIATED)


@given(ANY_FACTS)
def test_a_request_to_stop_never_changes_how_an_order_has_ended(order):
    ended = derive(order)
    if ended[0].is_final:
        assert derive(replace(order, stopping=not order.stopping)) == ended
