"""From a valid request to an order that is ready to be accepted: its response and its event."""

import json
from datetime import UTC, datetime

from events import CancellationRequested, Envelope, OrderEvent, OrderPlaced, Record, encode
from messaging import creation_context
from privacy import Sealer
from tracing import current_trace
from uuid_utils.compat import uuid7

from gateway.http.bodies import Body
from gateway.intake.limits import require_one_record
from gateway.intake.pricing import Catalogue, price
from gateway.intake.requests import OrderRequest
from gateway.intake.store import NewOrder
from gateway.reads.representations import accepted_document

SOURCE = "gateway"
FIRST = 1
"""The gateway emits one event per order on each of its topics, so that is always its sequence."""


class OrderBuilder:
    """Prices orders, gives them their id, and seals their recipients."""

    def __init__(self, catalogue: Catalogue, sealer: Sealer, currency: str) -> None:
        self._catalogue = catalogue
        self._sealer = sealer
        self._currency = currency

    def build(self, order: OrderRequest, body: Body, customer_id: str, key: str) -> NewOrder:
        """Build everything of an order that its acceptance writes down.

        Raises:
            ProblemError: it cannot be priced, paid, sent, or fit into one record.
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
        record = encoded(event, placed_at)
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
    """Return the record by which a customer requests to stop an order."""
    return encoded(CancellationRequested(order_id=order_id, requested_at=at), at)


def encoded(event: OrderEvent, at: datetime) -> Record:
    """Return the record of an event, as part of the trace of the request that is being answered."""
    trace, event_id = current_trace.get(), uuid7()
    envelope = Envelope(
        event=event,
        id=event_id,
        source=SOURCE,
        time=at,
        correlation_id=event.order_id,
        sequence=FIRST,
        traceparent=creation_context(event, event_id, trace.traceparent if trace else None),
    )
    return encode(envelope)
