"""One batch's shipments: loaded and locked together, saved together."""

from collections.abc import Sequence
from typing import ClassVar, Self

from messaging import Fact, Rows, UnitOfWork, order_ids
from servicekit import Connection

from shipping.lifecycle import Shipment
from shipping.models import shipments

SHIPMENTS = Rows(Shipment, shipments)


class ShippingWork(UnitOfWork[Shipment]):
    """Unit of work of shipping's handlers."""

    service: ClassVar[str] = "shipping"
    aggregate_type: ClassVar[type[Shipment]] = Shipment

    @classmethod
    async def load(cls, connection: Connection, facts: Sequence[Fact]) -> Self:
        """Lock the shipment of every order in the batch."""
        return cls(await SHIPMENTS.create_and_lock(connection, order_ids(facts)))

    async def save(self, connection: Connection) -> None:
        """Write the shipments back."""
        await SHIPMENTS.update(connection, self.aggregates.values())
