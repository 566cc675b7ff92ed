"""What shipping does about a final no of the carrier: nothing is carried, and people may ask again."""

import pytest
from events import CancellationReason, OrderLine, OrderOverdue, ShipmentCancelled, StockReserved
from messaging import CommandRedriven, refused
from messaging.testing import NOON, given
from shipping.commands import Booked, BookParcel, CancelBooking
from shipping.handlers import handlers
from shipping.lifecycle import ShipmentStatus
from shipping.unit_of_work import ShippingWork
from testkit.facts import ASKED
from testkit.samples import ORDER, SEALED

LINES = (OrderLine(sku="MUG", name="a mug", quantity=2, unit_price=295),)
RESERVED = StockReserved(order_id=ORDER, lines=LINES, recipient=SEALED)
BOOKED = Booked(order_id=ORDER, shipment_id="shp_1", carrier="post", tracking_code="T1")
CLOCK = OrderOverdue(order_id=ORDER, deadline=NOON)
BOOK = BookParcel(order_id=ORDER, units=2, recipient=SEALED)
GIVE_BACK = CancelBooking(order_id=ORDER, shipment_id="shp_1")
NEVER, UNKNOWN = refused(BOOK, "no"), refused(BOOK, "silence", is_final=False)
BOTH = [(ASKED, CancellationReason.BY_CUSTOMER), (CLOCK, CancellationReason.OVERDUE)]


def again(command):
    return CommandRedriven(order_id=ORDER, command=command.kind(), body=command.model_dump_json())


@pytest.fixture
def story():
    return given(handlers, ShippingWork())


@pytest.mark.parametrize(("asking", "reason"), BOTH)
def test_what_the_carrier_never_takes_can_be_stopped(story, asking, reason):
    story.given(RESERVED).when(NEVER)
    assert (story.asked, story.emitted) == ([], [])
    assert story.work.of(ORDER).status is ShipmentStatus.REFUSED
    story.when(asking)
    assert story.emitted == [ShipmentCancelled(order_id=ORDER, reason=reason)]


@pytest.mark.parametrize(("asking", "reason"), BOTH)
def test_a_final_no_to_what_was_stopped_before_ends_it(story, asking, reason):
    story.given(RESERVED, asking).when(NEVER)
    assert story.emitted == [ShipmentCancelled(order_id=ORDER, reason=reason)]


@pytest.mark.parametrize("no", [NEVER, UNKNOWN])
def test_asked_again_it_goes_on_as_if_nothing_had_been(story, no):
    story.given(RESERVED, no).when(again(BOOK))
    assert story.asked == [BOOK]
    story.when(BOOKED)
    assert story.work.of(ORDER).status is ShipmentStatus.INITIATED


def test_about_an_unknown_parcel_nothing_is_emitted_until_it_is_known(story):
    story.given(RESERVED, UNKNOWN).when(ASKED)
    assert (story.asked, story.emitted) == ([], [])
    story.when(again(BOOK))
    story.when(BOOKED)
    assert story.asked == [GIVE_BACK]


def test_a_parcel_that_cannot_be_given_back_waits_for_people(story):
    story.given(RESERVED, ASKED, BOOKED).when(refused(GIVE_BACK, "no"))
    assert (story.asked, story.emitted) == ([], [])
    story.when(again(GIVE_BACK))
    assert story.asked == [GIVE_BACK]


@pytest.mark.parametrize(
    ("before", "command"),
    [((RESERVED, NEVER, ASKED), BOOK), ((RESERVED, BOOKED), BOOK), ((RESERVED,), GIVE_BACK)],
)
def test_what_is_not_to_be_done_any_more_is_not_asked_again(story, before, command):
    story.given(*before).when(again(command))
    assert (story.asked, story.emitted) == ([], [])
