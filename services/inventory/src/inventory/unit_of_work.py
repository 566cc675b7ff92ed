"""One batch's reservations and the shelves that they touch: locked together, saved together."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

from events import PaymentAuthorized
from messaging import Fact, Rows, UnitOfWork, order_ids
from servicekit import Connection

from inventory.lifecycle import Reservation, StockItem
from inventory.models import products, reservations

RESERVATIONS = Rows(Reservation, reservations)
STOCK = Rows(StockItem, products)


class InventoryWork(UnitOfWork[Reservation]):
    """Unit of work of inventory's handlers."""

    service: ClassVar[str] = "inventory"
    aggregate_type: ClassVar[type[Reservation]] = Reservation

    def __init__(
        self,
        aggregates: dict[str, Reservation] | None = None,
        stock: dict[str, StockItem] | None = None,
    ) -> None:
        super().__init__(aggregates)
        self.stock: dict[str, StockItem] = {} if stock is None else stock

    @classmethod
    async def load(cls, connection: Connection, facts: Sequence[Fact]) -> Self:
        """Lock the reservations of the batch, then every shelf that they take from or return to."""
        aggregates = await RESERVATIONS.create_and_lock(connection, order_ids(facts))
        skus = sorted(_skus(facts) | {line.sku for r in aggregates.values() for line in r.lines})
        return cls(aggregates, await STOCK.lock(connection, skus))

    async def save(self, connection: Connection) -> None:
        """Write reservations and shelves back."""
        await RESERVATIONS.update(connection, self.aggregates.values())
        await STOCK.update(connection, self.stock.values())

    def stock_of(self, sku: str) -> StockItem:
        """Return a product's shelf; an empty one for a product that we do not have."""
        return self.stock.get(sku) or StockItem(sku)


def _skus(facts: Iterable[Fact]) -> set[str]:
    return {
        line.sku for fact in facts if isinstance(fact, PaymentAuthorized) for line in fact.lines
    }
