"""What shipping does about what it consumes; above all, what it still stops."""

import pytest
from events import (
    CancellationReason,
    CancellationRefused,
    OrderLine,
    OrderOverdue,
    ShipmentCancelled,
    ShippingInitiated,
    StockReserved,
)
from hypothesis import given as tell
from hypothesis import strategies as st
from messaging import IllegalTransitionError
from messaging.testing import NOON, given
from shipping.commands import (
    Booked,
    BookingCancelled,
    BookParcel,
    CancelBooking,
    Undeliverable,
)
from shipping.handlers import handlers
from shipping.lifecycle import ShipmentStatus
from shipping.unit_of_work import ShippingWork
from testkit.facts import ASKED
from testkit.samples import ORDER, SEALED

LINES = (
    OrderLine(sku="MUG", name="a mug", quantity=2, unit_price=295),
    OrderLine(sku="BOWL", name="a bowl", quantity=3, unit_price=495),
)
RESERVED = StockReserved(order_id=ORDER, lines=LINES, recipient=SEALED)
BOOKED = Booked(order_id=ORDER, shipment_id="shp_1", carrier="post", tracking_code="T1")
UNDELIVERABLE = Undeliverable(order_id=ORDER)
GIVEN_BACK = BookingCancelled(order_id=ORDER)
CLOCK = OrderOverdue(order_id=ORDER, deadline=NOON)
BOTH = [
    pytest.param(ASKED, CancellationReason.BY_CUSTOMER, id="the customer"),
    pytest.param(CLOCK, CancellationReason.OVERDUE, id="the clock"),
]


@pytest.fixture
def story():
    return given(handlers, ShippingWork())


def test_reserved_goods_are_booked_with_the_carrier(story):
    story.when(RESERVED)
    assert story.asked == [BookParcel(order_id=ORDER, units=5, recipient=SEALED)]
    assert story.emitted == []


def test_a_booked_parcel_is_on_its_way(story):
    story.given(RESERVED).when(BOOKED)
    assert story.emitted == [
        ShippingInitiated(order_id=ORDER, shipment_id="shp_1", carrier="post", tracking_code="T1")
    ]
    assert story.asked == []


def test_an_address_that_the_carrier_does_not_serve_ends_the_order(story):
    story.given(RESERVED).when(UNDELIVERABLE)
    assert story.emitted == [
        ShipmentCancelled(order_id=ORDER, reason=CancellationReason.UNDELIVERABLE)
    ]


@pytest.mark.parametrize(("asking", "reason"), BOTH)
def test_an_order_never_seen_is_stopped_by_a_tombstone(story, asking, reason):
    story.when(asking)
    assert story.emitted == [ShipmentCancelled(order_id=ORDER, reason=reason)]
    story.when(RESERVED)
    assert (story.asked, story.emitted) == ([], [])
    assert story.work.of(ORDER).status is ShipmentStatus.CANCELLED


@pytest.mark.parametrize(("asking", "reason"), BOTH)
def test_an_order_that_is_being_booked_is_stopped_once_the_carrier_has_answered(
    story, asking, reason
):
    story.given(RESERVED).when(asking)
    assert (story.asked, story.emitted) == ([], [])
    story.when(BOOKED)
    assert story.asked == [CancelBooking(order_id=ORDER, shipment_id="shp_1")]
    assert story.emitted == []
    story.when(GIVEN_BACK)
    assert story.emitted == [ShipmentCancelled(order_id=ORDER, reason=reason)]


@pytest.mark.parametrize(("asking", "reason"), BOTH)
def test_an_undeliverable_parcel_that_was_to_be_stopped_has_nothing_to_give_back(
    story, asking, reason
):
    story.given(RESERVED, asking).when(UNDELIVERABLE)
    assert story.emitted == [ShipmentCancelled(order_id=ORDER, reason=reason)]
    assert story.asked == []


@pytest.mark.parametrize("asking", [ASKED, CLOCK])
def test_a_parcel_on_its_way_is_not_stopped(story, asking):
    story.given(RESERVED, BOOKED).when(asking)
    assert story.emitted == [CancellationRefused(order_id=ORDER)]
    assert story.work.of(ORDER).status is ShipmentStatus.INITIATED


@pytest.mark.parametrize("asking", [ASKED, CLOCK])
@pytest.mark.parametrize(
    "before",
    [(ASKED,), (RESERVED, ASKED, BOOKED), (RESERVED, ASKED, BOOKED, GIVEN_BACK)],
    ids=["stopped", "being given back", "given back"],
)
def test_what_is_stopped_is_not_stopped_again(story, before, asking):
    story.given(*before).when(asking)
    assert (story.asked, story.emitted) == ([], [])


def test_the_first_reason_to_stop_is_the_one_that_is_reported(story):
    story.when(RESERVED, CLOCK, ASKED, BOOKED, GIVEN_BACK)
    assert story.emitted == [ShipmentCancelled(order_id=ORDER, reason=CancellationReason.OVERDUE)]


def test_what_shipping_says_is_numbered_without_a_gap(story):
    story.when(RESERVED, BOOKED, ASKED, CLOCK)
    assert [envelope.sequence for envelope in story.envelopes] == [1, 2, 3]


@pytest.mark.parametrize(
    ("before", "impossible"),
    [
        ((), BOOKED),
        ((RESERVED,), RESERVED),
        ((RESERVED, BOOKED), RESERVED),
        ((RESERVED, BOOKED), BOOKED),
        ((RESERVED, BOOKED), UNDELIVERABLE),
        ((RESERVED, BOOKED), GIVEN_BACK),
        ((RESERVED, ASKED, BOOKED), RESERVED),
        ((ASKED,), BOOKED),
        ((ASKED,), UNDELIVERABLE),
    ],
)
def test_what_cannot_have_happened_raises(story, before, impossible):
    story.given(*before)
    with pytest.raises(IllegalTransitionError):
        story.when(impossible)


FACTS = [RESERVED, BOOKED, UNDELIVERABLE, GIVEN_BACK, ASKED, CLOCK]


@tell(st.lists(st.sampled_from(FACTS), max_size=12))
def test_whatever_is_consumed_a_parcel_either_leaves_or_does_not(facts):
    story, emitted = given(handlers, ShippingWork()), []
    for fact in facts:
        try:
            story.when(fact)
        except IllegalTransitionError:
            break
        emitted += story.envelopes
    decided = [e.event for e in emitted if not isinstance(e.event, CancellationRefused)]
    assert len(decided) <= 1
    assert [envelope.sequence for envelope in emitted] == [*range(1, len(emitted) + 1)]
