"""A window's numbers: whoever counts which facts in which order, they come to the same."""

import json

from analytics.handlers import MOST_PRODUCTS, count_change
from analytics.window import Window
from countable import COUNTRY, CURRENCY, change
from events import OrderLine, OrderStatus, WindowCounts
from events.limits import LINES_MAX, RECORD_BYTES_MAX, UNITS_MAX
from hypothesis import given
from hypothesis import strategies as st
from testkit.samples import changed, new_order

facts = st.lists(
    st.tuples(
        st.sampled_from([OrderStatus.ACCEPTED, OrderStatus.COMPLETED, OrderStatus.CANCELLED]),
        st.integers(1, 5000),
        st.integers(0, 2),
    ),
    max_size=30,
)


def counted(facts):
    return [
        (change(new_order(), status, took_ms=ms, reason="out_of_stock"), part)
        for status, ms, part in facts
    ]


@given(facts)
def test_partitions_that_are_added_up_are_what_one_would_have_counted(facts):
    changes = counted(facts)
    whole, parts = WindowCounts(), [WindowCounts() for _ in range(3)]
    for event, part in changes:
        count_change(event, whole)
        count_change(event, parts[part])
    total = WindowCounts()
    for part in reversed(parts):
        total.add(part)
    assert total == whole


@given(facts)
def test_a_window_comes_back_from_the_changelog_as_it_was(facts):
    window = Window(revision=3, closed=True)
    for number, (event, _) in enumerate(counted(facts)):
        assert window.note(event.order_id, number)
        count_change(event, window.counts)
    kept = window.to_json()
    assert Window.from_json(kept) == Window.from_json(json.loads(json.dumps(kept))) == window


def test_each_fact_of_an_order_is_noted_once_in_whatever_order_they_come():
    window, order, other = Window(), new_order(), new_order()
    assert [window.note(order, n) for n in (3, 1, 3, 2, 1)] == [True, True, False, True, False]
    assert window.note(other, 3)


def test_only_an_order_that_was_accepted_counts_for_its_country_and_products():
    counts = WindowCounts()
    count_change(change(new_order(), units=3), counts)
    count_change(change(new_order(), OrderStatus.COMPLETED, took_ms=10), counts)
    count_change(change(new_order(), OrderStatus.CANCELLED, reason="overdue"), counts)
    assert counts.statuses == {"accepted": 1, "completed": 1, "cancelled": 1}
    assert counts.countries == {COUNTRY: 1}
    assert counts.units == {"MUG": 3}
    assert counts.revenue == {CURRENCY: 250}
    assert counts.reasons == {"overdue": 1}
    assert sum(counts.latency.values()) == 1


def test_a_window_stays_one_record_however_many_products_are_ordered():
    window = Window()
    for order in range(8):
        skus = [f"{order:02}-{line:037}" for line in range(LINES_MAX)]
        lines = [OrderLine(sku=sku, name="", quantity=UNITS_MAX, unit_price=1) for sku in skus]
        event = changed("accepted", new_order(), lines=lines)
        window.note(event.order_id, 1)
        count_change(event, window.counts)
        count_change(event, window.counts)
    assert len(window.counts.units) == MOST_PRODUCTS
    assert set(window.counts.units.values()) == {2 * UNITS_MAX}
    assert len(json.dumps(window.to_json())) < RECORD_BYTES_MAX
