"""What the order service says about an order, whatever order the facts come in."""

import pytest
from events import (
    CancellationReason,
    OrderOverdue,
    OrderStatus,
    OrderStatusChanged,
    ShipmentCancelled,
)
from hypothesis import given as tell
from hypothesis import strategies as st
from messaging import IllegalTransitionError
from messaging.testing import NOON, Numbered, given
from order.handlers import DeadlinePassed, handlers
from order.unit_of_work import OrderWork
from testkit.facts import (
    ASKED,
    AUTHORIZED,
    CAPTURED,
    COMMITTED,
    DECLINED,
    PLACED,
    REJECTED,
    RELEASED,
    RESERVED,
    SHIPPED,
    STOPPED,
    VOIDED,
)
from testkit.samples import LINES, ORDER, SEALED, TOTAL

DEADLINE = DeadlinePassed(order_id=ORDER)


@pytest.fixture
def story():
    return given(handlers, OrderWork())


def statuses(story):
    changes = [event for event in story.emitted if isinstance(event, OrderStatusChanged)]
    return [change.status.value for change in changes]


def reason(story):
    return story.work.of(ORDER).reason


def test_a_new_order_is_accepted_and_everything_known_of_it_is_emitted(story):
    story.when(PLACED)
    assert story.emitted == [
        OrderStatusChanged(
            order_id=ORDER,
            customer_id="cus_1",
            status=OrderStatus.ACCEPTED,
            previous=None,
            country="GB",
            total=TOTAL,
            recipient=SEALED,
            placed_at=NOON,
            changed_at=NOON,
            lines=LINES,
        )
    ]


def test_only_the_first_change_of_status_says_the_lines(story):
    story.given(PLACED).when(AUTHORIZED)
    assert [event.lines for event in story.emitted] == [()]


def test_an_order_goes_all_the_way(story):
    story.when(PLACED, AUTHORIZED, RESERVED, SHIPPED, CAPTURED, COMMITTED)
    assert statuses(story) == ["accepted", "authorized", "reserved", "shipped", "completed"]
    assert [envelope.sequence for envelope in story.envelopes] == [1, 2, 3, 4, 5]
    assert story.emitted[-1].tracking_code == "T1"
    assert story.emitted[-1].previous is OrderStatus.SHIPPED
    assert story.work.of(ORDER).final_at == NOON


def test_a_declined_card_ends_the_order(story):
    story.when(PLACED, DECLINED)
    assert statuses(story) == ["accepted", "cancelled"]
    assert reason(story) is CancellationReason.PAYMENT_DECLINED


def test_missing_goods_end_the_order_once_the_money_is_let_go(story):
    story.when(PLACED, AUTHORIZED, REJECTED)
    assert statuses(story) == ["accepted", "authorized", "cancelling"]
    story.when(VOIDED)
    assert statuses(story) == ["cancelled"]
    assert reason(story) is CancellationReason.OUT_OF_STOCK


def test_a_cancellation_ends_the_order_once_money_and_goods_are_settled(story):
    story.given(PLACED, AUTHORIZED, RESERVED).when(ASKED, STOPPED, VOIDED)
    assert statuses(story) == ["cancelling"]
    story.when(RELEASED)
    assert statuses(story) == ["cancelled"]
    assert reason(story) is CancellationReason.BY_CUSTOMER


def test_a_cancellation_that_came_too_late_ends_in_a_shipped_order(story):
    story.when(PLACED, AUTHORIZED, RESERVED, ASKED, SHIPPED)
    assert statuses(story) == ["accepted", "authorized", "reserved", "cancelling", "shipped"]


@pytest.mark.parametrize("early", [AUTHORIZED, RESERVED, SHIPPED, STOPPED, ASKED, DEADLINE])
def test_nothing_is_emitted_about_an_unknown_order(story, early):
    story.when(early)
    assert story.emitted == []


def test_facts_that_came_before_the_order_count_as_soon_as_it_is_seen(story):
    story.given(SHIPPED, COMMITTED, CAPTURED).when(PLACED)
    assert statuses(story) == ["accepted", "completed"]


