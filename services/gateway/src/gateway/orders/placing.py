"""From a valid request to an order that is ready to be accepted: its answer and its event."""

import json
from datetime import UTC, datetime

from events import CancellationRequested, Envelope, OrderEvent, OrderPlaced, Record, encode
from servicekit import Sealer, TraceContext, current_trace
from uuid_utils.compat import uuid7

from gateway.http.bodies import Body
from gateway.orders.acceptance import NewOrder
from gateway.orders.documents import accepted_document
from gateway.orders.fitting import require_one_record
from gateway.orders.order_request import OrderRequest
from gateway.orders.pricing import price
from gateway.products.catalogue import Catalogue

SOURCE = "gateway"
FIRST = 1
"""The gateway says one thing per order on each of its topics, so that is always its sequence."""


class Counter:
    """Where orders are priced, given their id, and their recipients sealed."""

    def __init__(self, catalogue: Catalogue, sealer: Sealer, currency: str) -> None:
        self._catalogue = catalogue
        self._sealer = sealer
        self._currency = currency

    def prepare(self, order: OrderRequest, body: Body, customer_id: str, key: str) -> NewOrder:
        """Make everything of an order that its acceptance writes down.

        Raises:
            ProblemError: it cannot be priced, paid, sent, or said in one record.
        """
        lines, total = price(order, self._catalogue, self._currency)
        order_id = f"ord_{uuid7().hex}"
        placed_at = datetime.now(UTC)
        event = OrderPlaced(
            order_id=order_id,
            customer_id=customer_id,
            country=order.recipient.country,
            lines=lines,
            total=total,
            payment_token=order.payment.token,
            recipient=self._sealer.seal(order.recipient, order_id),
            placed_at=placed_at,
        )
        record = say(event, placed_at)
        require_one_record(record)
        document = accepted_document(order_id, customer_id, lines, total, placed_at)
        return NewOrder(
            customer_id=customer_id,
            key=key,
            body_hash=body.fingerprint(),
            order_id=order_id,
            placed_at=placed_at,
            document=json.dumps(document),
            record=record,
        )


def cancellation_record(order_id: str, at: datetime) -> Record:
    """The record that says that a customer asked to stop an order."""
    return say(CancellationRequested(order_id=order_id, requested_at=at), at)


def say(event: OrderEvent, at: datetime) -> Record:
    """The record that says an event, as part of the trace of the request that is being answered."""
    trace = current_trace.get() or TraceContext.new()
    envelope = Envelope(
        event=event,
        id=uuid7(),
        source=SOURCE,
        time=at,
        correlation_id=event.order_id,
        sequence=FIRST,
        traceparent=trace.traceparent,
    )
    return encode(envelope)
