"""The fault plan by which an order finds nothing on the shelves, whatever lies there."""

from fault_injection import OUT_OF_STOCK, plan_in

from inventory.lifecycle import StockItem
from inventory.unit_of_work import InventoryWork


class OutOfStockWork(InventoryWork):
    """Inventory's unit of work where fault plans are on; the handlers do what they always do."""

    def stock_of(self, sku: str) -> StockItem:
        """Return a product's shelf; an empty one for an order whose plan wants that."""
        if plan_in(self.cause.baggage) == OUT_OF_STOCK:
            return StockItem(sku)
        return super().stock_of(sku)
