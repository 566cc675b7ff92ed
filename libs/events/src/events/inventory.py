"""What inventory says: what became of the goods, and what the shop sells."""

from typing import ClassVar

from pydantic import Field

from events.event import Event, OrderEvent
from events.topics import INVENTORY_UPDATED, PRODUCT_CATALOG, Topic
from events.values import Money, OrderLine, SealedPersonalData, Shortage, Sku, StockLine


class StockReserved(OrderEvent):
    """Every line of the order is set aside. Carries what shipping needs to book the carrier."""

    topic: ClassVar[Topic] = INVENTORY_UPDATED

    lines: tuple[OrderLine, ...] = Field(min_length=1)
    recipient: SealedPersonalData


class StockRejected(OrderEvent):
    """At least one line could not be had, so none was set aside."""

    topic: ClassVar[Topic] = INVENTORY_UPDATED

    shortages: tuple[Shortage, ...] = Field(min_length=1)


class StockReleased(OrderEvent):
    """What was set aside is back on the shelf; no lines where nothing ever was."""

    topic: ClassVar[Topic] = INVENTORY_UPDATED

    lines: tuple[StockLine, ...] = ()


class StockCommitted(OrderEvent):
    """What was set aside has left the shelf for good."""

    topic: ClassVar[Topic] = INVENTORY_UPDATED

    lines: tuple[StockLine, ...]


class ProductListed(Event):
    """A product is for sale at this price. The latest one per SKU is the catalogue."""

    topic: ClassVar[Topic] = PRODUCT_CATALOG

    sku: Sku
    name: str
    unit_price: Money

    @property
    def key(self) -> str:
        """The product."""
        return self.sku
