"""One batch's orders: loaded and locked together, saved together with their new history."""

from collections.abc import Sequence
from typing import ClassVar, Self

from events import OrderStatusChanged
from messaging import Fact, Rows, UnitOfWork, order_ids
from servicekit import Connection

from order.lifecycle import Order
from order.metrics import note_end
from order.models import orders

ORDERS = Rows(Order, orders)
INSERT_HISTORY = """
    INSERT INTO order_history (order_id, sequence, status, reason, changed_at)
    SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::timestamptz[])
"""


class OrderWork(UnitOfWork[Order]):
    """Unit of work of the order service's handlers."""

    service: ClassVar[str] = "order"
    aggregate_type: ClassVar[type[Order]] = Order

    @classmethod
    async def load(cls, connection: Connection, facts: Sequence[Fact]) -> Self:
        """Lock every order in the batch."""
        return cls(await ORDERS.create_and_lock(connection, order_ids(facts)))

    async def save(self, connection: Connection) -> None:
        """Write the orders back, and every change of status into their history."""
        await ORDERS.update(connection, self.aggregates.values())
        changes = [
            (envelope.event, envelope.sequence)
            for envelope in self.emitted
            if isinstance(envelope.event, OrderStatusChanged)
        ]
        if changes:
            await connection.execute(
                INSERT_HISTORY,
                [event.order_id for event, _ in changes],
                [sequence for _, sequence in changes],
                [event.status for event, _ in changes],
                [event.reason for event, _ in changes],
                [event.changed_at for event, _ in changes],
            )

    def note_committed(self) -> None:
        """Count the orders that have ended."""
        for event in (envelope.event for envelope in self.emitted):
            if isinstance(event, OrderStatusChanged) and event.status.is_final:
                note_end(event.status, event.placed_at, event.changed_at)
