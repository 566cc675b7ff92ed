"""Counting and telling without a broker: what is late, what is a repeat, what is said and when."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from analytics.counting import WindowCounter
from analytics.publisher import PRODUCTS, WindowPublisher, update_of
from analytics.windows import KEEP_S, Windows
from countable import CURRENCY, change
from events import decode, encode
from faust.windows import TumblingWindow
from messaging import ConsumedRecord, decode_delivery
from servicekit.metrics import registry
from testkit.samples import NOON, enveloped, new_order
from testkit.spans import recorded_spans
from tracing import TraceContext
from tracing.conventions import faults


class Table(dict):
    """A table without a changelog; it notes when it was written."""

    def __init__(self):
        super().__init__()
        self.window, self.data, self.writes = TumblingWindow(5), self, 0

    async def written(self):
        self.writes += 1


class Press:
    """A publisher, and a flag that is set while the broker does not answer."""

    def __init__(self):
        self.published, self.away = [], False

    async def publish(self, rows):
        if self.away:
            return []
        self.published += [decode(row.record.headers, row.record.value) for row in rows]
        return rows


@pytest.fixture
def table():
    return Table()


@pytest.fixture
def windows(table):
    return Windows(SimpleNamespace(table=table))


@pytest.fixture
def tally(windows):
    return WindowCounter(windows)


@pytest.fixture
def press():
    return Press()


@pytest.fixture
def teller(windows, press):
    return WindowPublisher(windows, press, CURRENCY, lambda: {0})


@pytest.fixture
def deliveries_of():
    """Makes deliveries of changes; `done` gets those that were acknowledged."""

    def deliver(*envelopes, done=None, partition=0):
        done = [] if done is None else done
        records = [encode(envelope) for envelope in envelopes]
        return [
            decode_delivery(
                ConsumedRecord(one.topic, partition, 0, one.key, one.value, tuple(one.headers)),
                lambda number=number: done.append(number),
            )
            for number, one in enumerate(records)
        ]

    return deliver


def only(windows):
    (place,) = windows
    return place, windows.read(place)


async def test_a_repeat_counts_once_and_all_is_acknowledged_after_it_is_written(
    tally, windows, table, deliveries_of
):
    envelope, done = enveloped(change(new_order())), []
    await tally.count(deliveries_of(envelope, envelope, done=done))
    await tally.count(deliveries_of(envelope, done=done))
    assert only(windows)[1].counts.statuses == {"accepted": 1}
    assert done == [0, 1, 0]
    assert table.writes == 2


async def test_what_comes_when_its_window_is_over_for_good_is_late(tally, windows, deliveries_of):
    later = NOON + timedelta(seconds=KEEP_S + 5)
    await tally.count(deliveries_of(enveloped(change(new_order(), at=later))))
    late = enveloped(change(new_order()))
    await tally.count(deliveries_of(late, late))
    _, window = only(windows)
    assert (window.counts.late, window.counts.statuses) == (1, {"accepted": 1})


async def test_partitions_have_clocks_of_their_own(tally, windows, deliveries_of):
    later = NOON + timedelta(hours=1)
    await tally.count(deliveries_of(enveloped(change(new_order(), at=later))))
    await tally.count(deliveries_of(enveloped(change(new_order())), partition=1))
    assert [windows.read(place).counts.late for place in windows] == [0, 0]


async def test_a_clock_that_goes_ahead_counts_as_now(tally, windows, deliveries_of):
    ahead = NOON.replace(year=2999)
    await tally.count(deliveries_of(enveloped(change(new_order(), at=ahead))))
    assert only(windows)[0].start.year < 2999


async def test_a_record_that_cannot_be_read_is_passed_over(tally, windows, deliveries_of):
    good, bad = (enveloped(change(new_order())) for _ in range(2))
    deliveries, done = deliveries_of(good, bad), []
    broken = decode_delivery(
        ConsumedRecord("t", 0, 0, b"", b"{", ()), lambda: done.append("broken")
    )
    await tally.count([broken, *deliveries])
    assert done == ["broken"]
    assert only(windows)[1].counts.statuses == {"accepted": 2}


async def test_a_window_is_emitted_when_it_changes_and_once_more_when_it_is_over(
    tally, teller, press, deliveries_of
):
    await tally.count(deliveries_of(enveloped(change(new_order()))))
    for _ in range(2):
        await teller.tell(NOON + timedelta(seconds=2))
    for _ in range(2):
        await teller.tell(NOON + timedelta(seconds=10))
    updates = [(one.sequence, one.event.closed) for one in press.published]
    assert updates == [(1, False), (2, True)]
    assert {one.event.key for one in press.published} == {f"{NOON.isoformat()}/0"}


async def test_what_the_broker_did_not_take_is_emitted_later_and_not_forgotten_before(
    tally, teller, press, deliveries_of
):
    press.away = True
    later = NOON + timedelta(seconds=KEEP_S + 5)
    for moment in (NOON, later):
        await tally.count(deliveries_of(enveloped(change(new_order(), at=moment))))
    await teller.tell(later)
    assert len(list(teller._windows)) == 2
    press.away = False
    await teller.tell(later)
    assert {one.event.window_start for one in press.published} == {NOON, later}
    assert [place.start for place in teller._windows] == [later]


def test_windows_of_partitions_that_others_have_are_dropped(table, windows):
    for partition in (0, 1):
        place = windows.place(partition, NOON)
        windows.keep(place, windows.read(place))
    windows.leave({1})
    assert [place.partition for place in windows] == [1]


def test_an_update_names_only_the_products_that_sell_most(windows):
    place = windows.place(0, NOON)
    window = windows.read(place)
    window.counts.units.update({f"SKU-{number}": number for number in range(1, PRODUCTS + 10)})
    update = update_of(place, window, 5, CURRENCY)
    assert len(update.units_by_product) == PRODUCTS
    assert min(update.units_by_product.values()) == 10


async def test_what_is_counted_is_a_span_of_the_orders_trace_and_of_its_batch(tally, deliveries_of):
    orders = [TraceContext.new(), TraceContext.new()]
    changes = [
        replace(enveloped(change(new_order())), traceparent=one.traceparent) for one in orders
    ]
    with recorded_spans() as spans:
        await tally.count(deliveries_of(*changes))
        counted = spans.named("process order-status-changed")
        batch = spans.one("handle batch")
    assert [(one.context.trace_id, one.parent_id) for one in counted] == [
        (one.trace_id, one.span_id) for one in orders
    ]
    assert [one.links for one in counted] == [[one, batch.context] for one in orders]
    assert batch.links == [one.context for one in counted]
    assert {one.attributes["messaging.consumer.group.name"] for one in counted} == {"analytics"}
    assert [fault for span in (*counted, batch) for fault in faults(span)] == []


async def test_what_the_changelog_did_not_take_leaves_no_span(tally, table, deliveries_of):
    async def refuse():
        raise OSError("the broker is unavailable")

    table.written = refuse
    placed = replace(enveloped(change(new_order())), traceparent=TraceContext.new().traceparent)
    done = []
    with recorded_spans() as spans:
        with pytest.raises(OSError, match="unavailable"):
            await tally.count(deliveries_of(placed, done=done))
        assert (spans.look(), done) == ([], [])


async def test_what_is_counted_is_told_as_handled_and_a_repeat_as_repeated(tally, deliveries_of):
    def told(outcome: str) -> float:
        labels = {"topic": "order-status-changed", "outcome": outcome}
        return registry.get_sample_value("orderstream_events_handled_total", labels) or 0.0

    before = told("handled"), told("repeated")
    first, other = (enveloped(change(new_order())) for _ in range(2))
    await tally.count(deliveries_of(first, other, first))
    assert (told("handled") - before[0], told("repeated") - before[1]) == (2, 1)


async def test_what_the_changelog_did_not_take_is_not_told(tally, table, deliveries_of):
    def told() -> float:
        return registry.get_sample_value("orderstream_batch_records_count") or 0.0

    async def refuse():
        raise OSError("the broker is unavailable")

    before, table.written = told(), refuse
    with pytest.raises(OSError, match="unavailable"):
        await tally.count(deliveries_of(enveloped(change(new_order()))))
    assert told() == before
