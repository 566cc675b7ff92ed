"""A choreography that is broken on purpose is found out, with the shortest way to the bad end."""

from dataclasses import replace

import pytest
from choreography.exploring import CanHappenError
from choreography.mailboxes import InAnyOrder, InTopicOrder
from choreography.scenario import Case
from choreography.whole import explore_case
from events import OrderPlaced, ShipmentCancelled, StockReserved
from inventory.handlers import handlers as inventory
from order.handlers import STOCK_FACTS, _tell
from order.handlers import handlers as order
from payment.commands import AuthorizePayment
from payment.handlers import handlers as payment
from payment.lifecycle import PaymentStatus
from shipping.commands import BookParcel
from shipping.handlers import handlers as shipping
from shipping.lifecycle import LIFECYCLE as SHIPMENT
from shipping.lifecycle import ShipmentStatus

IN_STOCK = Case(5, InTopicOrder)


def story_of(case):
    with pytest.raises(CanHappenError) as found:
        explore_case(case)
    return str(found.value).splitlines()


@pytest.fixture
def breaking(monkeypatch):
    def put_in_place(handlers, fact_type, handler):
        broken = replace(handlers._registrations[fact_type], handler=handler)
        monkeypatch.setitem(handlers._registrations, fact_type, broken)

    return put_in_place


def test_goods_that_are_never_put_back_leave_an_order_without_an_end(breaking):
    def ignore(event, work):
        pass

    breaking(inventory, ShipmentCancelled, ignore)
    assert story_of(IN_STOCK) == [
        "this can happen:",
        "1. order consumes OrderPlaced, emits OrderStatusChanged",
        "2. order handles the timer DeadlinePassed, emits OrderOverdue, emits OrderStatusChanged",
        "3. shipping consumes OrderOverdue, emits ShipmentCancelled",
        "4. payment consumes ShipmentCancelled, emits PaymentVoided",
        "5. payment consumes OrderPlaced",
        "6. inventory consumes ShipmentCancelled",
        "7. order consumes PaymentVoided",
        "8. order consumes ShipmentCancelled",
        "9. nothing more will happen and the order is cancelling",
    ]


def test_a_payment_that_forgets_its_tombstone_is_found(breaking):
    def authorize_whatever_was_consumed(event, work):
        money = work.of(event.order_id)
        money.become(PaymentStatus.PENDING)
        money.amount, money.lines, money.recipient = event.total, event.lines, event.recipient
        work.ask(AuthorizePayment(order_id=event.order_id, amount=event.total, token="tok_visa"))

    breaking(payment, OrderPlaced, authorize_whatever_was_consumed)
    assert story_of(IN_STOCK) == [
        "this can happen:",
        "1. the customer asks to cancel",
        "2. shipping consumes CancellationRequested, emits ShipmentCancelled",
        "3. payment consumes ShipmentCancelled, emits PaymentVoided",
        "4. payment cannot handle OrderPlaced: IllegalTransitionError: the payment is voided and cannot become pending",
    ]


def test_a_parcel_that_leaves_in_spite_of_its_cancellation_is_found(monkeypatch, breaking):
    def book_whatever_was_consumed(event, work):
        work.of(event.order_id).become(ShipmentStatus.BOOKING)
        work.ask(BookParcel(order_id=event.order_id, units=1, recipient=event.recipient))

    reopening = {**SHIPMENT.transitions, ShipmentStatus.CANCELLED: {ShipmentStatus.BOOKING}}
    monkeypatch.setattr(SHIPMENT, "transitions", reopening)
    breaking(shipping, StockReserved, book_whatever_was_consumed)
    story = story_of(IN_STOCK)
    assert "5. shipping consumes CancellationRequested, emits ShipmentCancelled" in story
    assert story[-2:] == [
        "8. shipping is answered Booked, emits ShippingInitiated",
        "9. payment cannot handle ShippingInitiated: IllegalTransitionError: the payment is voiding and cannot become capturing",
    ]


def test_believing_the_last_word_instead_of_the_newest_is_found_where_topics_lose_their_order(
    breaking,
):
    def note_whatever_comes_last(event, work):
        known = work.of(event.order_id)
        known.stock = STOCK_FACTS[type(event)]
        _tell(known, work)

    for fact_type in STOCK_FACTS:
        breaking(order, fact_type, note_whatever_comes_last)
    explore_case(IN_STOCK)
    assert story_of(Case(5, InAnyOrder))[-2:] == [
        "8. order consumes StockReleased, emits OrderStatusChanged",
        "9. order cannot handle StockReserved: IllegalTransitionError: the order is cancelling and cannot become reserved",
    ]