def test_a_fact_that_was_overtaken_by_a_newer_one_changes_nothing(story):
    story.given(PLACED, SHIPPED).when(Numbered(2, COMMITTED), Numbered(1, RESERVED))
    assert story.work.of(ORDER).stock == "committed"
    story.when(Numbered(2, CAPTURED), Numbered(1, AUTHORIZED))
    assert statuses(story) == ["completed"]
    assert story.work.of(ORDER).payment == "captured"


def test_an_open_order_is_called_overdue_once(story):
    story.given(PLACED, AUTHORIZED).when(DEADLINE)
    assert story.emitted[0] == OrderOverdue(order_id=ORDER, deadline=NOON)
    assert statuses(story) == ["cancelling"]
    assert [envelope.sequence for envelope in story.envelopes] == [1, 3]
    story.when(DEADLINE)
    assert story.emitted == []


@pytest.mark.parametrize("end", [(DECLINED,), (SHIPPED, CAPTURED, COMMITTED)])
def test_an_order_that_has_ended_is_never_overdue(story, end):
    story.given(PLACED, *end).when(DEADLINE)
    assert story.emitted == []


def test_an_overdue_order_that_has_left_is_still_fulfilled(story):
    story.given(PLACED, AUTHORIZED, RESERVED, DEADLINE).when(SHIPPED, CAPTURED, COMMITTED)
    assert statuses(story) == ["shipped", "completed"]


@pytest.mark.parametrize("reason_told", list(CancellationReason))
def test_shipping_says_why_an_order_was_stopped(story, reason_told):
    stopped = ShipmentCancelled(order_id=ORDER, reason=reason_told)
    story.given(PLACED).when(stopped, VOIDED, RELEASED)
    assert statuses(story) == ["cancelling", "cancelled"]
    assert story.emitted[-1].reason is reason_told


@pytest.mark.parametrize(
    ("before", "impossible"),
    [
        ((PLACED, SHIPPED, CAPTURED, COMMITTED), STOPPED),
        ((PLACED, STOPPED, VOIDED, RELEASED), SHIPPED),
        ((PLACED, AUTHORIZED), DECLINED),
    ],
)
def test_what_cannot_have_happened_raises(story, before, impossible):
    story.given(*before)
    with pytest.raises(IllegalTransitionError):
        story.when(impossible)


STORIES = {
    "completed": (AUTHORIZED, RESERVED, SHIPPED, CAPTURED, COMMITTED),
    "completed in spite of a late cancellation": (
        AUTHORIZED,
        RESERVED,
        SHIPPED,
        ASKED,
        CAPTURED,
        COMMITTED,
    ),
    "declined": (DECLINED,),
    "declined while being cancelled": (ASKED, STOPPED, DECLINED, RELEASED),
    "out of stock": (AUTHORIZED, REJECTED, VOIDED),
    "cancelled while out of stock": (AUTHORIZED, REJECTED, ASKED, STOPPED, VOIDED),
    "cancelled": (AUTHORIZED, RESERVED, ASKED, STOPPED, VOIDED, RELEASED),
    "cancelled before anything else": (ASKED, STOPPED, VOIDED, RELEASED),
}


def numbered(facts):
    """Every fact with its sequence at its producer, so that they can be told in any order."""
    counts = {}
    for fact in facts:
        counts[fact.topic] = counts.get(fact.topic, 0) + 1
        yield Numbered(counts[fact.topic], fact)


@pytest.mark.parametrize("facts", STORIES.values(), ids=STORIES.keys())
@tell(data=st.data())
def test_facts_in_any_order_lead_to_the_same_end(facts, data):
    straight = given(handlers, OrderWork()).when(PLACED, *facts)
    end = straight.work.of(ORDER)
    assert end.status.is_final
    story = given(handlers, OrderWork())
    story.when(*data.draw(st.permutations([*numbered([PLACED, *facts])])))
    assert (story.work.of(ORDER).status, reason(story)) == (end.status, end.reason)
    assert [envelope.sequence for envelope in story.envelopes] == [
        *range(1, len(story.envelopes) + 1)
    ]
    finals = [name for name in statuses(story) if name in ("completed", "cancelled")]
    assert finals == [end.status]
