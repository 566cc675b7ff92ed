"""What a webhook says, and writing it down for everybody who asked to be told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from events import OrderStatusChanged
from servicekit import Connection

TYPE = "order.status_changed"

# Locked until the commit, a subscription cannot be removed between the two steps. The id follows
# from what is told to whom, so that a change of status is told to each once.
INSERT = """
    WITH told AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[])
            AS told (customer_id, order_id, sequence, body, traceparent)
    ), listening AS (
        SELECT id, customer_id FROM webhook_subscriptions
        WHERE customer_id = ANY($1::text[]) AND status = 'active'
        FOR KEY SHARE
    )
    INSERT INTO webhook_deliveries (id, subscription_id, order_id, sequence, body, traceparent)
    SELECT 'msg_' || md5(concat_ws(' ', id, order_id, sequence)), id, order_id, sequence, body,
        traceparent
    FROM told JOIN listening USING (customer_id)
    ORDER BY order_id, sequence
    ON CONFLICT (id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A change of an order's status; `sequence` counts those of one order without a gap.

    `traceparent` names the span in which it was consumed.
    """

    event: OrderStatusChanged
    sequence: int
    traceparent: str | None = None

    @property
    def body(self) -> str:
        """What every subscriber of the customer's is sent: JSON, with no personal data in it."""
        event = self.event
        data = {
            "order_id": event.order_id,
            "sequence": self.sequence,
            "status": event.status,
            "previous": event.previous,
            "reason": event.reason,
            "tracking_code": event.tracking_code,
        }
        changed_at = event.changed_at.isoformat().replace("+00:00", "Z")
        return json.dumps({"type": TYPE, "timestamp": changed_at, "data": data})


async def write_deliveries(connection: Connection, told: Sequence[Told]) -> None:
    """Write a webhook for every active subscription of each order's customer, in the caller's transaction."""
    if told:
        await connection.execute(
            INSERT,
            [one.event.customer_id for one in told],
            [one.event.order_id for one in told],
            [one.sequence for one in told],
            [one.body for one in told],
            [one.traceparent for one in told],
        )
