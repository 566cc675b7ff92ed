"""What inventory does about what it consumes, and what is on the shelf afterwards."""

import pytest
from events import (
    Money,
    OrderLine,
    PaymentAuthorized,
    Shortage,
    StockCommitted,
    StockLine,
    StockRejected,
    StockReleased,
    StockReserved,
)
from hypothesis import given as given_facts
from hypothesis import strategies as st
from inventory.handlers import handlers
from inventory.lifecycle import ReservationStatus, StockItem
from inventory.unit_of_work import InventoryWork
from messaging import IllegalTransitionError
from messaging.testing import given
from testkit.facts import SHIPPED, STOPPED
from testkit.samples import SEALED

ORDER, OTHER = "ord_" + "1" * 32, "ord_" + "2" * 32


def paid(order_id=ORDER, **quantities):
    lines = [
        OrderLine(sku=sku, name=sku, quantity=quantity, unit_price=295)
        for sku, quantity in quantities.items()
    ]
    return paid_lines(lines, order_id)


def paid_lines(lines, order_id=ORDER):
    return PaymentAuthorized(
        order_id=order_id,
        payment_id="pi_1",
        amount=Money(amount=590, currency="GBP"),
        lines=tuple(lines),
        recipient=SEALED,
    )


def shelf(**on_hand):
    stock = {sku: StockItem(sku, on_hand=count) for sku, count in on_hand.items()}
    return given(handlers, InventoryWork(stock=stock))


def units(story, sku):
    item = story.work.stock_of(sku)
    return (item.on_hand, item.reserved, item.shipped)


def test_a_paid_order_has_its_goods_set_aside():
    consumed = paid(MUG=2, BOWL=1)
    story = shelf(MUG=3, BOWL=1).when(consumed)
    assert story.emitted == [StockReserved(order_id=ORDER, lines=consumed.lines, recipient=SEALED)]
    assert (units(story, "MUG"), units(story, "BOWL")) == ((1, 2, 0), (0, 1, 0))


def test_one_missing_line_leaves_all_others_on_the_shelf():
    story = shelf(MUG=3, BOWL=0).when(paid(MUG=2, BOWL=1))
    short = Shortage(sku="BOWL", requested=1, available=0)
    assert story.emitted == [StockRejected(order_id=ORDER, shortages=(short,))]
    assert units(story, "MUG") == (3, 0, 0)


def test_a_product_that_we_do_not_have_is_a_shortage():
    story = shelf().when(paid(GHOST=1))
    short = Shortage(sku="GHOST", requested=1, available=0)
    assert story.emitted == [StockRejected(order_id=ORDER, shortages=(short,))]


def test_lines_of_one_product_are_counted_together():
    line = OrderLine(sku="MUG", name="a mug", quantity=2, unit_price=295)
    story = shelf(MUG=3).when(paid_lines([line, line]))
    short = Shortage(sku="MUG", requested=4, available=3)
    assert story.emitted == [StockRejected(order_id=ORDER, shortages=(short,))]


def test_the_last_unit_goes_to_who_pays_first():
    story = shelf(MUG=1).when(paid(ORDER, MUG=1), paid(OTHER, MUG=1))
    assert [type(event) for event in story.emitted] == [StockReserved, StockRejected]
    assert units(story, "MUG") == (0, 1, 0)


def test_a_parcel_on_its_way_takes_its_goods_off_the_shelf():
    story = shelf(MUG=3).given(paid(MUG=2)).when(SHIPPED)
    assert story.emitted == [
        StockCommitted(order_id=ORDER, lines=(StockLine(sku="MUG", quantity=2),))
    ]
    assert units(story, "MUG") == (1, 0, 2)


def test_a_cancellation_puts_the_goods_back():
    story = shelf(MUG=3).given(paid(MUG=2)).when(STOPPED)
    assert story.emitted == [
        StockReleased(order_id=ORDER, lines=(StockLine(sku="MUG", quantity=2),))
    ]
    assert units(story, "MUG") == (3, 0, 0)


def test_a_cancellation_that_overtakes_the_payment_is_a_tombstone():
    story = shelf(MUG=3).when(STOPPED)
    assert story.emitted == [StockReleased(order_id=ORDER, lines=())]
    story.when(paid(MUG=2))
    assert story.emitted == []
    assert units(story, "MUG") == (3, 0, 0)


def test_a_cancellation_finds_nothing_to_put_back_where_nothing_was_set_aside():
    story = shelf(MUG=1).given(paid(MUG=2)).when(STOPPED)
    assert story.emitted == []
    assert story.work.of(ORDER).status is ReservationStatus.REJECTED


def test_what_inventory_says_is_numbered_without_a_gap():
    story = shelf(MUG=3).when(paid(MUG=2), SHIPPED)
    assert [envelope.sequence for envelope in story.envelopes] == [1, 2]


@pytest.mark.parametrize(
    ("before", "impossible"),
    [
        ((), SHIPPED),
        ((paid(MUG=2),), paid(MUG=2)),
        ((paid(MUG=9),), paid(MUG=2)),
        ((paid(MUG=9),), SHIPPED),
        ((paid(MUG=2), STOPPED), SHIPPED),
        ((paid(MUG=2), STOPPED), STOPPED),
        ((paid(MUG=2), SHIPPED), STOPPED),
        ((paid(MUG=2), SHIPPED), SHIPPED),
        ((STOPPED,), SHIPPED),
    ],
)
def test_what_cannot_have_happened_raises(before, impossible):
    story = shelf(MUG=3).given(*before)
    with pytest.raises(IllegalTransitionError):
        story.when(impossible)


ORDERS = st.sampled_from([f"ord_{number:032x}" for number in range(3)])
QUANTITIES = st.integers(1, 4)
FACTS = st.one_of(
    st.builds(lambda order_id, n: paid(order_id, MUG=n), ORDERS, QUANTITIES),
    st.builds(lambda order_id, n, m: paid(order_id, MUG=n, BOWL=m), ORDERS, QUANTITIES, QUANTITIES),
    st.builds(lambda order_id: SHIPPED.model_copy(update={"order_id": order_id}), ORDERS),
    st.builds(lambda order_id: STOPPED.model_copy(update={"order_id": order_id}), ORDERS),
)


@given_facts(st.lists(FACTS, max_size=15))
def test_whatever_is_consumed_no_unit_appears_or_vanishes(facts):
    story = shelf(MUG=5, BOWL=3)
    for fact in facts:
        try:
            story.when(fact)
        except IllegalTransitionError:
            continue
        for sku, initial in (("MUG", 5), ("BOWL", 3)):
            assert sum(units(story, sku)) == initial
            assert min(units(story, sku)) >= 0
