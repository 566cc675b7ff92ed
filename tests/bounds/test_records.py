"""All that is ever said of the largest order fits into records, the copies of dead letters included."""

from dataclasses import replace

import pytest
from bounds.door import MANY, accept
from bounds.neighbours import Neighbours
from events import (
    OrderEvent,
    OrderLine,
    OrderPlaced,
    OrderStatus,
    PaymentAuthorized,
    Record,
    Shortage,
    StockLine,
    StockRejected,
    StockReleased,
    StockReserved,
    encode,
)
from events.limits import LINES_MAX, RECORD_BYTES_MAX, UNITS_MAX
from events.topics import ORDER_PLACED
from fault_injection import CATALOGUE, as_baggage
from gateway.intake.limits import require_one_record, size_of
from messaging import OutboxRow, Publisher
from testkit.samples import RECIPIENT, TOTAL, changed, enveloped, new_order, placed

CLIENT_BYTES_MAX = 1_048_576
TRACE = f"00-{'1' * 32}-{'2' * 16}-01"
BAGGAGE = max(map(as_baggage, CATALOGUE), key=len)
WHY = b"x" * 8_000
"""More than is ever said of why something cannot be handled."""


def what_follows(order: OrderPlaced) -> list[OrderEvent]:
    """Every event that says the lines of an order again, as long as it can be."""
    fields = {"order_id": order.order_id, "lines": order.lines, "recipient": order.recipient}
    units = tuple(StockLine(sku=line.sku, quantity=line.quantity) for line in order.lines)
    short = tuple(Shortage(sku=line.sku, requested=2**31, available=2**31) for line in order.lines)
    return [
        order,
        PaymentAuthorized(payment_id="p" * 255, amount=order.total, **fields),
        StockReserved(**fields),
        StockRejected(order_id=order.order_id, shortages=short),
        StockReleased(order_id=order.order_id, lines=units),
        changed(
            OrderStatus.PAYMENT_REVIEW,
            order.order_id,
            customer_id=order.customer_id,
            tracking_code="t" * 255,
            total=order.total,
            recipient=order.recipient,
            lines=order.lines,
        ),
    ]


def as_dead_letters(order: OrderPlaced) -> list[Record]:
    """The copies of all records about an order, with every header that there is."""
    further = [("x-error", WHY), ("x-origin-topic", b"order-status-changed")]
    further += [("x-origin-partition", b"1" * 9), ("x-origin-offset", b"9" * 19)]
    topic = ORDER_PLACED.dead_letters_of("payment").name
    cause = enveloped(order).id
    records = [
        encode(enveloped(event, causation_id=cause, traceparent=TRACE, baggage=BAGGAGE))
        for event in what_follows(order)
    ]
    return [replace(one, topic=topic, headers=[*one.headers, *further]) for one in records]


def largest_order() -> OrderPlaced:
    """An order whose record has as many bytes as the door lets in."""

    def named(name: str) -> OrderPlaced:
        line = OrderLine(sku="MUG", name=name, quantity=1, unit_price=TOTAL.amount)
        return placed(order_id, lines=(line,))

    order_id = new_order()
    return named("x" * (RECORD_BYTES_MAX - size_of(encode(enveloped(named(""))))))


@pytest.mark.process
def test_the_largest_order_of_products_that_can_be_listed_is_let_in(neighbours: Neighbours) -> None:
    lines = [{"sku": sku, "quantity": UNITS_MAX // LINES_MAX} for sku in MANY[:LINES_MAX]]
    long = {"name": 200, "street": 200, "city": 100, "postcode": 20}
    recipient = RECIPIENT | {field: "\U0001f381" * most for field, most in long.items()}
    wanted = {"lines": lines, "payment": {"token": "x" * 100}, "recipient": recipient}
    order, record = accept(wanted, neighbours.sealer)
    assert size_of(record) > RECORD_BYTES_MAX * 0.85
    assert max(map(size_of, as_dead_letters(order))) < CLIENT_BYTES_MAX


@pytest.mark.kafka
async def test_a_broker_takes_all_that_is_reported_of_the_largest_order(kafka: str) -> None:
    order = largest_order()
    require_one_record(encode(enveloped(order)))
    assert size_of(encode(enveloped(order))) == RECORD_BYTES_MAX
    rows = [OutboxRow(number, record) for number, record in enumerate(as_dead_letters(order))]
    publisher = Publisher(kafka, "test")
    try:
        assert await publisher.publish(rows) == rows
    finally:
        await publisher.stop()
